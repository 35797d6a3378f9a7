//! The program: options, speech and exit codes. What it does is the library's.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod again;
mod args;
mod choose;
mod demo;
mod doctor;
mod exec;
mod exit;
mod facts;
mod failure;
mod git;
mod good;
mod guard;
mod help;
mod how;
mod ignore;
mod input;
mod interactive;
mod login;
mod logout;
mod options;
mod output;
mod paste;
mod plan;
mod port_holder;
mod refresh;
mod report;
mod screen;
mod session;
mod setup;
#[cfg_attr(not(unix), path = "signals_elsewhere.rs")]
mod signals;
mod status;
mod stored;
mod surroundings;
mod terminal;
mod times;
mod token;
mod values;
mod whoami;

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use crate::{
    args::{Args, Command},
    exit::Exit,
    failure::Failure,
    options::LogFormat,
    output::print,
    signals::Signals,
    terminal::{Terminal, coloured},
};

fn main() -> ExitCode {
    report_panics(Terminal::default());
    let code = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Exit::Bug.code());
    ExitCode::from(code)
}

fn run() -> u8 {
    if let Some(url) = session::url_to_open() {
        let opened = interactive::open_in_system_browser(&url);
        return end(opened, Terminal::default());
    }
    let args = match Args::parse_command_line() {
        Ok(args) => args,
        Err(e) => return usage(&e),
    };
    let terminal = Terminal::new(args.quiet, args.verbose, args.log_format);
    report_panics(terminal);
    let done = match args.command {
        None => help::run(None),
        Some(Command::Setup(args)) => setup::run(&args, terminal),
        Some(Command::Login(args)) => login::run(&args, terminal),
        Some(Command::Token(args)) => token::run(&args, terminal),
        Some(Command::Exec(args)) => exec::run(&args, terminal),
        Some(Command::Refresh(args)) => refresh::run(&args, terminal),
        Some(Command::Status(args)) => status::run(&args, terminal),
        Some(Command::Whoami(args)) => whoami::run(&args, terminal),
        Some(Command::Logout(args)) => logout::run(&args, terminal),
        Some(Command::Doctor(args)) => doctor::run(&args, terminal),
        Some(Command::Demo(args)) => demo::run(&args, terminal),
        Some(Command::Help(args)) => help::run(args.topic.as_deref()),
        Some(Command::Completions { shell }) => help::completions(shell),
        Some(Command::Man(args)) => help::man(args.command.as_deref()),
    };
    end(done, terminal)
}

fn end(done: Result<(), Failure>, terminal: Terminal) -> u8 {
    match done {
        Ok(()) => 0,
        Err(failure) => {
            terminal.failure(&failure);
            Signals::release_all();
            failure.code()
        }
    }
}

fn report_panics(terminal: Terminal) {
    panic::set_hook(Box::new(move |panic| {
        let place = panic
            .location()
            .map(|at| format!(" at {}:{}", at.file(), at.line()))
            .unwrap_or_default();
        screen::leave();
        // Not what it says: that could be a secret.
        let what = format!("this is a bug{place}; what was under way is not finished");
        terminal.failure(&Failure::new(Exit::Bug, what));
    }));
}

/// Help and version go to stdout; a wrong option is explained on stderr.
fn usage(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        return print(error.render().ansi()).map_or_else(|failure| failure.exit.code(), |()| 0);
    }
    let mut words = env::args_os().skip(1);
    let command = words.find(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let is_exec = command.is_some_and(|word| word == "exec");
    let (class, exit) = if is_exec {
        (" usage (2):", Exit::BeforeExec)
    } else {
        ("", Exit::Usage)
    };
    if wants_json() {
        let message = error.render().to_string();
        let message = message.lines().next().unwrap_or_default();
        let failure = Failure::usage(message.trim_start_matches("error: "));
        let failure = if is_exec {
            failure.before_exec()
        } else {
            failure
        };
        Terminal::new(false, 0, LogFormat::Json).failure(&failure);
        return exit.code();
    }
    let text = error.render().ansi().to_string();
    let text = text.replacen("error:", &format!("error:{class}"), 1);
    let text = coloured(format!("loopin: {text}"), &io::stderr());
    let _ = io::stderr().write_all(text.as_bytes());
    exit.code()
}

/// What the command line says, though it cannot be understood as a whole.
fn wants_json() -> bool {
    let words: Vec<_> = env::args_os().collect();
    let is_pair = |pair: &[OsString]| pair[0] == "--log-format" && pair[1] == "json";
    words.iter().any(|word| word == "--log-format=json")
        || words.windows(2).any(is_pair)
        || env::var_os("LOOPIN_LOG_FORMAT").is_some_and(|format| format == "json")
}
