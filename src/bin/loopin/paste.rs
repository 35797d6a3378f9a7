//! The address that the browser ended on, from the person: for a browser that cannot reach this machine.

use std::{
    io::{self, IsTerminal},
    thread,
};

use loopin::{NotTheAnswer, Pending};

use crate::{
    input::{self, Keys, Unfit},
    screen::Hidden,
    terminal::Terminal,
};

/// A program that writes and writes would not end.
const MAX_REFUSALS: usize = 20;

/// Asks where a person can answer, or anywhere if `told` to; the listener goes on meanwhile, and whichever comes first
/// counts.
pub(crate) fn ask(pending: Pending, told: bool, terminal: Terminal) {
    let is_terminal = io::stdin().is_terminal();
    // It must not show.
    let hidden = is_terminal.then(Hidden::bytes).and_then(Result::ok);
    if hidden.is_none() && (is_terminal || !told) {
        return;
    }
    terminal.ask(
        "if the browser ends on a page that it cannot open, paste the address of that page here",
    );
    terminal.ask("(nothing shows; paste it nowhere else: it is as good as your password)");
    let _ = thread::Builder::new().spawn(move || {
        let keys = if hidden.is_some() {
            Keys::Ours
        } else {
            Keys::Theirs
        };
        take(&pending, keys, terminal);
        drop(hidden);
    });
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
