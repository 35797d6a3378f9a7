//! What lies in a test's folder at one moment.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The files below the test's folder: mode and content by relative path.
pub type Snapshot = BTreeMap<String, (u32, Vec<u8>)>;

/// Files below `folder`; of what is not a regular file, only that it is there.
pub fn snapshot(folder: &Path) -> Snapshot {
    let mut files = Snapshot::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let Ok(metadata) = fs::symlink_metadata(&path) else {
                continue; // Another login's temporary file is gone already.
            };
            let name = path.strip_prefix(folder).unwrap().to_string_lossy();
            let mode = metadata.permissions().mode() & 0o7777;
            if metadata.is_dir() {
                folders.push(path);
            } else if metadata.is_file() {
                let bytes = fs::read(&path).unwrap_or_default();
                files.insert(name.into_owned(), (mode, bytes));
            } else {
                let target = fs::read_link(&path).unwrap_or_default();
                let bytes = target.into_os_string().into_encoded_bytes();
                files.insert(name.into_owned(), (0, bytes));
            }
        }
    }
    files
}
