use std::{
    env,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use tracing::debug;

use crate::{Account, Error, Token, document::Document, read::read_text};

/// No token file is larger.
const MAX_FILE: u64 = 1024 * 1024;

/// Longer than any holder keeps the lock for a save.
const SAVE_LOCK_PATIENCE: Duration = Duration::from_secs(30);

/// How often a lock is tried: often enough that nobody notices, seldom enough to cost nothing.
const LOCK_POLL: Duration = Duration::from_millis(20);

/// A temporary file is `.token.json.RANDOM.tmp`, and nobody else's file is.
const RANDOM: usize = 6;
const SUFFIX: &str = ".tmp";

/// What a full disk must still take before a browser is opened.
const PREFLIGHT: [u8; 8192] = [0; 8192];

/// `token.json`: one file, one account. It is the old document or the new one, whole, and only its owner's (0600).
///
/// A symbolic link is followed and kept: the document and its two lock files stand beside the link's target.
#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
    target: PathBuf,
}

/// Held while a person is logged in; another login for the same file waits for it.
#[derive(Debug)]
pub struct LoginLock(#[expect(dead_code, reason = "closing the file frees the lock")] File);

impl TokenFile {
    /// Names the file; it need not be there yet, but its folder must.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if there is no such folder, [`Error::NotATokenFile`] if something else stands there.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let target = match fs::canonicalize(&path) {
            Ok(target) if target.is_file() => target,
            Ok(_) => return Err(not_a_token_file(&path, "it is not a regular file")),
            Err(_) if path.is_symlink() => {
                return Err(not_a_token_file(&path, "it is a symbolic link to nothing"));
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let name = path
                    .file_name()
                    .ok_or_else(|| not_a_token_file(&path, "it has no file name"))?;
                let folder = path
                    .parent()
                    .filter(|p| !p.as_os_str().is_empty())
                    .unwrap_or(Path::new("."));
                fs::canonicalize(folder)
                    .map_err(|e| file_error("write", &path, e))?
                    .join(name)
            }
            Err(e) => return Err(file_error("read", &path, e)),
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
    /// # Errors
    ///
    /// [`Error::NotATokenFile`] if the document is anything else, [`Error::File`] if it cannot be read.
    pub fn load(&self) -> Result<Option<Token>, Error> {
        Ok(self.document()?.map(Document::into_token))
    }

    /// Proves that a token could be saved now: takes the lock, writes a file without a name beside it, and removes
    /// what a killed process left behind. Blocks while another process saves.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Locked`] if it could not.
    pub fn preflight(&self) -> Result<(), Error> {
        let _lock = self.lock_save()?;
        let written = tempfile::tempfile_in(self.place().0).and_then(|mut file| {
            file.write_all(&PREFLIGHT)?;
            file.sync_all()
        });
        written.map_err(|e| file_error("write", &self.path, e))
    }

    /// Waits until no other login for this file is under way. Blocks.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] after `patience`, [`Error::File`] if the file system has no locks.
    pub fn lock_login(&self, patience: Duration) -> Result<LoginLock, Error> {
        self.lock("login.lock", patience).map(LoginLock)
    }

    /// Replaces the file by this token, durably, keeping the members that are not ours. Blocks while another process
    /// saves.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Locked`] if it could not be written: the old document is still there, whole.
    pub fn save(&self, token: &Token) -> Result<(), Error> {
        let _lock = self.lock_save()?;
        let rest = self
            .document()?
            .map(|document| document.rest)
            .unwrap_or_default();
        let failed = |e: io::Error| file_error("write", &self.path, e);
        let mut bytes =
            serde_json::to_vec_pretty(&Document::of(token, rest)).map_err(|e| failed(e.into()))?;
        bytes.push(b'\n');
        let file = self.temporary(&bytes).map_err(failed)?;
        file.persist(&self.target).map_err(|e| failed(e.error))?;
        // The token is in place; some network file systems cannot sync a folder, and need not.
        if let Err(e) = self.sync_folder() {
            debug!("the folder of {} was not synced: {e}", self.path.display());
        }
        Ok(())
    }

    /// Where the token of another account goes: `token.ID.json` beside `token.json`.
    ///
    /// # Errors
    ///
    /// As [`TokenFile::new`].
    pub fn beside(&self, account: &Account) -> Result<TokenFile, Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_@".contains(c);
        let mut id: String = account.id.chars().filter(|c| plain(*c)).take(64).collect();
        if id != account.id {
            // Two accounts never share a file, whatever their ids lose here.
            let digest = Sha256::digest(&account.id);
            id.extend(digest[..4].iter().map(|byte| format!("{byte:02x}")));
        }
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        let name = match self.path.extension() {
            Some(extension) => format!("{stem}.{id}.{}", extension.to_string_lossy()),
            None => format!("{stem}.{id}"),
        };
        TokenFile::new(self.path.with_file_name(name))
    }

    /// Keeps a token that its file did not take where it can be found again: in `$XDG_STATE_HOME/loopin/recovered`.
    ///
    /// # Errors
    ///
    /// [`Error::File`] or [`Error::Locked`] if that folder does not take it either, or there is none.
    pub fn rescue(&self, token: &Token) -> Result<PathBuf, Error> {
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        let home = || absolute("HOME").map(|home| home.join(".local/state"));
        let none = || file_error("write", &self.path, io::ErrorKind::NotFound.into());
        let state = absolute("XDG_STATE_HOME").or_else(home).ok_or_else(none)?;
        let folder = state.join("loopin/recovered");
        create_private_folder(&folder).map_err(|e| file_error("write", &folder, e))?;
        let digest = Sha256::digest(self.target.as_os_str().as_encoded_bytes());
        let name: String = digest[..16]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let rescued = TokenFile::new(folder.join(name + ".json"))?;
        rescued.save(token)?;
        Ok(rescued.path)
    }

    fn document(&self) -> Result<Option<Document>, Error> {
        let not = |reason: String| not_a_token_file(&self.path, reason);
        let text = match File::open(&self.target).and_then(|file| read_text(file, MAX_FILE)) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) if e.kind() == io::ErrorKind::InvalidData => return Err(not(e.to_string())),
            Err(e) => return Err(file_error("read", &self.path, e)),
        };
        // The parser's own words could quote a token.
        let document: Document = serde_json::from_str(&text).map_err(|e| {
            let fault = if e.is_data() {
                "a member has the wrong type"
            } else {
                "not valid JSON"
            };
            not(format!("line {}: {fault}", e.line()))
        })?;
        if document.access_token.is_none() && document.refresh_token.is_none() {
            return Err(not("it has neither access_token nor refresh_token".into()));
        }
        Ok(Some(document))
    }

    /// A file beside the target, the owner's alone from the first system call, with `bytes` on the disk. It is
    /// removed when dropped.
    fn temporary(&self, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let (folder, name) = self.place();
        let prefix = format!(".{name}.");
        let mut file = tempfile::Builder::new()
            .prefix(&prefix)
            .rand_bytes(RANDOM)
            .suffix(SUFFIX)
            .tempfile_in(folder)?;
        only_the_owners(file.as_file())?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    /// The lock for the moment of a save; whoever holds it removes what a killed process left behind.
    fn lock_save(&self) -> Result<File, Error> {
        let lock = self.lock("lock", SAVE_LOCK_PATIENCE)?;
        let (folder, name) = self.place();
        let prefix = format!(".{name}.");
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let file_name = entry.file_name().to_string_lossy().into_owned();
            let random = file_name
                .strip_prefix(&prefix)
                .and_then(|rest| rest.strip_suffix(SUFFIX));
            let is_random = |name: &str| {
                name.len() == RANDOM && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            if random.is_some_and(is_random) {
                let _ = fs::remove_file(entry.path());
            }
        }
        Ok(lock)
    }

    /// A kernel lock on a file that is never deleted and never renamed, so that everybody locks the same one.
    fn lock(&self, suffix: &str, patience: Duration) -> Result<File, Error> {
        let (folder, name) = self.place();
        let path = folder.join(format!(".{name}.{suffix}"));
        let file = open_lock(&path).map_err(|e| file_error("write beside", &self.path, e))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::Error(e)) => return Err(file_error("lock", &path, e)),
                Err(TryLockError::WouldBlock) if started.elapsed() >= patience => {
                    return Err(Error::Locked { path });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_POLL),
            }
        }
    }

    fn sync_folder(&self) -> io::Result<()> {
        if cfg!(unix) {
            File::open(self.place().0)?.sync_all()?;
        }
        Ok(())
    }

    fn place(&self) -> (&Path, String) {
        let name = self
            .target
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        (self.target.parent().unwrap_or(Path::new(".")), name)
    }
}

fn open_lock(path: &Path) -> io::Result<File> {
    match OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
    {
        Ok(file) => only_the_owners(&file).map(|()| file),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().read(true).write(true).open(path)
        }
        Err(e) => Err(e),
    }
}

fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// 0600 whatever the umask takes away.
#[cfg(unix)]
fn only_the_owners(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(not(unix))]
fn only_the_owners(_file: &File) -> io::Result<()> {
    Ok(())
}

fn file_error(action: &'static str, path: &Path, error: io::Error) -> Error {
    Error::File {
        action,
        path: path.to_owned(),
        error,
    }
}

fn not_a_token_file(path: &Path, reason: impl Into<String>) -> Error {
    Error::NotATokenFile {
        path: path.to_owned(),
        reason: reason.into(),
    }
}
