//! What a person types, or a program that plays one.

use std::io;

/// No redirect is longer.
const MAX_LINE: usize = 64 * 1024;

/// A line that is longer than anything that is asked for.
pub(crate) struct TooLong;

/// The next line of stdin; nothing at its end. It is read byte by byte: what comes after is another program's.
pub(crate) fn line() -> Option<Result<String, TooLong>> {
    // What a terminal does itself, unless it hands over every byte.
    const END: u8 = 4;
    const ERASE: [u8; 2] = [8, 127];
    const KILL: u8 = 21;
    let mut line = Vec::new();
    loop {
        match byte() {
            None | Some(END) if line.is_empty() => return None,
            None | Some(b'\n') if line.len() > MAX_LINE => return Some(Err(TooLong)),
            None | Some(b'\n') => return Some(Ok(String::from_utf8_lossy(&line).into_owned())),
            Some(KILL) => line.clear(),
            Some(byte) if ERASE.contains(&byte) => {
                line.pop();
            }
            Some(byte) if line.len() <= MAX_LINE => line.push(byte),
            Some(_) => {}
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
