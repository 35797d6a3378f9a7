//! The address that the browser ended on, from the person: for a browser that cannot reach this machine.

use std::{
    io::{self, IsTerminal},
    thread,
};

use loopin::{NotTheAnswer, Pending};

use crate::{
    screen::{self, Hidden},
    terminal::Terminal,
};

/// No redirect is longer.
const MAX_LINE: usize = 64 * 1024;

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
    let mut input = Lines::default();
    while let Some(line) = input.next() {
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
    }
}

/// What is typed, byte by byte: what comes after the answer is another program's.
#[derive(Default)]
struct Lines(Vec<u8>);

struct TooLong;

impl Lines {
    /// The next line; nothing at the end.
    fn next(&mut self) -> Option<Result<String, TooLong>> {
        const END: u8 = 4; // Ctrl-D, where the terminal does not act on it
        const ERASE: [u8; 2] = [8, 127];
        const KILL: u8 = 21; // Ctrl-U
        let Lines(line) = self;
        line.clear();
        loop {
            match byte() {
                None => return None,
                Some(END) if line.is_empty() => return None,
                Some(b'\n') if line.len() > MAX_LINE => return Some(Err(TooLong)),
                Some(b'\n') => return Some(Ok(String::from_utf8_lossy(line).into_owned())),
                Some(KILL) => line.clear(),
                Some(byte) if ERASE.contains(&byte) => {
                    line.pop();
                }
                Some(byte) if line.len() <= MAX_LINE => line.push(byte),
                Some(_) => {}
            }
        }
    }
}

#[cfg(unix)]
fn byte() -> Option<u8> {
    let mut byte = [0];
    loop {
        match rustix::io::read(io::stdin(), &mut byte) {
            Ok(0) => return None,
            Ok(_) => return Some(byte[0]),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

#[cfg(not(unix))]
fn byte() -> Option<u8> {
    io::Read::bytes(io::stdin().lock()).next()?.ok()
}
