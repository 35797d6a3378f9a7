//! Who wants a good token, and how it came to be good.

use serde::Serialize;

/// Who wants the token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// A login, which `force` sends to the browser in any case.
    Login { force: bool },
    /// A command that needs the token, and may log in to get it. One that `prints` it needs it for as long as there is
    /// somebody to read it.
    Command { may_log_in: bool, prints: bool },
}

/// How the token came to be good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum How {
    Valid,
    Refreshed,
    Browser,
}
