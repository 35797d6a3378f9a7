//! What stands on the terminal only for the moment: a spinner, a question whose answer is not shown. It is taken back
//! whatever ends the program, Ctrl-C above all.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::{is_unicode, width};

/// A terminal that takes nothing (Ctrl-S) must not keep a program alive that was told to end.
const PATIENCE: Duration = Duration::from_millis(200);

static SPINNER: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// A line that counts down while somebody is awaited. It goes when this is dropped.
pub(crate) struct Spinner;

impl Spinner {
    pub(crate) fn start(patience: Duration) -> Self {
        let deadline = Instant::now() + patience;
        let is_narrow = width().is_some_and(|width| width < 40);
        let text = if is_narrow {
            "{spinner} {left} left"
        } else {
            "{spinner} waiting for the browser, {left} left"
        };
        let frames = if is_unicode() {
            "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ "
        } else {
            r"|/-\ "
        };
        let style = ProgressStyle::with_template(text)
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .tick_chars(frames)
            .with_key("left", move |_: &_, text: &mut dyn std::fmt::Write| {
                // A second that has begun is still left.
                let left = deadline
                    .saturating_duration_since(Instant::now())
                    .as_millis()
                    .div_ceil(1000);
                let _ = write!(text, "{}:{:02}", left / 60, left % 60);
            });
        let bar =
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        *spinner() = Some(bar);
        Spinner
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        clear();
    }
}

fn spinner() -> MutexGuard<'static, Option<ProgressBar>> {
    SPINNER.lock().unwrap_or_else(PoisonError::into_inner)
}

fn clear() {
    let spinner = spinner().take();
    if let Some(bar) = spinner {
        bar.finish_and_clear();
    }
}

/// Writes whole lines to stderr, above the spinner if there is one. In one piece, so that lines of several processes do
/// not mix.
pub(crate) fn write(lines: &str) {
    let write = || {
        let _ = io::stderr().write_all(lines.as_bytes());
    };
    match spinner().as_ref() {
        Some(bar) => bar.suspend(write),
        None => write(),
    }
}

/// Takes everything back.
pub(crate) fn leave() {
    hidden::restore();
    let (done, cleared) = mpsc::channel();
    let clearing = thread::Builder::new().spawn(move || {
        clear();
        let _ = done.send(());
    });
    if clearing.is_ok() {
        let _ = cleared.recv_timeout(PATIENCE);
    }
}

/// Whether a person at a terminal can answer here: a program in the background would be stopped by asking.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && hidden::is_in_foreground()
}

pub(crate) use hidden::Hidden;

#[cfg(unix)]
mod hidden {
    use std::{
        io,
        sync::{Mutex, PoisonError},
    };

    use rustix::{
        process::getpgrp,
        termios::{
            LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
        },
    };

    static SAVED: Mutex<Option<Termios>> = Mutex::new(None);

    /// What is typed is not shown, as long as this lives.
    pub(crate) struct Hidden;

    impl Hidden {
        /// Every byte comes at once: a terminal's own lines end at 4096 bytes, and an address may be longer.
        pub(crate) fn new() -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            let mut modes = before.clone();
            modes
                .local_modes
                .remove(LocalModes::ECHO | LocalModes::ICANON);
            modes.special_codes[SpecialCodeIndex::VMIN] = 1;
            modes.special_codes[SpecialCodeIndex::VTIME] = 0;
            let mut saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner);
            tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
            saved.get_or_insert(before);
            Ok(Hidden)
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            restore();
        }
    }

    pub(super) fn restore() {
        let saved = SAVED.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(before) = saved {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }

    pub(super) fn is_in_foreground() -> bool {
        tcgetpgrp(io::stdin()).is_ok_and(|group| group == getpgrp())
    }
}

/// Nothing is hidden here.
#[cfg(not(unix))]
mod hidden {
    use std::io;

    pub(crate) struct Hidden;

    impl Hidden {
        pub(crate) fn new() -> io::Result<Self> {
            Ok(Hidden)
        }
    }

    pub(super) fn restore() {}

    pub(super) fn is_in_foreground() -> bool {
        true
    }
}
