//! How the program speaks: stdout carries only what was asked for; all else goes to stderr, in lower case, without a
//! full stop, as `loopin: …`, `loopin: warning: …`, `loopin: error: …` and then `hint: …` lines that name a way out.
//! A closed or full stderr is no reason to lose a token: nothing here panics.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str, stream::RawStream};
use clap::builder::styling::{AnsiColor, Style};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::failure::Failure;

const STRONG: Style = Style::new().bold();
const RED: Style = AnsiColor::Red.on_default().bold();
const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
const GREEN: Style = AnsiColor::Green.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();

#[derive(Clone, Copy, Default)]
pub(crate) struct Terminal {
    quiet: bool,
}

impl Terminal {
    pub(crate) fn new(quiet: bool, verbose: u8) -> Self {
        let level = match verbose {
            0 => return Terminal { quiet },
            1 => tracing::Level::INFO,
            _ => tracing::Level::DEBUG,
        };
        // Ours alone: what other crates log could hold a secret.
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .with_ansi(false)
            .without_time()
            .log_internal_errors(false);
        let ours = Targets::new().with_target("loopin", level);
        let _ = tracing_subscriber::registry()
            .with(lines)
            .with(ours)
            .try_init();
        Terminal { quiet }
    }

    /// Tells what happens.
    pub(crate) fn say(self, text: impl Display) {
        if !self.quiet {
            line(format_args!("{STRONG}loopin:{STRONG:#} {}", clean(text)));
        }
    }

    /// Tells what was achieved.
    pub(crate) fn done(self, text: impl Display) {
        if !self.quiet {
            line(format_args!("{GREEN}loopin:{GREEN:#} {}", clean(text)));
        }
    }

    /// An address that the person needs, on a line of its own so that it can be copied whole.
    pub(crate) fn address(self, url: &str) {
        line(format_args!("{CYAN}{}{CYAN:#}", clean(url)));
    }

    pub(crate) fn warn(self, text: impl Display) {
        let text = clean(text);
        line(format_args!(
            "{STRONG}loopin:{STRONG:#} {YELLOW}warning:{YELLOW:#} {text}"
        ));
    }

    pub(crate) fn error(self, text: impl Display) {
        line(format_args!(
            "{STRONG}loopin:{STRONG:#} {RED}error:{RED:#} {}",
            clean(text)
        ));
    }

    pub(crate) fn hint(self, text: impl Display) {
        line(format_args!("{CYAN}hint:{CYAN:#} {}", clean(text)));
    }

    /// What a person may want to know, but need not.
    pub(crate) fn aside(self, text: impl Display) {
        if !self.quiet {
            self.hint(text);
        }
    }

    pub(crate) fn failure(self, failure: &Failure) {
        self.error(&failure.message);
        for hint in &failure.hints {
            self.hint(hint);
        }
    }
}

/// What others wrote (a file, a provider, a browser) steers no terminal.
fn clean(text: impl Display) -> String {
    loopin::printable(&text.to_string(), usize::MAX)
}

/// Written in one piece, so that lines of several processes do not mix.
fn line(text: std::fmt::Arguments<'_>) {
    let text = coloured(format!("{text}\n"), &io::stderr());
    let _ = io::stderr().write_all(text.as_bytes());
}

/// The text as the stream takes it: without colours where they are not wanted.
pub(crate) fn coloured(text: String, stream: &impl RawStream) -> String {
    match AutoStream::choice(stream) {
        ColorChoice::Never => strip_str(&text).to_string(),
        _ => text,
    }
}
