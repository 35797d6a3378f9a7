//! The program: options, speech and exit codes. What it does is the library's.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod again;
mod args;
mod choose;
mod client_question;
#[cfg(unix)]
mod core_file;
mod demo;
mod doctor;
mod events;
mod exec;
mod exit;
mod facts;
mod failure;
mod git;
mod good;
mod guard;
mod help;
mod help_texts;
mod hints;
mod how;
mod ignore;
mod input;
mod interactive;
mod layout;
mod login;
mod logout;
mod named;
mod no_port;
mod opener;
mod options;
mod output;
mod paste;
mod plan;
mod port_holder;
mod providers;
mod question;
mod reader;
mod refresh;
mod report;
mod runtime;
mod screen;
mod session;
mod setup;
mod shell;
#[cfg_attr(not(unix), path = "signals_elsewhere.rs")]
mod signals;
mod status;
mod stored;
mod surroundings;
mod terminal;
mod times;
mod token;
mod usage;
mod values;
mod whoami;
mod writer;

use std::{
    env,
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use crate::{
    args::{Args, Command},
    exit::Exit,
    failure::Failure,
    signals::Signals,
    terminal::Terminal,
};

/// musl's own asks the kernel for every few pages, and gives them back at once: it doubles the time of `token`.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    #[cfg(unix)]
    core_file::forbid();
    report_panics(Terminal::default());
    let code = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or(Exit::Bug.code());
    writer::drain();
    ExitCode::from(code)
}

fn run() -> u8 {
    if let Some(url) = opener::url_to_open() {
        let opened = opener::open_in_system_browser(&url);
        return end(opened, Terminal::default());
    }
    let args = match Args::parse(env::args_os()) {
        Ok(args) => args,
        Err(e) => return usage::answer(&e),
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
        Some(Command::Providers(args)) => providers::run(&args),
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
            writer::drain();
            Signals::let_all_through();
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

#[cfg(test)]
mod tests {
    use super::*;

    /// In a process of its own: the hook is everybody's, and what it says is on stderr.
    #[test]
    fn a_panic_is_reported_without_what_it_says() {
        const ALONE: &str = "LOOPIN_TEST_ALONE";
        const TEST: &str = "tests::a_panic_is_reported_without_what_it_says";
        if env::var_os(ALONE).is_some() {
            report_panics(Terminal::default());
            let _ = panic::catch_unwind(|| panic!("mark-secret"));
            return writer::drain();
        }
        let program = env::current_exe().unwrap();
        let run = std::process::Command::new(program)
            .args([TEST, "--exact", "--nocapture"])
            .envs([(ALONE, "1"), ("RUST_BACKTRACE", "full")])
            .output()
            .unwrap();
        let stderr = String::from_utf8(run.stderr).unwrap();
        assert!(
            stderr.contains("this is a bug at src/bin/loopin/main.rs:"),
            "{stderr}"
        );
        assert!(!stderr.contains("mark-secret"), "{stderr}");
    }
}
