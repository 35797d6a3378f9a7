//! Who else could have the token file and the client secret.

use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use loopin::Provider;

use crate::{
    again::Again,
    git::{self, Exposure, Silence},
    ignore::{self, Rule},
    shell::{chmod, file_word, quoted},
    terminal::Terminal,
};

/// Takes the file from everybody but its owner, and says so.
#[cfg(unix)]
pub(crate) fn guard(path: &Path, terminal: Terminal) {
    use std::os::unix::fs::MetadataExt;
    let Ok(file) = path.metadata() else { return };
    let name = path.display();
    if file.is_file() && file.mode() & 0o077 != 0 {
        match take_from_others(path) {
            Ok(true) => terminal.warn(format_args!("others could read {name}; now only you can")),
            Ok(false) => {
                terminal.warn(format_args!(
                    "others can read {name}: its file system keeps no permissions"
                ));
                terminal.hint("to keep it to yourself: name a file elsewhere by --token-file");
            }
            Err(_) => {
                terminal.warn(format_args!("others can read {name}"));
                terminal.hint(format_args!("to keep it to yourself: {}", chmod(path)));
            }
        }
    }
    if file.nlink() > 1 {
        terminal.warn(format_args!(
            "{name} has another name as well (a hard link), which will keep the old token"
        ));
    }
}

/// Whether only its owner can read it now. There are file systems that take every mode, and keep none.
#[cfg(unix)]
fn take_from_others(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
    // By what was opened: another file may take the path any time, or a pipe, which would be waited for.
    let file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(rustix::fs::OFlags::NONBLOCK.bits() as i32)
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    Ok(file.metadata()?.mode() & 0o077 == 0)
}

#[cfg(not(unix))]
pub(crate) fn guard(_path: &Path, _terminal: Terminal) {}

#[cfg(unix)]
pub(crate) fn is_readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
pub(crate) fn is_readable_by_others(_path: &Path) -> bool {
    false
}

/// Warns of a secret that others can read, which is not ours to change.
pub(crate) fn warn_of_readers(secrets: &Path, terminal: Terminal) {
    if is_readable_by_others(secrets) {
        let name = secrets.display();
        terminal.warn(format_args!("others can read {name}"));
        terminal.hint(format_args!("to keep it to yourself: {}", chmod(secrets)));
    }
    if is_anothers(secrets) {
        let (name, word) = (secrets.display(), file_word(&secrets.to_string_lossy()));
        terminal.warn(format_args!(
            "{name} belongs to another user, who can change it"
        ));
        terminal.hint(format_args!("to make it yours: chown \"$(id -u)\" {word}"));
    }
}

#[cfg(unix)]
fn is_anothers(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = rustix::process::geteuid().as_raw();
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.uid() != own)
}

#[cfg(not(unix))]
fn is_anothers(_path: &Path) -> bool {
    false
}

/// The files of a login that nobody else should have.
pub(crate) struct Files<'a> {
    pub(crate) token: &'a Path,
    pub(crate) secrets: Option<&'a Path>,
    pub(crate) provider: Option<&'a Provider>,
    pub(crate) again: &'a Again,
}

/// A file that git would publish, or has published, and the way out.
pub(crate) struct Leak {
    pub(crate) message: String,
    /// One command.
    pub(crate) mend: String,
    /// What to do if it is too late.
    pub(crate) too_late: Option<String>,
}

/// Warns of a folder that everybody may write to, and of files that git would publish.
pub(crate) fn look_around(files: &Files<'_>, terminal: Terminal) {
    let folder = fs::canonicalize(files.token);
    if let Some(folder) = folder.as_deref().ok().and_then(Path::parent)
        && is_everybodys(folder)
    {
        let folder = folder.display();
        terminal.warn(format_args!(
            "everybody on this machine can replace what is in {folder}"
        ));
    }
    for leak in files.leaks() {
        terminal.warn(leak.message);
        terminal.hint(format_args!("to mend that: {}", leak.mend));
        leak.too_late.iter().for_each(|hint| terminal.hint(hint));
    }
}

impl Files<'_> {
    /// What git would publish of the files that are there, or has published. A link is judged by what it leads to.
    pub(crate) fn leaks(&self) -> Vec<Leak> {
        let found = |path: &Path| fs::canonicalize(path).ok().filter(|path| path.is_file());
        let token = found(self.token);
        let secrets = self.secrets.and_then(found);
        let mut leaks = Vec::new();
        for (folder, names) in by_folder([&secrets, &token]) {
            let exposed = git::exposed(folder, &names);
            if let Err(Silence::Refusal) = exposed {
                leaks.push(Leak {
                    message: format!(
                        "git does not say what it would publish of {}",
                        folder.display()
                    ),
                    mend: format!("git -C {} status", quoted(&folder.to_string_lossy())),
                    too_late: None,
                });
            }
            for (name, exposure) in exposed.unwrap_or_default() {
                let is_token = token.as_deref() == Some(&folder.join(&name));
                leaks.push(self.leak(folder, &name, exposure, is_token));
            }
        }
        leaks
    }

    fn leak(&self, folder: &Path, name: &OsStr, exposure: Exposure, is_token: bool) -> Leak {
        let name = name.to_string_lossy();
        let here = env::current_dir().and_then(fs::canonicalize);
        let elsewhere = (here.ok().as_deref() != Some(folder)).then_some(folder);
        let rules = match is_token {
            true => Rule::of_token(&name),
            false => vec![Rule::of(&name)],
        };
        let ignore = ignore::command(elsewhere.unwrap_or(Path::new(".")), &rules);
        // What is tracked no more is there to be added again.
        let unignored = git::unignored(folder, &[&name]);
        let is_ignored = unignored.is_some_and(|names| names.is_empty());
        match exposure {
            Exposure::Tracked => Leak {
                message: format!(
                    "git tracks {name}: whoever gets the repository gets the {}",
                    if is_token { "token" } else { "secret" }
                ),
                mend: match is_ignored {
                    true => untrack(elsewhere, &name),
                    false => format!("{} && {ignore}", untrack(elsewhere, &name)),
                },
                too_late: Some(if is_token {
                    let ending = &self.again.ending;
                    format!("if it was pushed, end that login everywhere: {ending}")
                } else {
                    let page = self.provider.and_then(Provider::app_page);
                    let page = page.map(|page| format!(": {page}")).unwrap_or_default();
                    format!("if it was pushed, have the provider make a new secret{page}")
                }),
            },
            Exposure::Unignored => Leak {
                message: format!("git does not ignore {name}"),
                mend: ignore,
                too_late: None,
            },
        }
    }
}

/// One question to git for each folder.
fn by_folder<const N: usize>(paths: [&Option<PathBuf>; N]) -> BTreeMap<&Path, Vec<&OsStr>> {
    let mut folders = BTreeMap::<_, Vec<_>>::new();
    for path in paths.into_iter().flatten() {
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            folders.entry(folder).or_default().push(name);
        }
    }
    folders
}

/// The command that takes a file out of the index and leaves it where it is.
fn untrack(folder: Option<&Path>, name: &str) -> String {
    let folder = folder.map(|folder| format!(" -C {}", quoted(&folder.to_string_lossy())));
    let folder = folder.unwrap_or_default();
    // Else some characters would stand for others.
    let literal = match name.contains(['*', '?', '[', '\\', ':']) {
        true => " --literal-pathspecs",
        false => "",
    };
    format!("git{folder}{literal} rm --cached {}", file_word(name))
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
