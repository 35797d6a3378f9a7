use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{Error, private};

/// How often a lock is tried: often enough that nobody notices, seldom enough to cost nothing.
pub(crate) const POLL: Duration = Duration::from_millis(10);

/// A kernel lock on a file that is never deleted and never renamed. The kernel frees it when its holder ends, however
/// that happens; a program that replaces this one does not inherit it.
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
    file: File,
}

impl Lock {
    /// Opens the lock file; it is not held yet.
    pub(crate) fn open(path: PathBuf, beside: &Path) -> Result<Self, Error> {
        match open(&path) {
            Ok(file) => Ok(Lock { path, file }),
            // Somebody else's, or no file at all.
            Err(e) if path.symlink_metadata().is_ok() => Err(Error::file("open", &path, e)),
            Err(e) => Err(Error::file("write beside", beside, e)),
        }
    }

    /// Whether it is held now.
    pub(crate) fn try_acquire(&mut self) -> Result<bool, Error> {
        let failed = |e| Error::file("lock", &self.path, e);
        match self.file.try_lock() {
            Ok(()) if is_at(&self.file, &self.path) => Ok(true),
            // Somebody deleted the file after all: whoever comes next locks another one.
            Ok(()) => {
                self.file = open(&self.path).map_err(failed)?;
                Ok(false)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            // Some file systems ask another machine, and a signal comes in between.
            Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(TryLockError::Error(e)) => Err(failed(e)),
        }
    }

    /// Waits for it. Blocks.
    pub(crate) fn acquire(mut self, patience: Duration) -> Result<Self, Error> {
        let started = Instant::now();
        while !self.try_acquire()? {
            if started.elapsed() >= patience {
                return Err(self.held_by_another());
            }
            thread::sleep(POLL);
        }
        Ok(self)
    }

    pub(crate) fn held_by_another(&self) -> Error {
        Error::Locked {
            path: self.path.clone(),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.clone().create_new(true).open(path) {
        Ok(file) => private::make_private(&file).map(|()| file),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => options.open(path),
        Err(e) => Err(e),
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let inode = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let there = path.metadata().map(inode).ok();
    there.is_some() && file.metadata().map(inode).ok() == there
}

/// An open file cannot be deleted there.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}
