//! Signals end the program by that signal, at once; but while a grant is being turned into a file, they wait.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
#[cfg(unix)]
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    flag,
    iterator::Signals as Arriving,
    low_level::emulate_default_handler,
};

/// The signals of one run.
#[derive(Clone)]
pub(crate) struct Signals {
    /// Whether they wait. Locked while one is being acted on.
    held: Arc<Mutex<bool>>,
    /// The last one that arrived; 0 is none. Set by the handler itself, so that none is overlooked.
    arrived: Arc<AtomicUsize>,
}

impl Signals {
    /// Takes over SIGINT, SIGTERM, SIGHUP and SIGQUIT, except those that this process was told to ignore (`nohup`).
    #[cfg(unix)]
    pub(crate) fn take_over() -> io::Result<Self> {
        // SIGQUIT would leave the secrets in a core file.
        let limit = getrlimit(Resource::Core);
        let _ = setrlimit(
            Resource::Core,
            Rlimit {
                current: Some(0),
                ..limit
            },
        );
        let signals = Signals {
            held: Arc::default(),
            arrived: Arc::default(),
        };
        let ignored = ignored();
        let ours = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
            .into_iter()
            .filter(|signal| ignored >> (signal - 1) & 1 == 0);
        let ours: Vec<i32> = ours.collect();
        for signal in &ours {
            flag::register_usize(*signal, signals.arrived.clone(), *signal as usize)?;
        }
        let mut arriving = Arriving::new(&ours)?;
        let watched = signals.clone();
        std::thread::Builder::new().spawn(move || {
            for _ in arriving.forever() {
                watched.obey(|held| held);
            }
        })?;
        Ok(signals)
    }

    #[cfg(not(unix))]
    pub(crate) fn take_over() -> io::Result<Self> {
        Ok(Signals {
            held: Arc::default(),
            arrived: Arc::default(),
        })
    }

    /// From now on they wait.
    pub(crate) fn hold(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// No more: one that waited ends the program now.
    pub(crate) fn release(&self) {
        self.obey(|_| false);
    }

    /// Acts on the signal that arrived, unless they are (still) held.
    fn obey(&self, held: impl FnOnce(bool) -> bool) {
        let mut guard = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *guard = held(*guard);
        let signal = self.arrived.load(Ordering::SeqCst);
        #[cfg(unix)]
        if !*guard && signal != 0 {
            let _ = emulate_default_handler(signal as i32);
        }
        #[cfg(not(unix))]
        let _ = signal;
    }
}

/// The mask of ignored signals, where the system tells.
#[cfg(unix)]
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
