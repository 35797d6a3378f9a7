//! Lines for stderr go out by a thread of their own: whoever does not read them holds up no login.

use std::{
    io::{self, IsTerminal},
    sync::{
        OnceLock,
        mpsc::{self, Sender},
    },
    thread,
    time::Duration,
};

use crate::screen;

/// At the end a pipe that nobody reads is given up. A person who stopped their terminal lets it go on again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Something for the thread that writes.
enum Item {
    Text(String),
    /// All before it is written.
    Mark(Sender<()>),
}

static WRITER: OnceLock<Option<Sender<Item>>> = OnceLock::new();

/// Writes it in its turn, and does not wait for that.
pub(crate) fn send(text: String) {
    let writer = WRITER.get_or_init(|| {
        let (sender, items) = mpsc::channel();
        let write = move || {
            for item in items {
                match item {
                    Item::Text(text) => screen::write(&text),
                    Item::Mark(reached) => drop(reached.send(())),
                }
            }
        };
        thread::Builder::new().spawn(write).ok().map(|_| sender)
    });
    match writer {
        Some(writer) => drop(writer.send(Item::Text(text))),
        None => screen::write(&text),
    }
}

/// Waits until all is written.
pub(crate) fn drain() {
    let Some(Some(writer)) = WRITER.get() else {
        return;
    };
    let (reached, mark) = mpsc::channel();
    if writer.send(Item::Mark(reached)).is_err() {
        return;
    }
    if io::stderr().is_terminal() {
        let _ = mark.recv();
    } else {
        let _ = mark.recv_timeout(PATIENCE);
    }
}
