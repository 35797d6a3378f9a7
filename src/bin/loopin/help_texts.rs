//! The texts of the help, and the names that it knows. Plain ASCII, whatever the locale.

use std::io;

use crate::layout::{fill, width_of};

/// The first screen: at most 24 lines of 80 columns.
const OVERVIEW: &str = include_str!("help/overview.txt");

/// Below each command's help.
pub(crate) const EXIT_CODES_IN_SHORT: &str = "\
Exit codes:
  0  ok                     4  refused, or too little granted
  1  a bug                  5  try again later
  2  wrong usage            6  the provider rejects it, or cannot be trusted
  3  a login is needed      7  file, disk, port, account
  8  nobody came back in time
A signal ends the program by that signal. More: loopin help exit-codes";

pub(crate) const EXEC_CODES: &str = "\
Variables whose names end in CLIENT_SECRET or REFRESH_TOKEN are taken out of its environment.

Exit codes: those of the command; 127 if it is not found, 126 if it cannot be run,
125 if there is no token (the message says which of the other commands' codes it is).";

/// What `loopin help` knows beside the commands.
pub(crate) const EXIT_CODES: &str = "exit-codes";
pub(crate) const MAKEFILE: &str = "makefile";

/// The names of all commands.
pub(crate) const COMMANDS: [&str; 14] = [
    "setup",
    "login",
    "token",
    "exec",
    "refresh",
    "status",
    "whoami",
    "logout",
    "doctor",
    "providers",
    "demo",
    "help",
    "completions",
    "man",
];

/// The code, when, and what to do then; the README has the same table.
pub(crate) const CODES: [(&str, &str, &str); 9] = [
    ("0", "ok: token.json is good", ""),
    ("1", "a bug", "please report it"),
    (
        "2",
        "wrong usage: options, secrets, provider file",
        "mend what the message names",
    ),
    (
        "3",
        "a login is needed, and no browser may be opened; or the grant was refused",
        "loopin login where you can click",
    ),
    (
        "4",
        "you refused, or granted less than --require-scopes wants",
        "log in again",
    ),
    (
        "5",
        "the provider or the network does not answer, or another process has the file",
        "try again later",
    ),
    (
        "6",
        "the provider rejects this app, breaks the protocol, or cannot be trusted",
        "check id, secret and redirect URI",
    ),
    (
        "7",
        "a file, the disk, a port, another account's file",
        "mend what the message names",
    ),
    (
        "8",
        "nobody came back from the browser in time",
        "--timeout",
    ),
];

pub(crate) const OTHER_CODES: &str = "\
loopin exec ends as its command does; with 127 if there is no such command, with 126 if it cannot be run, and with \
125 if there is no token: its message then names one of the classes above.

A signal ends loopin by that signal: a shell shows 130 for Ctrl-C. stdout has what was asked for and is empty after a \
failure (but for the lines of loopin doctor); all else goes to stderr.";

/// A Makefile, whole: `loopin help makefile > Makefile`.
pub(crate) const MAKEFILE_TEXT: &str = include_str!("help/makefile.txt");

/// The names that `loopin help` takes.
pub(crate) fn topics() -> impl Iterator<Item = &'static str> {
    COMMANDS.into_iter().chain([EXIT_CODES, MAKEFILE])
}

/// The first screen, for a narrow one too: what a command does stands below itself.
pub(crate) fn overview() -> String {
    let width = width_of(io::stdout());
    let line = |line: &str| {
        fill(
            line,
            width,
            if line.starts_with("  ") {
                "             "
            } else {
                "  "
            },
        ) + "\n"
    };
    OVERVIEW.lines().map(line).collect()
}
