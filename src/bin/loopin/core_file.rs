//! What a crash, or SIGQUIT, leaves behind: a core file would hold the secrets.

use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

static BEFORE: OnceLock<Rlimit> = OnceLock::new();

/// Forbids core files. The hard limit stays, so that the soft one can be given back.
pub(crate) fn forbid() {
    let before = BEFORE.get_or_init(|| getrlimit(Resource::Core));
    if before.current != Some(0) {
        let current = Some(0);
        let _ = setrlimit(Resource::Core, Rlimit { current, ..*before });
    }
}

/// Gives the soft limit back, for a command that takes this program's place. A browser that is started keeps that of 0.
pub(crate) fn restore() {
    if let Some(before) = BEFORE.get() {
        let _ = setrlimit(Resource::Core, *before);
    }
}
