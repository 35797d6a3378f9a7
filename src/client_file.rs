use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use crate::{Client, Error, private};

impl Client {
    /// Saves id and secret as [`Client::from_file`] reads them, for their owner alone, as a whole or not at all. What
    /// is there already stays, unless it is to be `replaced`. A symbolic link to a file is followed.
    ///
    /// # Errors
    ///
    /// [`Error::File`], with [`io::ErrorKind::AlreadyExists`] if there is a file; [`Error::ClientSecrets`] for a public
    /// client, or if no line can hold the two.
    pub fn save(&self, path: impl AsRef<Path>, replaced: bool) -> Result<(), Error> {
        let path = path.as_ref();
        let Some(secret) = self.secret() else {
            return Err(Error::ClientSecrets {
                origin: path.display().to_string(),
                reason: "a public client has no secret to be saved".into(),
            });
        };
        let line = format!("{},{secret}\n", self.id());
        let read = Client::parse(&line, "", "");
        if !read.is_ok_and(|read| read.id() == self.id() && read.secret() == Some(secret)) {
            return Err(Error::ClientSecrets {
                origin: path.display().to_string(),
                reason: "one line cannot hold this client id and secret".into(),
            });
        }
        write(path, &line, replaced).map_err(|e| Error::file("write", path, e))
    }
}

fn write(path: &Path, text: &str, replaced: bool) -> io::Result<()> {
    // A link to a file stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // A device, or a pipe, is somebody else's.
    if target.exists() && !target.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let folder = target
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .prefix(".client_secrets.")
        .tempfile_in(folder.unwrap_or(Path::new(".")))?;
    private::make_private(file.as_file())?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    let renamed = match replaced {
        true => file.persist(&target),
        false => file.persist_noclobber(&target),
    };
    renamed.map(drop).map_err(|e| e.error)
}
