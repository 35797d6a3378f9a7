use std::{
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use crate::{
    Account, Error, Kept, Provider, Token,
    change::Change,
    digest::{hex, sha256},
    document::Document,
    lock::Lock,
    private,
    read::read_text,
};

/// No token file is larger.
const MAX_FILE: u64 = 1024 * 1024;

/// `token.json`: one file, one account. It is the old document or the new one, whole, and only its owner's (0600).
///
/// A symbolic link is followed and kept: the document and its two lock files stand beside the link's target.
///
/// Its functions block the thread while files are read and written; those that say "blocks" while another process has
/// the lock, too.
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
    target: PathBuf,
}

/// Held while a person is logged in; another login for the same file waits for it.
#[derive(Debug)]
pub struct LoginLock(#[expect(dead_code, reason = "closing the file frees the lock")] Lock);

/// Which document it is: every save makes another one, even of the same token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: SystemTime,
    size: u64,
    inode: u64,
}

impl TokenFile {
    /// Names the file; it need not be there yet.
    ///
    /// # Errors
    ///
    /// [`Error::NotATokenFile`] if something else stands there, [`Error::File`] if that cannot be told.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let found = fs::canonicalize(&path).and_then(|target| Ok((target.metadata()?, target)));
        let target = match found {
            Ok((metadata, target)) if metadata.is_file() => target,
            Ok(_) => return Err(Error::not_a_token_file(&path, "it is not a regular file")),
            Err(_) if path.is_symlink() => {
                let reason = "it is a symbolic link to nothing";
                return Err(Error::not_a_token_file(&path, reason));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let name = path
                    .file_name()
                    .ok_or_else(|| Error::not_a_token_file(&path, "it has no file name"))?;
                let folder = path
                    .parent()
                    .filter(|p| !p.as_os_str().is_empty())
                    .unwrap_or(Path::new("."));
                // A folder that is not there is named by whoever wants to write.
                let canonical = fs::canonicalize(folder).or_else(|_| std::path::absolute(folder));
                canonical
                    .map_err(|e| Error::file("read", &path, e))?
                    .join(name)
            }
            Err(e) => return Err(Error::file("read", &path, e)),
        };
        Ok(TokenFile { path, target })
    }

    /// The path as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The token in the file, or `None` if there is no file. A file made by another program (`access_token`,
    /// `refresh_token`, `expires_at` and no `provider`) is a token too.
    ///
    /// A token that the file did not take earlier (see [`TokenFile::keep`]) is taken from where it is; nothing is
    /// written.
    ///
    /// ```
    /// use loopin::TokenFile;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("token.json");
    /// std::fs::write(&path, r#"{"access_token": "a1b2", "refresh_token": "c3d4", "expires_at": 1793456000}"#)?;
    /// let token = TokenFile::new(&path)?.load()?.unwrap();
    /// assert_eq!(token.expires_at(), Some(1793456000));
    /// assert!(!format!("{token:?}").contains("a1b2"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NotATokenFile`] if the document is anything else, [`Error::ForeignFile`] if it is another user's,
    /// [`Error::File`] if it cannot be read.
    pub fn load(&self) -> Result<Option<Token>, Error> {
        let stored = self.document()?;
        let rescued = self.successor_of(stored.as_ref());
        Ok(rescued.or(stored).map(Document::into_token))
    }

    /// Proves that a token could be saved now: takes the lock, fills a file without a name beside it, and removes
    /// what a killed process left behind. Blocks while another process saves, for up to 30 s.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Locked`] if it could not.
    pub fn preflight(&self) -> Result<(), Error> {
        self.change()?.check_room()
    }

    /// Whether a token could be saved, as far as that shows without writing anything.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if it could not.
    pub fn check_place(&self) -> Result<(), Error> {
        self.check_changeable("write")
    }

    /// Whether the file could be replaced, or removed, as far as that shows without doing it.
    pub(crate) fn check_changeable(&self, action: &'static str) -> Result<(), Error> {
        let is_fit = private::check_replaceable(&self.target)
            .and_then(|()| private::check_writable(self.folder()));
        is_fit.map_err(|e| Error::file(action, &self.path, e))
    }

    /// Waits until no other login for this file is under way. Blocks for up to `patience`.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] after `patience`, [`Error::File`] if the file system has no locks.
    pub fn lock_login(&self, patience: Duration) -> Result<LoginLock, Error> {
        self.lock_file("login.lock")?
            .acquire(patience)
            .map(LoginLock)
    }

    /// Replaces the file by this token, durably, keeping the members that are not ours. Blocks while another process
    /// saves, for up to 30 s.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Locked`] if it could not be written: the old document is still there, whole.
    pub fn save(&self, token: &Token) -> Result<(), Error> {
        self.change()?.save(token)
    }

    /// Saves a token that was just issued: in the file or, if that does not take it, where the next
    /// [`TokenFile::load`] finds it. It returns what [`Login::run`](crate::Login::run) tells the page. Waits while
    /// another process saves, for up to 30 s; it needs a tokio runtime with time.
    ///
    /// # Errors
    ///
    /// [`Error::SavedElsewhere`], or [`Error::NotSaved`] if there was no place at all.
    pub async fn keep(&self, token: &Token) -> Result<Kept, Error> {
        let change = Change::begin(self).await;
        // A token that is saved elsewhere is newer than this one.
        let replaced = self.document().ok().flatten().map(Document::into_token);
        match change {
            Ok(change) => change.keep(token, replaced.as_ref())?,
            Err(error) => return Err(self.rescue(token, replaced.as_ref(), error)),
        }
        Ok(Kept::at(self.path.display().to_string()))
    }

    /// Saves the token of another account: as `token.ID.json` beside `token.json`, unless somebody else's is there.
    ///
    /// # Errors
    ///
    /// As [`TokenFile::keep`].
    pub async fn keep_beside(&self, token: &Token, account: &Account) -> Result<PathBuf, Error> {
        let is_the_accounts = |there: &Token| {
            there.provider() == token.provider()
                && there.account().is_some_and(|there| there.id == account.id)
        };
        let beside = TokenFile::new(self.path.with_file_name(self.name_for(account)));
        let Ok(beside) = beside else {
            return self.set_aside(token, None).map_err(Error::not_saved);
        };
        match beside.load() {
            Ok(there) if there.as_ref().is_none_or(is_the_accounts) => {
                beside.keep(token).await?;
                Ok(beside.path)
            }
            _ => beside.set_aside(token, None).map_err(Error::not_saved),
        }
    }

    /// Removes the file, and what was rescued of it. Blocks while another process saves, for up to 30 s.
    ///
    /// # Errors
    ///
    /// [`Error::NotATokenFile`] if it is something else, [`Error::File`] or [`Error::Locked`] if it cannot be removed.
    pub fn forget(&self) -> Result<(), Error> {
        let change = self.change()?;
        change.token()?;
        self.check_changeable("remove")?;
        change.remove()
    }

    /// Whether the provider that `token.json` calls `id` is this one: it has that id, or its file was moved together with
    /// this token file.
    pub fn is_of(&self, provider: &Provider, id: &str) -> bool {
        let (then, now) = (Path::new(id), Path::new(provider.id()));
        let was_moved = || {
            let has_its_name = then.is_absolute() && then.file_name() == now.file_name();
            let is_beside = now.parent() == Some(self.folder());
            has_its_name && is_beside && !then.exists()
        };
        id == provider.id() || was_moved()
    }

    /// The lock for the moment of a change. Blocks.
    fn change(&self) -> Result<Change<'_>, Error> {
        let lock = self.change_lock()?.acquire(Change::PATIENCE)?;
        Ok(Change::under(lock, self))
    }

    pub(crate) fn change_lock(&self) -> Result<Lock, Error> {
        self.lock_file("lock")
    }

    fn lock_file(&self, suffix: &str) -> Result<Lock, Error> {
        let path = self.folder().join(self.prefix() + suffix);
        Lock::open(path, &self.path)
    }

    pub(crate) fn document(&self) -> Result<Option<Document>, Error> {
        let not = |reason: String| Error::not_a_token_file(&self.path, reason);
        let (file, metadata) = match private::open(&self.target) {
            Ok(opened) => opened,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::file("read", &self.path, e)),
        };
        if !metadata.is_file() {
            return Err(not("it is not a regular file".into()));
        }
        if !private::is_ours(&metadata) {
            return Err(Error::ForeignFile {
                path: self.path.clone(),
            });
        }
        let text = read_text(file, MAX_FILE).map_err(|e| match e.kind() {
            io::ErrorKind::InvalidData => not(e.to_string()),
            _ => Error::file("read", &self.path, e),
        })?;
        Document::parse(&text).map(Some).map_err(not)
    }

    pub(crate) fn stamp(&self) -> Option<Stamp> {
        let metadata = self.target.metadata().ok()?;
        Some(Stamp {
            modified: metadata.modified().ok()?,
            size: metadata.len(),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(&metadata),
            #[cfg(not(unix))]
            inode: 0,
        })
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The folder of the document.
    pub(crate) fn folder(&self) -> &Path {
        self.target.parent().unwrap_or(Path::new("."))
    }

    /// What the names of all files beside the document begin with.
    pub(crate) fn prefix(&self) -> String {
        let name = self.target.file_name().unwrap_or_default();
        format!(".{}.", name.to_string_lossy())
    }

    /// `token.ID.json`; two accounts never share a file, whatever their ids lose here.
    fn name_for(&self, account: &Account) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_@".contains(c);
        let mut id: String = account.id.chars().filter(|c| plain(*c)).take(64).collect();
        if id != account.id {
            id += &hex(&sha256(&account.id)[..4]);
        }
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        match self.path.extension() {
            Some(extension) => format!("{stem}.{id}.{}", extension.to_string_lossy()),
            None => format!("{stem}.{id}"),
        }
    }
}
