//! The address that the browser ended on, from the person: for a browser that cannot reach this machine.

use std::{
    io::{self, IsTerminal},
    thread,
    time::Duration,
};

use loopin::{NotTheAnswer, Pending};

use crate::{
    input::{self, Keys, Unfit},
    screen::{self, Hidden},
    terminal::Terminal,
};

/// How often to look whether a person has brought the program to the foreground.
const A_MOMENT: Duration = Duration::from_millis(200);

/// A program that writes and writes would not end.
const MAX_REFUSALS: usize = 20;

/// Asks where a person can answer, or anywhere if `told` to; the listener goes on meanwhile, and whichever comes first
/// counts.
pub(crate) fn ask(pending: Pending, told: bool, hidden: Option<Hidden>, terminal: Terminal) {
    if let Some(hidden) = hidden {
        ask_for(terminal);
        go_on(move || take_hidden(&pending, hidden, terminal));
    } else if io::stdin().is_terminal() {
        // In the background, for now.
        go_on(move || {
            while !screen::can_ask() {
                thread::sleep(A_MOMENT);
            }
            if let Ok(hidden) = Hidden::bytes() {
                ask_for(terminal);
                take_hidden(&pending, hidden, terminal);
            }
        });
    } else if told {
        ask_for(terminal);
        go_on(move || take(&pending, Keys::Theirs, terminal));
    }
}

/// What is typed does not show from now on, if a person can type: before the address is there, and with it the answer.
pub(crate) fn hide() -> Option<Hidden> {
    screen::can_ask().then(Hidden::bytes)?.ok()
}

fn go_on(work: impl FnOnce() + Send + 'static) {
    let _ = thread::Builder::new().spawn(work);
}

fn ask_for(terminal: Terminal) {
    terminal.ask(
        "if the browser ends on a page that it cannot open, paste the address of that page here",
    );
    terminal.ask("(nothing shows; paste it nowhere else: it is as good as your password)");
}

fn take_hidden(pending: &Pending, hidden: Hidden, terminal: Terminal) {
    take(pending, Keys::Ours, terminal);
    drop(hidden);
}

fn take(pending: &Pending, keys: Keys, terminal: Terminal) {
    let mut refusals = 0;
    while let Some(line) = input::line(keys) {
        let refused = match line {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => match pending.paste(&line) {
                Ok(()) => return,
                Err(refused) => refused.to_string(),
            },
            // Ctrl-D. What is typed after it must not be the shell's, who shows it.
            Err(Unfit::EndOfText) => continue,
            Err(_) => NotTheAnswer::NotAnAddress.to_string(),
        };
        terminal.warn(format_args!("what you pasted is not taken: {refused}"));
        terminal.hint(format_args!(
            "the address to paste begins with {}?",
            pending.redirect_uri()
        ));
        refusals += 1;
        if keys == Keys::Theirs && refusals == MAX_REFUSALS {
            return terminal.warn("no more is taken here; the browser is still waited for");
        }
    }
}
