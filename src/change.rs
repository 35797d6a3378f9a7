use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::Path,
    time::{Duration, Instant},
};

use tempfile::NamedTempFile;

use crate::{
    Error, Token, TokenFile,
    document::{Document, Members},
    lock::{self, Lock},
    private,
};

/// A temporary file is `.token.json.RANDOM.tmp`, and nobody else's file is.
const RANDOM: usize = 6;
const SUFFIX: &str = ".tmp";

/// The disk must take this much, or twice what is there now, before a grant is spent.
const PREFLIGHT: u64 = 8192;

/// A change of a token file: from the moment when its lock is had until the new document is durable.
pub(crate) struct Change<'a> {
    file: &'a TokenFile,
    /// The file that will be renamed, once it was prepared.
    prepared: Option<NamedTempFile>,
    /// Whether a process was killed during an earlier change.
    follows_a_kill: bool,
    _lock: Lock,
}

impl<'a> Change<'a> {
    /// Longer than any holder keeps the lock: a refresh with its one retry has its answer after 25 s, and perhaps fetches a
    /// key for it in 3 s more.
    pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

    /// Waits for the lock.
    pub(crate) async fn begin(file: &'a TokenFile) -> Result<Self, Error> {
        let (mut lock, started) = (file.change_lock()?, Instant::now());
        while !lock.try_acquire()? {
            if started.elapsed() >= Self::PATIENCE {
                return Err(lock.held_by_another());
            }
            tokio::time::sleep(lock::POLL).await;
        }
        Ok(Change::under(lock, file))
    }

    /// Whoever holds the lock removes what a killed process left behind.
    pub(crate) fn under(lock: Lock, file: &'a TokenFile) -> Self {
        let prefix = file.prefix();
        let mut follows_a_kill = false;
        for entry in fs::read_dir(file.folder()).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let random = name
                .strip_prefix(&prefix)
                .and_then(|rest| rest.strip_suffix(SUFFIX));
            let is_random = |name: &str| {
                name.len() == RANDOM && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            if random.is_some_and(is_random) {
                follows_a_kill = true;
                let _ = fs::remove_file(entry.path());
            }
        }
        Change {
            file,
            prepared: None,
            follows_a_kill,
            _lock: lock,
        }
    }

    /// The token as it is now. One that was rescued, and is newer, is put in its place first.
    pub(crate) fn token(&self) -> Result<Option<Token>, Error> {
        let stored = self.file.document()?;
        let Some(rescued) = self.file.successor_of(stored.as_ref()) else {
            return Ok(stored.map(Document::into_token));
        };
        let token = rescued.into_token();
        // Where it still cannot be written, it can at least be used.
        let _ = self.replace_by(None, &token);
        Ok(Some(token))
    }

    /// Why a refresh token was refused, as far as can be told from here.
    pub(crate) fn explain(&self, refused: Error) -> Error {
        match refused {
            Error::GrantRefused { provider, .. } if self.follows_a_kill => {
                Error::GrantLost { provider }
            }
            other => other,
        }
    }

    /// Creates the file that will be renamed, and fills it: a disk that is full or read-only is found before a grant is
    /// spent.
    pub(crate) fn prepare(&mut self) -> Result<(), Error> {
        let prepared = self.check_replaceable().and_then(|()| {
            let file = self.temporary()?;
            self.fill(file.as_file())?;
            file.as_file().sync_all()?;
            Ok(file)
        });
        self.prepared = Some(prepared.map_err(|e| self.cannot_write(e))?);
        Ok(())
    }

    /// The same for later: whatever ends the program meanwhile, a file without a name is gone with it. It is not synced: a
    /// slow disk would keep the person waiting. What tells only then that it is full (NFS) is found out at the end.
    pub(crate) fn check_room(&self) -> Result<(), Error> {
        let room = self.check_replaceable().and_then(|()| {
            let file = tempfile::tempfile_in(self.file.folder())?;
            self.fill(&file)
        });
        room.map_err(|e| self.cannot_write(e))
    }

