//! What was asked for, on stdout.

use std::{
    fmt::Display,
    io::{self, ErrorKind, Write},
};

use serde::Serialize;

use crate::{failure::Failure, terminal::coloured};

/// Writes it, coloured where that is wanted. That nobody reads on (a closed pipe) is no failure.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    let text = coloured(text.to_string(), &io::stdout());
    match unbuffered().and_then(|mut stdout| stdout.write_all(text.as_bytes())) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(cannot_write(e)),
        _ => Ok(()),
    }
}

pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(document).map_err(|e| cannot_write(e.into()))?;
    print(format_args!("{}\n", loopin::printable_json(&text)))
}

/// The standard library's buffer would try once more at the very end to write what it could not.
#[cfg(unix)]
fn unbuffered() -> io::Result<impl Write> {
    use std::os::fd::AsFd;
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    Ok(std::fs::File::from(stdout))
}

#[cfg(not(unix))]
fn unbuffered() -> io::Result<impl Write> {
    Ok(io::stdout())
}

fn cannot_write(error: io::Error) -> Failure {
    let message = format!("cannot write to stdout: {error}");
    Failure::new(loopin::ErrorKind::Local, message)
}
