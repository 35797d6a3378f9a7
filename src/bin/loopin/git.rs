//! What git would do with files that must not be published. A repository may be somebody else's work: nothing that it
//! configures is run.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    io::{self, Read, Write},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Looking at a few files takes milliseconds; on a slow disk, a little more.
const PATIENCE: Duration = Duration::from_secs(2);

/// All of the environment that git needs. The rest could lead it elsewhere, or is secret.
const ENVIRONMENT: [&str; 8] = [
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "USERPROFILE",
    "SYSTEMROOT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
];

/// How a file gets published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exposure {
    /// It is in the index, and perhaps in the history.
    Tracked,
    /// The next `git add` takes it.
    Unignored,
}

/// Whether the folder is part of a git work tree. Starts no process.
pub(crate) fn is_work_tree(folder: &Path) -> bool {
    let folder = fs::canonicalize(folder);
    let has_git = |folder: &Path| folder.join(".git").exists();
    folder.is_ok_and(|folder| folder.ancestors().any(has_git))
}

/// Why git tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// There is none, and so nothing that could publish.
    NoGit,
    /// It fails, or does not end: it does not trust whose work tree this is, for one.
    Refusal,
}

/// Whether git can be asked of this folder.
pub(crate) fn answers(folder: &Path) -> Result<(), Silence> {
    let git = git(folder, &["rev-parse", "--is-inside-work-tree"]);
    answer(git, "").map(drop)
}

/// Which of these files of the folder git would publish. One that is ignored, or not there, is left out.
pub(crate) fn exposed(
    folder: &Path,
    names: &[&OsStr],
) -> Result<Vec<(OsString, Exposure)>, Silence> {
    if names.is_empty() || !is_work_tree(folder) {
        return Ok(Vec::new());
    }
    let mut git = git(folder, &["--literal-pathspecs", "ls-files", "-t", "-z"]);
    git.args(["--cached", "--others"]);
    git.args(["--exclude-standard", "--"]).args(names);
    let answer = answer(git, "")?;
    // `H name` is in the index, as are others with a letter of their own; `? name` is not, and not ignored either.
    let entries = answer.split(|byte| *byte == 0);
    let entries = entries.filter_map(|entry| Some((*entry.first()?, entry.get(2..)?)));
    let entries: Vec<_> = entries.collect();
    let exposure = |name: &&OsStr| {
        let is_it = |(_, entry): &&(u8, &[u8])| *entry == name.as_encoded_bytes();
        let (letter, _) = entries.iter().find(is_it)?;
        let exposure = match letter {
            b'?' => Exposure::Unignored,
            _ => Exposure::Tracked,
        };
        Some(((*name).to_owned(), exposure))
    };
    Ok(names.iter().filter_map(exposure).collect())
}

/// Which of these names, of files that need not be there yet, no pattern of the work tree ignores. Nothing, where git
/// does not say.
pub(crate) fn unignored(folder: &Path, names: &[&str]) -> Option<Vec<String>> {
    let git = git(folder, &["check-ignore", "--no-index", "--stdin", "-z"]);
    // What begins with a colon would not be taken for a name.
    let paths: Vec<String> = names.iter().map(|name| format!("./{name}\0")).collect();
    let answer = answer(git, &paths.concat()).ok()?;
    let ignored: Vec<_> = answer.split_inclusive(|byte| *byte == 0).collect();
    let is_ignored = |name: &&&str| ignored.contains(&format!("./{name}\0").as_bytes());
    let unignored = names.iter().filter(|name| !is_ignored(name));
    Some(unignored.map(|name| (*name).to_owned()).collect())
}

fn git(folder: &Path, command: &[&str]) -> Command {
    let mut git = Command::new("git");
    let own = ENVIRONMENT.into_iter();
    git.current_dir(folder)
        .env_clear()
        .envs(own.filter_map(|name| Some((name, env::var_os(name)?))))
        .args(["-c", "core.fsmonitor=false"])
        .args(command)
        // An object that is missing would be fetched, in any way that the repository says. Older gits know only the second.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    git
}

/// What git says to this.
fn answer(mut git: Command, input: &str) -> Result<Vec<u8>, Silence> {
    match git.spawn() {
        Ok(child) => heard(child, input).ok_or(Silence::Refusal),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Err(Silence::NoGit),
        Err(_) => Err(Silence::Refusal),
    }
}

/// Nothing, if it fails or takes too long.
fn heard(mut child: Child, input: &str) -> Option<Vec<u8>> {
    /// `check-ignore`: none of them is ignored.
    const NONE: i32 = 1;
    // A few names: the pipe takes them whole, and is closed then.
    let _ = child.stdin.take()?.write_all(input.as_bytes());
    let mut stdout = child.stdout.take()?;
    let (tell, told) = mpsc::channel();
    let reading = thread::Builder::new().spawn(move || {
        let mut answer = Vec::new();
        let read = stdout.read_to_end(&mut answer);
        let _ = tell.send(read.map(|_| answer));
    });
    let answer = reading.ok().and_then(|_| told.recv_timeout(PATIENCE).ok());
    if answer.is_none() {
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    let has_answered = status.success() || status.code() == Some(NONE);
    answer?.ok().filter(|_| has_answered)
}
