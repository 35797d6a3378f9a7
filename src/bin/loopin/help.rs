//! What the program tells of itself: on one screen, by topic, to shells and to `man`. Plain ASCII, whatever the locale.

use std::io;

use clap::CommandFactory;
pub(crate) use clap_complete::Shell;
use clap_mangen::Man;

use crate::{
    args::Args,
    failure::Failure,
    layout::{fill, width_of},
    output::print,
};

/// The first screen: at most 24 lines of 80 columns.
pub(crate) const OVERVIEW: &str = include_str!("help/overview.txt");

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
Exit codes: those of the command; 127 if it is not found, 126 if it cannot be run,
125 if there is no token (the message says which of the other commands' codes it is).";

/// What `loopin help` knows beside the commands.
const EXIT_CODES: &str = "exit-codes";
const MAKEFILE: &str = "makefile";

/// The names of all commands.
pub(crate) const COMMANDS: [&str; 13] = [
    "setup",
    "login",
    "token",
    "exec",
    "refresh",
    "status",
    "whoami",
    "logout",
    "doctor",
    "demo",
    "help",
    "completions",
    "man",
];

/// The code, when, and what to do then; the README has the same table.
const CODES: [(&str, &str, &str); 9] = [
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

const OTHER_CODES: &str = "\
loopin exec ends as its command does; with 127 if there is no such command, with 126 if it cannot be run, and with \
125 if there is no token: its message then names one of the classes above.

A signal ends loopin by that signal: a shell shows 130 for Ctrl-C. stdout has what was asked for and is empty after a \
failure (but for the lines of loopin doctor); all else goes to stderr.";

/// A Makefile, whole: `loopin help makefile > Makefile`.
const MAKEFILE_TEXT: &str = include_str!("help/makefile.txt");

/// The names that `loopin help` takes.
pub(crate) fn topics() -> impl Iterator<Item = &'static str> {
    COMMANDS.into_iter().chain([EXIT_CODES, MAKEFILE])
}

/// `loopin help`.
pub(crate) fn run(topic: Option<&str>) -> Result<(), Failure> {
    match topic {
        None => print(overview()),
        Some(EXIT_CODES) => print(exit_codes()),
        Some(MAKEFILE) => print(MAKEFILE_TEXT),
        Some(command) => {
            let mut all = Args::command();
            // The options that all commands have are theirs only then.
            all.build();
            match all.find_subcommand_mut(command) {
                Some(command) => print(command.render_help().ansi()),
                None => print(overview()),
            }
        }
    }
}

/// The first screen, for a narrow one too: what a command does stands below itself.
fn overview() -> String {
    let width = width_of(io::stdout());
    let line = |line: &str| {
        fill(
            line,
            width,
            if line.starts_with("  ") {
                "           "
            } else {
                "  "
            },
        ) + "\n"
    };
    OVERVIEW.lines().map(line).collect()
}

/// `loopin completions`.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "loopin", &mut script);
    print(String::from_utf8_lossy(&script))
}

/// `loopin man`.
pub(crate) fn man(command: Option<&str>) -> Result<(), Failure> {
    let mut all = Args::command();
    all.build();
    let command = command.and_then(|name| all.find_subcommand(name)).cloned();
    let mut page = Vec::new();
    let cannot = |e| {
        let message = format!("cannot write the page: {e}");
        Failure::new(loopin::ErrorKind::Local, message)
    };
    let man = Man::new(command.unwrap_or(all));
    man.render(&mut page).map_err(cannot)?;
    print(String::from_utf8_lossy(&page))
}

fn exit_codes() -> String {
    let width = width_of(io::stdout()).map_or(80, |width| width.min(80));
    let told = |text: &str, indent| fill(text, Some(width), indent);
    let mut lines = Vec::new();
    for (code, when, then) in CODES {
        lines.push(told(&format!("{code:>3}  {when}"), "     "));
        if !then.is_empty() {
            lines.push(told(&format!("     -> {then}"), "     "));
        }
    }
    lines.push(String::new());
    lines.push(told(OTHER_CODES, ""));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overview_fits_one_screen_and_has_every_command_of_a_person() {
        let lines: Vec<_> = OVERVIEW.lines().collect();
        assert!(lines.len() <= 24 && lines.iter().all(|line| line.len() <= 80));
        for name in topics() {
            assert!(OVERVIEW.contains(name), "{name}");
        }
    }

    #[test]
    fn no_command_is_forgotten() {
        let command = Args::command();
        let names = command.get_subcommands().map(|command| command.get_name());
        assert_eq!(names.collect::<Vec<_>>(), COMMANDS);
    }

    #[test]
    fn the_readme_has_the_same_exit_codes() {
        let readme = include_str!("../../../README.md").replace('`', "");
        for (code, when, then) in CODES {
            let row = format!("\n| {code} | {when} | {then}")
                .trim_end()
                .to_owned();
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn every_help_is_ascii() {
        let mut all = Args::command();
        all.build();
        for command in all.get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            let odd = help.chars().find(|c| !c.is_ascii());
            assert_eq!(odd, None, "{help}");
        }
    }
}
