//! What stands on the terminal only for the moment: a spinner, a question whose answer is not shown. It is taken back
//! whatever ends the program, Ctrl-C above all.

use std::{
    io::{self, IsTerminal, Write},
    sync::{Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};

use crate::layout::{is_unicode, width_of};

/// A terminal that takes nothing (Ctrl-S) must not keep a program alive that was told to end.
const PATIENCE: Duration = Duration::from_millis(200);

const TURN: Duration = Duration::from_millis(100);

/// From the margin on, and to the end of the line. Nothing is written beyond the text: what a person types meanwhile
/// (`^C`) would come to stand on the next line.
const CLEAR: &str = "\r\x1b[K";

static SPINNER: Mutex<Option<Turning>> = Mutex::new(None);

static LAST_WORDS: Mutex<Option<String>> = Mutex::new(None);

/// A line that counts down while somebody is awaited. It goes when this is dropped.
pub(crate) struct Spinner {
    /// Keys that are pressed meanwhile would break the line.
    _hidden: Option<Hidden>,
}

struct Turning {
    deadline: Instant,
    frames: &'static [&'static str],
    turns: usize,
}

impl Spinner {
    pub(crate) fn start(patience: Duration) -> Self {
        let frames: &[&str] = if is_unicode() {
            &["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
        } else {
            &["|", "/", "-", "\\"]
        };
        let _hidden = Hidden::lines().ok();
        *spinner() = Some(Turning {
            deadline: Instant::now() + patience,
            frames,
            turns: 0,
        });
        let _ = thread::Builder::new().spawn(|| {
            while turn() {
                thread::sleep(TURN);
            }
        });
        Spinner { _hidden }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        clear();
    }
}

impl Turning {
    /// These lines, and the spinner below them. What runs in the background does not draw on the shell's line.
    fn draw(&self, lines: &str) {
        if hidden::is_in_foreground(io::stderr()) {
            to_stderr(&format!("{CLEAR}{lines}{}", self.text()));
        } else if !lines.is_empty() {
            to_stderr(lines);
        }
    }

