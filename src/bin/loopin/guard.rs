//! Who else could read the token file.

use std::{
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use crate::{again::quoted, terminal::Terminal};

/// Takes the file from everybody but its owner, and says so.
#[cfg(unix)]
pub(crate) fn guard(path: &Path, terminal: Terminal) {
    use std::{fs, os::unix::fs::MetadataExt, os::unix::fs::PermissionsExt};
    let Ok(file) = path.metadata() else { return };
    let name = path.display();
    if file.is_file() && file.mode() & 0o077 != 0 {
        // By what was opened: another file may take the path any time.
        let opened = fs::File::open(path);
        match opened.and_then(|file| file.set_permissions(fs::Permissions::from_mode(0o600))) {
            Ok(()) => terminal.warn(format_args!("others could read {name}; now only you can")),
            Err(_) => {
                terminal.warn(format_args!("others can read {name}"));
                let path = quoted(&path.to_string_lossy());
                terminal.hint(format_args!("chmod 600 {path}"));
            }
        }
    }
    if file.nlink() > 1 {
        terminal.warn(format_args!(
            "{name} has another name as well (a hard link), which will keep the old token"
        ));
    }
}

/// Warns of a folder that everybody may write to, and of a file that the next `git add` would publish.
pub(crate) fn look_around(path: &Path, terminal: Terminal) {
    let Ok(path) = path.canonicalize() else {
        return;
    };
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return;
    };
    if is_everybodys(folder) {
        let folder = folder.display();
        terminal.warn(format_args!(
            "everybody on this machine can replace what is in {folder}"
        ));
    }
    let is_work_tree = folder
        .ancestors()
        .any(|folder| folder.join(".git").exists());
    if is_work_tree && is_not_ignored(folder, name) {
        let name = name.to_string_lossy();
        let (file, beside) = (quoted(&name), quoted(&format!(".{name}.*")));
        terminal.warn(format_args!("git does not ignore {name}"));
        terminal.hint(format_args!("printf '%s\\n' {file} {beside} >> .gitignore"));
    }
}

fn is_not_ignored(folder: &Path, name: &OsStr) -> bool {
    const NOT_IGNORED: i32 = 1;
    let asked = Command::new("git")
        .args([
            "-c",
            "core.fsmonitor=false",
            "check-ignore",
            "--quiet",
            "--",
        ])
        .arg(name)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.code() == Some(NOT_IGNORED))
}

/// Writable by all, and without the sticky bit that keeps each from the others' files.
#[cfg(unix)]
fn is_everybodys(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    folder
        .metadata()
        .is_ok_and(|folder| folder.mode() & 0o1002 == 0o2)
}

#[cfg(not(unix))]
fn is_everybodys(_folder: &Path) -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn guard(_path: &Path, _terminal: Terminal) {}
