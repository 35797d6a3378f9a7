//! Where a token goes that its file did not take, and how it comes back.

use std::{env, path::PathBuf};

use tracing::debug;

use crate::{
    Error, Token, TokenFile,
    change::Change,
    digest::{hex, sha256},
    document::Document,
    private,
};

/// A token that was rescued, and is newer than what its file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovered {
    /// It was here, and is in its file now.
    Adopted(PathBuf),
    /// It is still here, and [`TokenFile::load`] takes it from here: the file cannot be written, or just not now.
    InUse(PathBuf),
}

impl TokenFile {
    /// Puts a token that was rescued into its file, if it is newer and nobody else has the lock; waits for nothing.
    pub fn adopt(&self) -> Option<Recovered> {
        let place = self.rescued_at()?;
        let stored = self.document().ok()?;
        self.successor_of(stored.as_ref())?;
        let is_held = self
            .change_lock()
            .and_then(|mut lock| Ok(lock.try_acquire()?.then_some(lock)));
        let adopted = is_held
            .ok()
            .flatten()
            .map(|lock| Change::under(lock, self).token());
        Some(match adopted {
            Some(Ok(_)) if !place.exists() => Recovered::Adopted(place),
            _ => Recovered::InUse(place),
        })
    }

    /// Where a token lies that this file did not take, if there is one. It need not be newer than the file's.
    pub fn rescued_at(&self) -> Option<PathBuf> {
        // Most commands end here, at the price of one system call.
        let folder = self.recovery_folder().filter(|folder| folder.is_dir())?;
        Some(folder.join(self.recovery_name())).filter(|place| place.is_file())
    }

    /// Puts a token that its file did not take, for this `reason`, where the next [`TokenFile::load`] finds it: into
    /// `$XDG_STATE_HOME/loopin/recovered`. It is newer than the file while that still holds what it `replaced`.
    ///
    /// Returns [`Error::SavedElsewhere`], or [`Error::NotSaved`] if that folder does not take it either.
    pub(crate) fn rescue(&self, token: &Token, replaced: Option<&Token>, reason: Error) -> Error {
        let error = Box::new(reason);
        match self.set_aside(token, replaced) {
            Ok(saved) => Error::SavedElsewhere { error, saved },
            Err(also) => {
                debug!("{also}");
                Error::NotSaved { error }
            }
        }
    }

    pub(crate) fn set_aside(
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
        let lock = place.change_lock()?.acquire(Change::PATIENCE)?;
        let change = Change::under(lock, &place);
        // What the file holds decides when it comes back: one rescue may follow another.
        let earlier = place.document().ok().flatten();
        let spent = replaced.and_then(Token::refresh_token);
        let follows = |earlier: &Document| earlier.refresh_token.as_deref() == spent;
        let mut document = Document::of(token, Default::default());
        document.replaces = match earlier.filter(follows) {
            Some(earlier) if spent.is_some() => earlier.replaces,
            _ => spent.map(digest),
        };
        change.write(None, &document)?;
        Ok(place.path().to_owned())
    }

    /// A token that was rescued, if it is newer than what the file holds.
    pub(crate) fn successor_of(&self, stored: Option<&Document>) -> Option<Document> {
        self.rescued().filter(|rescued| rescued.succeeds(stored))
    }

    /// What was rescued has its place now in the file, which held `replaced` before, or was overtaken there. Another
    /// grant's token stays.
    pub(crate) fn discard_rescued(&self, replaced: Option<&Document>, saved: Option<&Token>) {
        let is_done = |rescued: &Document| {
            let saved = saved.and_then(Token::refresh_token);
            rescued.succeeds(replaced)
                || saved.is_some() && rescued.refresh_token.as_deref() == saved
        };
        if let Some(place) = self
            .recovery_path()
            .filter(|_| self.rescued().is_some_and(|it| is_done(&it)))
        {
            let _ = std::fs::remove_file(place);
        }
    }

    fn rescued(&self) -> Option<Document> {
        let place = self.rescued_at()?;
        let rescued = TokenFile::new(place).and_then(|place| place.document());
        rescued.inspect_err(|e| debug!("{e}")).ok()?
    }

    fn recovery_path(&self) -> Option<PathBuf> {
        Some(self.recovery_folder()?.join(self.recovery_name()))
    }

    /// A hash of the file's path.
    fn recovery_name(&self) -> String {
        let path = self.target().as_os_str().as_encoded_bytes();
        hex(&sha256(path)[..16]) + ".json"
    }

    /// There is none for a file that lies in it.
    fn recovery_folder(&self) -> Option<PathBuf> {
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        let folder = absolute("XDG_STATE_HOME")
            .or_else(home)
            .or_else(|| absolute("LOCALAPPDATA"))?
            .join("loopin/recovered");
        (self.folder() != folder).then_some(folder)
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
    hex(&sha256(refresh_token))
}