    fn check_replaceable(&self) -> io::Result<()> {
        private::check_replaceable(self.file.target())
    }

    fn fill(&self, mut file: &File) -> io::Result<()> {
        let size = self.file.target().metadata().map_or(0, |now| now.len());
        file.write_all(&vec![b' '; PREFLIGHT.max(2 * size) as usize])
    }

    /// Removes what was prepared.
    pub(crate) fn unprepare(&mut self) {
        self.prepared = None;
    }

    /// Whether the document could be removed; found before anything is done that cannot be undone.
    pub(crate) fn check_removable(&self) -> Result<(), Error> {
        self.file.check_changeable("remove")
    }

    /// Replaces the document, durably; tries twice.
    pub(crate) fn save(&mut self, token: &Token) -> Result<(), Error> {
        let prepared = self.prepared.take();
        let saved = self.replace_by(prepared, token);
        saved.or_else(|_| self.replace_by(None, token))
    }

    /// Saves a token that was just issued, in the file or where the next command finds it; nobody else gets the lock
    /// in between.
    pub(crate) fn keep(mut self, token: &Token, replaced: Option<&Token>) -> Result<(), Error> {
        let saved = self.save(token);
        saved.map_err(|error| self.file.rescue(token, replaced, error))
    }

    /// Removes the document, and what was rescued of it. That goes first: alone, it would come back.
    pub(crate) fn remove(self) -> Result<(), Error> {
        let (target, path) = (self.file.target(), self.file.path());
        self.file
            .discard_rescued(self.file.document()?.as_ref(), None);
        let removed = match fs::remove_file(target) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            // A link to nothing would be in the next login's way.
            _ if path.is_symlink() => fs::remove_file(path),
            _ => Ok(()),
        };
        removed.map_err(|e| Error::file("remove", path, e))?;
        let _ = sync(self.file.folder());
        Ok(())
    }

    /// The members that are not ours are those of the document that is replaced.
    fn replace_by(&self, prepared: Option<NamedTempFile>, token: &Token) -> Result<(), Error> {
        let mut old = self.file.document()?;
        let rest = old
            .as_mut()
            .map_or_else(Members::new, |old| std::mem::take(&mut old.rest));
        self.write(prepared, &Document::of(token, rest))?;
        self.file.discard_rescued(old.as_ref(), Some(token));
        Ok(())
    }

    pub(crate) fn write(
        &self,
        prepared: Option<NamedTempFile>,
        document: &Document,
    ) -> Result<(), Error> {
        let written = document.to_bytes().and_then(|bytes| {
            let mut temporary = prepared.map_or_else(|| self.temporary(), Ok)?;
            temporary.rewind()?;
            temporary.write_all(&bytes)?;
            temporary.as_file().set_len(bytes.len() as u64)?;
            temporary.as_file().sync_all()?;
            let renamed = temporary.persist(self.file.target());
            renamed.map_err(|e| e.error)?;
            sync(self.file.folder())
        });
        written.map_err(|e| self.cannot_write(e))
    }

    /// A file beside the document, the owner's alone from the first system call. It is removed when dropped.
    fn temporary(&self) -> io::Result<NamedTempFile> {
        let file = tempfile::Builder::new()
            .prefix(&self.file.prefix())
            .rand_bytes(RANDOM)
            .suffix(SUFFIX)
            .tempfile_in(self.file.folder())?;
        private::make_private(file.as_file())?;
        Ok(file)
    }

    fn cannot_write(&self, error: io::Error) -> Error {
        Error::file("write", self.file.path(), error)
    }
}

/// Makes a rename or a removal durable. Some network file systems cannot sync a folder, and need not.
fn sync(folder: &Path) -> io::Result<()> {
    use io::ErrorKind::{InvalidInput, PermissionDenied, Unsupported};
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        Err(e) if ![InvalidInput, PermissionDenied, Unsupported].contains(&e.kind()) => Err(e),
        _ => Ok(()),
    }
}
