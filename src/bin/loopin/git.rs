//! What git would do with files that must not be published. A repository may be somebody else's work: nothing that it
//! configures is run.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Looking at a few files takes milliseconds; on a slow disk, a little more.
const PATIENCE: Duration = Duration::from_secs(5);

/// They would lead git elsewhere, or make it read paths differently.
const LEADING_AWAY: [&str; 9] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
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

/// Whether git can be asked of this folder: it is there, and trusts whose work tree it is.
pub(crate) fn answers(folder: &Path) -> bool {
    let git = git(folder, &["rev-parse", "--is-inside-work-tree"]);
    answer(git, "").is_some()
}

/// Which of these files of the folder git would publish. One that git says nothing of (it is ignored, or not there; there
/// is no git, or it refuses to look) is left out.
pub(crate) fn exposed(folder: &Path, names: &[&OsStr]) -> Vec<(OsString, Exposure)> {
    if names.is_empty() || !is_work_tree(folder) {
        return Vec::new();
    }
    let mut git = git(folder, &["--literal-pathspecs", "ls-files", "-t", "-z"]);
    git.args(["--cached", "--others"]);
    git.args(["--exclude-standard", "--"]).args(names);
    let answer = answer(git, "").unwrap_or_default();
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
    names.iter().filter_map(exposure).collect()
}

/// Which of these names, of files that need not be there yet, no pattern of the work tree ignores. Nothing, where git
/// does not say.
pub(crate) fn unignored(folder: &Path, names: &[&str]) -> Option<Vec<String>> {
    let git = git(folder, &["check-ignore", "--no-index", "--stdin", "-z"]);
    // What begins with a colon would not be taken for a name.
    let paths: Vec<String> = names.iter().map(|name| format!("./{name}\0")).collect();
    let answer = answer(git, &paths.concat())?;
    let ignored: Vec<_> = answer.split_inclusive(|byte| *byte == 0).collect();
    let is_ignored = |name: &&&str| ignored.contains(&format!("./{name}\0").as_bytes());
    let unignored = names.iter().filter(|name| !is_ignored(name));
    Some(unignored.map(|name| (*name).to_owned()).collect())
}

fn git(folder: &Path, command: &[&str]) -> Command {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(["-c", "core.fsmonitor=false"])
        .args(command)
        // An object that is missing would be fetched, in any way that the repository says.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    for name in LEADING_AWAY {
        git.env_remove(name);
    }
    git
}

/// What git says to this; nothing, if it fails or takes too long.
fn answer(mut git: Command, input: &str) -> Option<Vec<u8>> {
    /// `check-ignore`: none of them is ignored.
    const NONE: i32 = 1;
    let mut child = git.spawn().ok()?;
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
