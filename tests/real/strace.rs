//! strace: what system calls the program makes, and what becomes of it when one of them fails or is its last.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::support::{Lines, tool};
use crate::support::World;

/// Everything that a file, a descriptor or a socket can be asked for,
const FILES_AND_SOCKETS: &str = "trace=%file,%desc,%network";

/// but for the program's start, its memory and its waiting.
const OTHER: [&str; 6] = [
    "execve",
    "mmap",
    "poll",
    "ppoll",
    "epoll_wait",
    "epoll_pwait",
];

/// What happens at the n-th call of this name; every thread counts for itself.
#[derive(Clone)]
pub struct Fault {
    pub call: String,
    pub n: usize,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// The call does nothing but fail, as if the disk were full.
    Fails,
    /// It is not made, and none after it: `kill -9`, or a power cut.
    Killed,
}

/// A program that runs under strace.
pub struct Traced {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    heard: RefCell<String>,
}

pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    /// One line for each traced call.
    pub calls: Vec<String>,
}

impl Fault {
    pub fn expressions(&self) -> [String; 2] {
        let Fault { call, n, kind } = self;
        let what = match kind {
            Kind::Fails => "error=ENOSPC",
            Kind::Killed => "signal=KILL",
        };
        let inject = format!("inject={call}:{what}:when={n}");
        [format!("trace={call}"), inject]
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>4} {:<12}", self.n, self.call)
    }
}

impl Traced {
    pub fn start(world: &World, expressions: &[String], args: &str) -> Traced {
        Traced::start_through(&["env"], world, expressions, args)
    }

    /// Started by these words, which are given strace and what it traces.
    pub fn start_through(
        words: &[&str],
        world: &World,
        expressions: &[String],
        args: &str,
    ) -> Traced {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(tool("strace"));
        command.args(["-f", "-y", "-qq", "-o", "calls"]);
        for expression in expressions {
            command.args(["-e", expression]);
        }
        let mut child = command
            .arg(env!("CARGO_BIN_EXE_loopin"))
            .args(args.split(' '))
            .current_dir(world.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", world.path("home"))
            .env("TMPDIR", world.path("tmp"))
            .env("SSL_CERT_FILE", "authority.pem")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Traced {
            stdout: Lines::of(child.stdout.take().unwrap()),
            stderr: Lines::of(child.stderr.take().unwrap()),
            heard: RefCell::default(),
            child,
        }
    }

    /// The authorization URL, if it comes so far and is whole.
    pub fn printed_url(&self) -> Option<String> {
        let url = self.stderr.find(|line| {
            *self.heard.borrow_mut() += &format!("{line}\n");
            line.trim().starts_with("http")
        });
        url.map(|url| url.trim().to_owned())
            .filter(|url| !url.contains(' '))
    }

    /// Its end.
    pub fn ends(mut self, world: &World) -> Ended {
        let stderr = self.heard.take() + &self.stderr.rest();
        let stdout = self.stdout.rest();
        let status = self.child.wait().unwrap();
        let calls = world.read("calls");
        world.removes("calls");
        Ended {
            status,
            stdout,
            stderr,
            calls: calls.lines().map(str::to_owned).collect(),
        }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Did the fault happen?
    pub fn was_injected(&self) -> bool {
        self.status.signal() == Some(9) || self.injected().count() > 0
    }

    /// Did it happen (each thread counts for itself) to what is no file and no socket, such as an eventfd, which cannot
    /// fail like that?
    pub fn is_beside_the_point(&self) -> bool {
        self.status.signal().is_none() && self.injected().any(|line| line.contains("anon_inode"))
    }

    /// The calls that something happened to, with their arguments: those of a call that another thread's interrupted stand
    /// on an earlier line of the same thread.
    fn injected(&self) -> impl Iterator<Item = String> {
        let ends = self.calls.iter().enumerate();
        let ends = ends.filter(|(_, line)| line.ends_with("(INJECTED)"));
        ends.map(|(i, end)| {
            let thread = end.split(' ').next();
            let is_begun = |line: &&String| {
                line.split(' ').next() == thread && line.ends_with("<unfinished ...>")
            };
            let begun = self.calls[..i].iter().rev().find(is_begun);
            let begun = begun.filter(|_| end.contains(" resumed>"));
            format!("{} {end}", begun.map_or("", String::as_str))
        })
    }

    /// The names of the calls, in the order of their beginning.
    pub fn names(&self) -> Vec<String> {
        let calls = self.calls.iter().filter_map(|line| {
            let (_, call) = line.split_once(' ')?;
            let (name, _) = call.trim_start().split_once('(')?;
            name.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_')
                .then(|| name.to_owned())
        });
        calls.collect()
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = self.stderr.lines().filter(|line| !line.starts_with("hint"));
        write!(f, "{}: {}", self.status, last.next_back().unwrap_or(""))
    }
}

/// The calls of a run at which this may happen.
pub fn calls_at_risk(ended: &Ended, kind: Kind) -> BTreeSet<String> {
    let mut names: BTreeSet<_> = ended.names().into_iter().collect();
    names.retain(|name| !OTHER.contains(&name.as_str()));
    if kind == Kind::Fails {
        // One that fails has closed all the same, which strace cannot play.
        names.remove("close");
    }
    names
}

pub fn files_and_sockets() -> [String; 1] {
    [FILES_AND_SOCKETS.to_owned()]
}
