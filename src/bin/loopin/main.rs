//! The program: options, speech and exit codes. What it does is the library's.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod args;
mod choose;
mod demo;
mod failure;
mod login;
mod plan;
mod session;
mod signals;
mod terminal;

use std::{
    io::{ErrorKind, Write},
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use crate::{
    args::{Args, Command},
    failure::Failure,
    terminal::Terminal,
};

/// Anything unclassified, a panic included.
const BUG: u8 = 1;

fn main() -> ExitCode {
    panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(|at| format!(" at {}:{}", at.file(), at.line()))
            .unwrap_or_default();
        // Not what it says: that could be a secret.
        let what = format!("this is a bug{place}; what was under way is not finished");
        Terminal::default().error(what);
    }));
    let code = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(BUG);
    ExitCode::from(code)
}

fn run() -> u8 {
    let args = match Args::parse_command_line() {
        Ok(args) => args,
        Err(e) => return usage(&e),
    };
    let terminal = Terminal::new(args.quiet, args.verbose);
    let done = match args.command {
        None => print(&Args::help()),
        Some(Command::Login(args)) => login::run(&args, terminal),
        Some(Command::Demo(args)) => demo::run(&args, terminal),
        Some(Command::OpenBrowser { url }) => login::open_in_system_browser(&url),
    };
    match done {
        Ok(()) => 0,
        Err(failure) => {
            terminal.failure(&failure);
            failure.code
        }
    }
}

/// Help and version go to stdout; a wrong option is explained on stderr.
fn usage(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        return match print(&error.render()) {
            Ok(()) => 0,
            Err(failure) => failure.code,
        };
    }
    let _ = write!(anstream::stderr(), "loopin: {}", error.render().ansi());
    Failure::USAGE
}

/// What was asked for, on stdout. That nobody reads on (a closed pipe) is no failure.
fn print(text: &clap::builder::StyledStr) -> Result<(), Failure> {
    match write!(anstream::stdout(), "{}", text.ansi()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Failure::new(
            loopin::ErrorKind::Local,
            format!("cannot write to stdout: {e}"),
        )),
        _ => Ok(()),
    }
}
