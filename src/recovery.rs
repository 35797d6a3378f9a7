//! Where a token goes that its file did not take, and how it comes back.

use std::{
    env,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tracing::debug;

use crate::{Error, Token, TokenFile, change::Change, document::Document, private, store::hex};

impl TokenFile {
    /// Keeps a token that its file did not take, for this `reason`, where the next [`TokenFile::load`] finds it:
    /// in `$XDG_STATE_HOME/loopin/recovered`. It becomes the file's once more if the file still holds what it `replaced`.
    ///
    /// Returns [`Error::SavedElsewhere`], or [`Error::NotSaved`] if that folder does not take it either.
    pub fn rescue(&self, token: &Token, replaced: Option<&Token>, reason: Error) -> Error {
        let error = Box::new(reason);
        match self.recover(token, replaced) {
            Ok(saved) => Error::SavedElsewhere { error, saved },
            Err(also) => {
                debug!("{also}");
                Error::NotSaved { error }
            }
        }
    }

    pub(crate) fn recover(
        &self,
        token: &Token,
        replaced: Option<&Token>,
    ) -> Result<PathBuf, Error> {
        let path = self.recovery_path().ok_or_else(|| {
            let reason = "neither HOME nor XDG_STATE_HOME names a folder";
            Error::file("write", self.path(), std::io::Error::other(reason))
        })?;
        let folder = path.parent().unwrap_or(&path);
        private::create_folder(folder).map_err(|e| Error::file("write", folder, e))?;
        let place = TokenFile::new(path)?;
        let mut document = Document::of(token, Default::default());
        document.replaces = replaced.and_then(Token::refresh_token).map(digest);
        let lock = place.change_lock()?.acquire(Change::PATIENCE)?;
        Change::under(lock, &place).write(None, &document)?;
        Ok(place.path().to_owned())
    }

    /// A token that was rescued, if it is newer than what the file holds.
    pub(crate) fn successor_of(&self, stored: Option<&Document>) -> Option<Document> {
        let place = self.recovery_path()?;
        // Most commands end here, at the price of one system call.
        if !place.is_file() {
            return None;
        }
        let recovered = TokenFile::new(place).and_then(|place| place.document());
        let recovered = recovered.inspect_err(|e| debug!("{e}")).ok()??;
        recovered.succeeds(stored).then_some(recovered)
    }

    /// What was rescued is in the file now, or was replaced there.
    pub(crate) fn discard_recovered(&self) {
        if let Some(place) = self.recovery_path().filter(|place| place.is_file()) {
            let _ = std::fs::remove_file(place);
        }
    }

    /// Named after a hash of the file's path.
    fn recovery_path(&self) -> Option<PathBuf> {
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        let folder = absolute("XDG_STATE_HOME")
            .or_else(home)?
            .join("loopin/recovered");
        let path = self.target().as_os_str().as_encoded_bytes();
        let is_recovered = self.folder() == Path::new(&folder);
        let name = hex(&Sha256::digest(path)[..16]) + ".json";
        (!is_recovered).then(|| folder.join(name))
    }
}

impl Document {
    /// Whether this one, which was rescued, is to take the place of what the file holds: nothing, an older access token
    /// of the same grant, or the very grant that it replaced. Where there are no refresh tokens to tell grants apart, the
    /// account does.
    fn succeeds(&self, stored: Option<&Document>) -> bool {
        let Some(stored) = stored else { return true };
        match &stored.refresh_token {
            same if *same == self.refresh_token => {
                self.expires_at > stored.expires_at && self.account == stored.account
            }
            Some(refresh_token) => self.replaces == Some(digest(refresh_token)),
            None => self.replaces.is_none() && self.account == stored.account,
        }
    }
}

/// Tells refresh tokens apart without being one.
fn digest(refresh_token: &str) -> String {
    hex(&Sha256::digest(refresh_token))
}
