//! The exit codes, as `--help` and the README list them.

use loopin::ErrorKind;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Anything unclassified, a panic included.
    Bug = 1,
    Usage = 2,
    LoginNeeded = 3,
    Denied = 4,
    Temporary = 5,
    Provider = 6,
    Local = 7,
    TimedOut = 8,
    /// `exec` did not get as far as its command.
    BeforeExec = 125,
    /// As a shell says it of a command.
    NotExecutable = 126,
    NotFound = 127,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    /// What `exec` calls it, whose own exit code cannot tell.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Exit::Usage => "usage",
            Exit::LoginNeeded => "login needed",
            Exit::Denied => "denied",
            Exit::Temporary => "temporary",
            Exit::Provider => "provider",
            Exit::Local => "local",
            Exit::TimedOut => "timeout",
            Exit::NotExecutable => "not executable",
            Exit::NotFound => "not found",
            _ => "bug",
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Exit::Usage,
            ErrorKind::LoginNeeded => Exit::LoginNeeded,
            ErrorKind::Denied => Exit::Denied,
            ErrorKind::Temporary => Exit::Temporary,
            ErrorKind::Provider => Exit::Provider,
            ErrorKind::Local => Exit::Local,
            ErrorKind::TimedOut => Exit::TimedOut,
            _ => Exit::Bug,
        }
    }
}
