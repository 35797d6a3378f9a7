//! What a person types, or a program that plays one.

use std::io::{self, IsTerminal};

use crate::screen;

/// No redirect is longer.
const MAX_LINE: usize = 64 * 1024;

/// Who takes care of the keys that are no characters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// The terminal; or nobody, where every byte is meant.
    Theirs,
    /// We: the terminal hands over every byte, and shows none.
    Ours,
}

/// Why what was typed is no line.
pub(crate) enum Unfit {
    /// Longer than anything that is asked for.
    TooLong,
    /// Not in UTF-8.
    NoText,
    /// Ctrl-D.
    EndOfText,
}

/// The next line of stdin; nothing at its end. It is read byte by byte: what comes after is another program's.
pub(crate) fn line(keys: Keys) -> Option<Result<String, Unfit>> {
    line_shown(keys, &|_| ())
}

/// The same; `show` is given the line so far, after each key.
pub(crate) fn line_shown(keys: Keys, show: &dyn Fn(&[u8])) -> Option<Result<String, Unfit>> {
    const END: u8 = 4;
    const ESCAPE: u8 = 27;
    let (ours, mut line) = (keys == Keys::Ours, Vec::new());
    loop {
        match byte() {
            None if line.is_empty() => return None,
            None | Some(b'\n') => return Some(text(line)),
            Some(END) if ours && line.is_empty() => return Some(Err(Unfit::EndOfText)),
            Some(ESCAPE) if ours => skip_sequence(),
            Some(byte) if ours && (byte < b' ' || byte == 127) => erase(&mut line, byte),
            Some(byte) if line.len() <= MAX_LINE => line.push(byte),
            Some(_) => {}
        }
        show(&line);
    }
}

fn text(line: Vec<u8>) -> Result<String, Unfit> {
    if line.len() > MAX_LINE {
        return Err(Unfit::TooLong);
    }
    String::from_utf8(line).map_err(|_| Unfit::NoText)
}

/// What a terminal does with these keys itself. All others are nothing.
fn erase(line: &mut Vec<u8>, key: u8) {
    const BACKSPACE: [u8; 2] = [8, 127];
    const KILL: [u8; 2] = [21, 23]; // Ctrl-U; Ctrl-W, in what has no words
    if KILL.contains(&key) {
        line.clear();
    } else if BACKSPACE.contains(&key) {
        let is_within = |byte: &u8| byte & 0xc0 == 0x80;
        while line.pop().as_ref().is_some_and(is_within) {}
    }
}

/// An arrow, or the marks around what is pasted: `ESC [`, parameters, a letter; `ESC O`, a letter.
fn skip_sequence() {
    let is_end = |byte: u8| (0x40..0x7f).contains(&byte);
    match byte() {
        Some(b'[') => while byte().is_some_and(|byte| !is_end(byte)) {},
        Some(b'O') => drop(byte()),
        _ => {}
    }
}

#[cfg(unix)]
fn byte() -> Option<u8> {
    let mut byte = [0];
    loop {
        wait_for_foreground();
        match rustix::io::read(io::stdin(), &mut byte) {
            Ok(0) => return None,
            Ok(_) => return Some(byte[0]),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// Whoever reads a terminal in the background is stopped, and a listener with it. Returns once there is something to read.
#[cfg(unix)]
fn wait_for_foreground() {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    const A_MOMENT: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 200_000_000,
    };
    let stdin = io::stdin();
    while stdin.is_terminal() {
        let is_ours = screen::can_ask();
        // What there is to read in the background is not for us; that a terminal hung up is told even so.
        let wanted = match is_ours {
            true => PollFlags::IN,
            false => PollFlags::empty(),
        };
        let mut ready = [PollFd::new(&stdin, wanted)];
        let is_ready = poll(&mut ready, Some(&A_MOMENT)).is_ok_and(|count| count > 0);
        if is_ready && (!is_ours || screen::can_ask()) {
            return;
        }
    }
}

#[cfg(not(unix))]
fn byte() -> Option<u8> {
    io::Read::bytes(io::stdin().lock()).next()?.ok()
}
