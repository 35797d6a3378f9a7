//! A browser that does nothing but tell which address it was given, and to whom.

use std::{env, io, os::unix::net::UnixDatagram};

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().collect();
    UnixDatagram::unbound()?.send_to(words[2].as_bytes(), &words[1])?;
    Ok(())
}
