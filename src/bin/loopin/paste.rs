//! The address that the browser ended on, from the person: for a browser that cannot reach this machine.

use std::{
    io::{self, IsTerminal},
    thread,
};

use loopin::{NotTheAnswer, Pending};

use crate::{
    input::{self, TooLong},
    screen::{self, Hidden},
    terminal::Terminal,
};

/// Nobody mistakes an address more often; a program that writes and writes would not end.
const MAX_REFUSALS: usize = 20;

/// Asks where a person can answer, or anywhere if `told` to; the listener goes on meanwhile, and whichever comes first
/// counts.
pub(crate) fn ask(pending: Pending, told: bool, terminal: Terminal) {
    if !told && !screen::can_ask() {
        return;
    }
    let hidden = if io::stdin().is_terminal() {
        match screen::can_ask().then(Hidden::bytes) {
            Some(Ok(hidden)) => Some(hidden),
            // It must not be shown.
            _ => return,
        }
    } else {
        None
    };
    terminal.ask(
        "if the browser ends on a page that it cannot open, paste the address of that page here",
    );
    terminal.ask("(nothing shows; paste it nowhere else: it is as good as your password)");
    let _ = thread::Builder::new().spawn(move || {
        let _hidden = hidden;
        take(&pending, terminal);
    });
}

fn take(pending: &Pending, terminal: Terminal) {
    let mut refusals = 0;
    while let Some(line) = input::line() {
        let refused = match line {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => match pending.paste(&line) {
                Ok(()) => return,
                Err(refused) => refused.to_string(),
            },
            Err(TooLong) => NotTheAnswer::NotAnAddress.to_string(),
        };
        terminal.warn(format_args!("what you pasted is not taken: {refused}"));
        terminal.hint(format_args!(
            "the address to paste begins with {}?",
            pending.redirect_uri()
        ));
        refusals += 1;
        if refusals == MAX_REFUSALS {
            return terminal.warn("no more is taken here; the browser is still waited for");
        }
    }
}
