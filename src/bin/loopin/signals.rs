//! Signals end the program by that signal, at once; but while a grant is being turned into a file, they wait.

use std::{
    io,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use loopin::ErrorKind;
use signal_hook::{
    consts::{
        SIGALRM, SIGHUP, SIGINT, SIGPIPE, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2,
        SIGVTALRM, SIGXCPU, SIGXFSZ,
    },
    flag,
    iterator::Signals as Arriving,
    low_level::emulate_default_handler,
};

use crate::{failure::Failure, screen, writer};

/// Those that end a program from outside.
const ENDING: [i32; 10] = [
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU, SIGVTALRM, SIGPROF,
];

static ONLY: OnceLock<Signals> = OnceLock::new();

/// The signals of one run.
#[derive(Clone)]
pub(crate) struct Signals {
    /// Whether they wait. Locked while one is being acted on.
    held: Arc<Mutex<bool>>,
    /// The last one that arrived; 0 is none. Set by the handler itself, so that none is overlooked.
    arrived: Arc<AtomicUsize>,
    /// The same for Ctrl-Z, which stops the program and does not end it.
    stopping: Arc<AtomicUsize>,
}

impl Signals {
    /// Takes over the signals that end a program, and Ctrl-Z, except those that this process was told to ignore (`nohup`).
    /// A refresh and the login after it share them.
    pub(crate) fn take_over() -> Result<Self, Failure> {
        let is_first = ONLY.get().is_none();
        let signals = ONLY.get_or_init(|| Signals {
            held: Arc::default(),
            arrived: Arc::default(),
            stopping: Arc::default(),
        });
        if is_first {
            let cannot = |e| Failure::new(ErrorKind::Local, format!("cannot handle signals: {e}"));
            signals.listen().map_err(cannot)?;
        }
        Ok(signals.clone())
    }

    fn listen(&self) -> io::Result<()> {
        let ignored = ignored();
        let is_ours = |signal: &i32| ignored >> (signal - 1) & 1 == 0;
        let ending: Vec<i32> = ENDING.into_iter().filter(is_ours).collect();
        let stopping = Some(SIGTSTP).filter(is_ours);
        for signal in &ending {
            flag::register_usize(*signal, self.arrived.clone(), *signal as usize)?;
        }
        if let Some(signal) = stopping {
            flag::register_usize(signal, self.stopping.clone(), signal as usize)?;
        }
        // A file that would grow too large is an error of the write, as a full disk is.
        if is_ours(&SIGXFSZ) {
            flag::register(SIGXFSZ, Arc::default())?;
        }
        let mut arriving = Arriving::new(ending.iter().chain(&stopping))?;
        let watched = self.clone();
        std::thread::Builder::new().spawn(move || {
            for _ in arriving.forever() {
                watched.obey(|held| held);
            }
        })?;
        Ok(())
    }

    /// From now on they wait.
    pub(crate) fn hold(&self) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    /// They need not wait now: one that did ends the program.
    pub(crate) fn let_through(&self) {
        self.obey(|_| false);
    }

    /// At the very end, when everything has been said.
    pub(crate) fn let_all_through() {
        if let Some(signals) = ONLY.get() {
            signals.let_through();
        }
    }

    /// As if there had been a write to nobody.
    pub(crate) fn nobody_reads() {
        match ONLY.get() {
            Some(signals) => {
                signals.arrived.store(SIGPIPE as usize, Ordering::SeqCst);
                signals.obey(|held| held);
            }
            None => {
                let _ = emulate_default_handler(SIGPIPE);
            }
        }
    }

    /// Acts on the signal that arrived, unless they are (still) held.
    fn obey(&self, held: impl FnOnce(bool) -> bool) {
        let mut guard = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *guard = held(*guard);
        if !*guard {
            let ending = self.arrived.load(Ordering::SeqCst);
            let stopping = self.stopping.swap(0, Ordering::SeqCst);
            if ending != 0 {
                screen::leave_at_once(writer::drain);
                let _ = emulate_default_handler(ending as i32);
            }
            if stopping != 0 {
                screen::while_away(|| {
                    let _ = emulate_default_handler(stopping as i32);
                });
            }
        }
    }
}

/// The mask of ignored signals, where the system tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}