    fn text(&self) -> String {
        let left = self.deadline.saturating_duration_since(Instant::now());
        // A second that has begun is still left.
        let left = left.as_millis().div_ceil(1000);
        let frame = self.frames[self.turns % self.frames.len()];
        let what = match width_of(io::stderr()) {
            Some(width) if width < 20 => "",
            _ => "waiting, ",
        };
        let (minutes, seconds) = (left / 60, left % 60);
        format!("{frame} {what}{minutes}:{seconds:02} left")
    }
}

fn spinner() -> MutexGuard<'static, Option<Turning>> {
    SPINNER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether it still turns.
fn turn() -> bool {
    let mut spinner = spinner();
    let Some(turning) = spinner.as_mut() else {
        return false;
    };
    turning.turns += 1;
    turning.draw("");
    true
}

fn clear() {
    let mut spinner = spinner();
    if spinner.take().is_some() && hidden::is_in_foreground(io::stderr()) {
        to_stderr(CLEAR);
    }
}

/// Writes whole lines to stderr, above the spinner if there is one, now. In one piece, so that lines of several processes
/// do not mix.
pub(crate) fn write(lines: &str) {
    match spinner().as_ref() {
        Some(turning) => turning.draw(lines),
        None => to_stderr(lines),
    }
}

fn to_stderr(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Takes everything back, for good.
pub(crate) fn leave() {
    let is_clear = SPINNER.try_lock().is_ok_and(|spinner| spinner.is_none());
    match is_clear {
        true => hidden::leave(),
        false => leave_and(|| ()),
    }
}

/// The same for a program that a signal ends: what had to be said is said, `rest` too.
pub(crate) fn leave_at_once(rest: impl FnOnce() + Send + 'static) {
    leave_and(|| {
        let words = LAST_WORDS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        rest();
        to_stderr(&words.unwrap_or_default());
    });
}

/// To be said if a signal ends the program.
pub(crate) fn last_words(line: String) {
    *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
}

fn leave_and(say: impl FnOnce() + Send + 'static) {
    hidden::leave();
    let (done, cleared) = mpsc::channel();
    let clearing = thread::Builder::new().spawn(move || {
        clear();
        say();
        let _ = done.send(());
    });
    if clearing.is_ok() {
        let _ = cleared.recv_timeout(PATIENCE);
    }
}

/// Takes everything back while the program is stopped (Ctrl-Z).
#[cfg(unix)]
pub(crate) fn while_away(stop: impl FnOnce()) {
    // Whoever holds it may be writing to a terminal that takes nothing.
    let spinner = SPINNER.try_lock();
    if let Ok(Some(_)) = spinner.as_deref() {
        to_stderr(CLEAR);
    }
    hidden::while_away(stop);
}

/// Whether a person at a terminal can answer here: a program in the background would be stopped by asking.
pub(crate) fn can_ask() -> bool {
    io::stdin().is_terminal() && hidden::is_in_foreground(io::stdin())
}

pub(crate) use hidden::Hidden;

#[cfg(unix)]
mod hidden {
    use std::{
        io,
        os::fd::AsFd,
        sync::{Mutex, PoisonError},
    };

    use rustix::{
        process::getpgrp,
        termios::{
            LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush,
            tcgetattr, tcgetpgrp, tcsetattr,
        },
    };

    /// What the terminal was like, while it is not.
    static BEFORE: Mutex<Before> = Mutex::new(Before {
        modes: None,
        hiding: 0,
        is_left: false,
    });

    struct Before {
        modes: Option<Termios>,
        /// So many want it hidden.
        hiding: usize,
        /// It stays as it was, from now on.
        is_left: bool,
    }

    /// What is typed is not shown, as long as this lives.
    pub(crate) struct Hidden;

    impl Hidden {
        /// The terminal gives whole lines.
        pub(crate) fn lines() -> io::Result<Self> {
            Self::without(LocalModes::ECHO)
        }

        /// Every byte comes at once: a terminal's own lines end at 4096 bytes, and an address may be longer.
        pub(crate) fn bytes() -> io::Result<Self> {
            Self::without(LocalModes::ECHO | LocalModes::ICANON)
        }

        fn without(shown: LocalModes) -> io::Result<Self> {
            let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
            // In the background, asking for it would stop us.
            if before.is_left || !is_in_foreground(io::stdin()) {
                return Err(io::ErrorKind::Unsupported.into());
            }
            let modes = tcgetattr(io::stdin())?;
            let mut hiding = modes.clone();
            hiding.local_modes.remove(shown);
            hiding.special_codes[SpecialCodeIndex::VMIN] = 1;
            hiding.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(io::stdin(), OptionalActions::Now, &hiding)?;
            before.modes.get_or_insert(modes);
            before.hiding += 1;
            Ok(Hidden)
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
            before.hiding -= 1;
            if before.hiding == 0 {
                before.show();
            }
        }
    }

    impl Before {
        fn show(&mut self) {
            let modes = self.modes.take();
            // In the background the terminal is the shell's, and whoever sets it there is stopped.
            if let Some(modes) = modes.filter(|_| is_in_foreground(io::stdin())) {
                // What was typed or pasted while nothing showed is nobody else's: the shell would run it, and remember it.
                let _ = tcflush(io::stdin(), QueueSelector::IFlush);
                let _ = tcsetattr(io::stdin(), OptionalActions::Now, &modes);
            }
        }
    }

    pub(super) fn leave() {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        before.is_left = true;
        before.show();
    }

    /// The terminal is the shell's meanwhile.
    pub(super) fn while_away(stop: impl FnOnce()) {
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        let modes = before.modes.as_ref();
        let modes = modes.filter(|_| is_in_foreground(io::stdin()));
        let hiding = modes.and_then(|modes| {
            let hiding = tcgetattr(io::stdin()).ok()?;
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, modes);
            Some(hiding)
        });
        stop();
        if let Some(hiding) = hiding.filter(|_| is_in_foreground(io::stdin())) {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &hiding);
        }
    }

    /// Whether this terminal is ours for now, and not the shell's.
    pub(super) fn is_in_foreground(terminal: impl AsFd) -> bool {
        tcgetpgrp(terminal).is_ok_and(|group| group == getpgrp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_turns_any_more_when_the_screen_was_left() {
        *spinner() = Some(Turning {
            deadline: Instant::now(),
            frames: &["|"],
            turns: 0,
        });
        leave();
        assert!(!turn());
    }
}

/// Nothing can be hidden here.
#[cfg(not(unix))]
mod hidden {
    use std::io;

    pub(crate) struct Hidden;

    impl Hidden {
        pub(crate) fn lines() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(crate) fn bytes() -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    pub(super) fn leave() {}

    pub(super) fn is_in_foreground<T>(_terminal: T) -> bool {
        true
    }
}
