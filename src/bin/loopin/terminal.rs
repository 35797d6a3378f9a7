//! How the program speaks: stdout carries only what was asked for; all else goes to stderr, in lower case, without a
//! full stop, as `loopin: …`, `loopin: warning: …`, `loopin: error: …` and then `hint: …` lines that name a way out,
//! a command after its last colon. A terminal gets colour, and prose that ends at its margin; programs may have the
//! same as JSON lines. A closed or full stderr is no reason to lose a token: nothing here panics.

use std::{
    env,
    fmt::Display,
    io::{self, IsTerminal},
    time::Duration,
};

use anstream::{AutoStream, ColorChoice, adapter::strip_str, stream::RawStream};
use clap::builder::styling::Style;
use tracing_subscriber::{filter::Targets, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    facts::{Fact, Level},
    failure::Failure,
    layout::{CYAN, GREEN, RED, STRONG, YELLOW, advice, prose, width_of},
    options::LogFormat,
    screen::{self, Spinner},
    writer,
};

#[derive(Clone, Copy, Default)]
pub(crate) struct Terminal {
    quiet: bool,
    verbose: bool,
    format: LogFormat,
}

impl Terminal {
    pub(crate) fn new(quiet: bool, verbose: u8, format: LogFormat) -> Self {
        let terminal = Terminal {
            quiet,
            verbose: verbose > 0,
            format,
        };
        let level = match verbose {
            0 => return terminal,
            1 => tracing::Level::INFO,
            _ => tracing::Level::DEBUG,
        };
        // Ours alone: what other crates log could hold a secret.
        let lines = tracing_subscriber::fmt::layer()
            .with_writer(move || Log(terminal))
            .with_ansi(false)
            .without_time()
            .log_internal_errors(false);
        let ours = Targets::new().with_target("loopin", level);
        let _ = tracing_subscriber::registry()
            .with(lines)
            .with(ours)
            .try_init();
        terminal
    }

    /// Tells what happens.
    pub(crate) fn say(self, text: impl Display) {
        if !self.quiet {
            self.tell(Level::Info, &[("loopin:", STRONG)], text);
        }
    }

    /// Tells what was achieved.
    pub(crate) fn done(self, text: impl Display) {
        if !self.quiet {
            self.tell(Level::Info, &[("loopin:", GREEN)], text);
        }
    }

    /// Tells the person what is theirs to do now.
    pub(crate) fn ask(self, text: impl Display) {
        self.tell(Level::Info, &[("loopin:", STRONG)], text);
    }

    /// Asks a question, whose answer stands on the same line.
    pub(crate) fn prompt(self, question: &str) {
        match self.format {
            LogFormat::Text => writer::send(question.to_owned()),
            LogFormat::Json => self.ask(question.trim_end()),
        }
    }

    /// Ends the line of a question whose answer did not.
    pub(crate) fn end_line(self) {
        if self.format == LogFormat::Text {
            writer::send("\n".into());
        }
    }

    /// Shows what is typed after a question, instead of what it was.
    pub(crate) fn retype(self, before: &str, now: &str) {
        if self.format == LogFormat::Text {
            let same = before
                .chars()
                .zip(now.chars())
                .take_while(|(old, new)| old == new)
                .count();
            let gone = "\x08 \x08".repeat(before.chars().count() - same);
            let new: String = now.chars().skip(same).collect();
            writer::send(gone + &new);
        }
    }

    /// An address that the person needs, on a line of its own so that it can be copied whole, or clicked.
    pub(crate) fn address(self, url: &str) {
        if self.format == LogFormat::Text {
            let url = clean(url);
            let (open, close) = if has_links() {
                (format!("\x1b]8;;{url}\x1b\\"), "\x1b]8;;\x1b\\")
            } else {
                (String::new(), "")
            };
            line(&format!("{CYAN}{open}{url}{close}{CYAN:#}"));
        }
    }

    /// The same of a page that no other fact names.
    pub(crate) fn page(self, url: &str) {
        match self.format {
            LogFormat::Text => self.address(url),
            LogFormat::Json => self.ask(url),
        }
    }

    pub(crate) fn warn(self, text: impl Display) {
        self.tell(
            Level::Warning,
            &[("loopin:", STRONG), ("warning:", YELLOW)],
            text,
        );
    }

    pub(crate) fn hint(self, text: impl Display) {
        self.tell(Level::Hint, &[("hint:", CYAN)], text);
    }

    /// What a person may want to know, but need not.
    pub(crate) fn aside(self, text: impl Display) {
        if !self.quiet {
            self.hint(text);
        }
    }

    pub(crate) fn failure(self, failure: &Failure) {
        if self.format == LogFormat::Json {
            return self.fact(&Fact::failed(failure));
        }
        let text = clean(failure.sentence());
        line(&prose(
            &[("loopin:", STRONG), ("error:", RED)],
            &text,
            width(),
        ));
        for hint in &failure.hints {
            self.hint(hint);
        }
    }

    /// Tells programs what happened just now.
    pub(crate) fn fact(self, fact: &Fact<'_>) {
        if self.format == LogFormat::Json {
            writer::send(fact.line());
        }
    }

    /// Counts down while somebody is awaited, where somebody looks.
    pub(crate) fn spinner(self, patience: Duration) -> Option<Spinner> {
        let is_plain = self.quiet || self.verbose || self.format == LogFormat::Json;
        // Nobody looks for hours.
        let is_plain = is_plain || patience > Duration::from_secs(99 * 60);
        let is_wanted = !is_plain && io::stderr().is_terminal() && is_coloured();
        is_wanted.then(|| Spinner::start(patience))
    }

    /// What is said if a signal ends the program now.
    pub(crate) fn last_words(self, text: impl Display) {
        if !self.quiet && self.format == LogFormat::Text {
            screen::last_words(coloured(
                prose(&[("loopin:", STRONG)], &clean(text), width()) + "\n",
                &io::stderr(),
            ));
        }
    }

    fn tell(self, level: Level, prefix: &[(&str, Style)], text: impl Display) {
        let text = clean(text);
        match (self.format, level) {
            (LogFormat::Json, _) => {
                let message = &text;
                self.fact(&Fact::Message { level, message });
            }
            (LogFormat::Text, Level::Hint) => line(&advice(prefix, &text, width())),
            (LogFormat::Text, _) => line(&prose(prefix, &text, width())),
        }
    }
}

/// Where the log's lines go.
struct Log(Terminal);

impl io::Write for Log {
    /// One event at a time.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        match self.0.format {
            LogFormat::Text => writer::send(text.into_owned()),
            LogFormat::Json => {
                let message = text.trim();
                self.0.fact(&Fact::Log { message });
            }
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What others wrote (a file, a provider, a browser) steers no terminal.
fn clean(text: impl Display) -> String {
    loopin::printable(&text.to_string(), usize::MAX)
}

fn line(text: &str) {
    writer::send(coloured(format!("{text}\n"), &io::stderr()));
}

/// The columns of the terminal that stderr is, if it is one.
pub(crate) fn width() -> Option<usize> {
    width_of(io::stderr())
}

fn is_coloured() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Whether a link can be clicked; where it cannot, other terminals ignore it, but the Linux console shows it.
fn has_links() -> bool {
    io::stderr().is_terminal()
        && is_coloured()
        && env::var_os("TERM").is_none_or(|term| term != "linux")
}

/// The text as the stream takes it: without colours where they are not wanted.
pub(crate) fn coloured(text: String, stream: &impl RawStream) -> String {
    match AutoStream::choice(stream) {
        ColorChoice::Never => strip_str(&text).to_string(),
        _ => text,
    }
}
