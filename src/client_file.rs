use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use crate::{Client, Error, private};

impl Client {
    /// Saves id and secret as [`Client::from_file`] reads them, for their owner alone, as a whole or not at all. What
    /// is there already stays, unless it is to be `replaced`; and what a symbolic link leads to, unless that holds an id
    /// and a secret.
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

/// A repository that was cloned may bring a link, to anywhere. It is followed only to where a client's secret is.
fn check_link(path: &Path) -> io::Result<()> {
    let reason = match path.exists() {
        _ if !path.is_symlink() => return Ok(()),
        true if Client::from_file(path, "").is_ok() => return Ok(()),
        true => "it is a symbolic link, and what it leads to holds no id and secret",
        false => "it is a symbolic link to nothing",
    };
    Err(io::Error::other(reason))
}

fn write(path: &Path, text: &str, replaced: bool) -> io::Result<()> {
    // A link stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // A device, or a pipe, is somebody else's.
    if target.exists() && !target.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    check_link(path)?;
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
