//! Whoever reads stdout, and may be gone before a person comes back from the browser.

use std::sync::{Arc, Mutex, PoisonError};

use crate::signals::Signals;

/// Until it is dropped, the program ends by SIGPIPE once nobody reads its stdout. A grant that is being turned into a file
/// is not lost.
pub(crate) struct Reader(Arc<Mutex<bool>>);

impl Reader {
    pub(crate) fn awaited() -> Self {
        let is_awaited = Arc::new(Mutex::new(true));
        let watched = is_awaited.clone();
        let _ = std::thread::Builder::new().spawn(move || {
            if is_gone() {
                let is_awaited = watched.lock().unwrap_or_else(PoisonError::into_inner);
                if *is_awaited {
                    Signals::nobody_reads();
                }
            }
        });
        Reader(is_awaited)
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

/// Waits until nobody has the other end; for ever, if it has none.
#[cfg(unix)]
fn is_gone() -> bool {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        io::Errno,
    };
    let stdout = std::io::stdout();
    let mut polled = [PollFd::new(&stdout, PollFlags::empty())];
    while poll(&mut polled, None) == Err(Errno::INTR) {}
    polled[0]
        .revents()
        .intersects(PollFlags::ERR | PollFlags::HUP)
}

#[cfg(not(unix))]
fn is_gone() -> bool {
    false
}
