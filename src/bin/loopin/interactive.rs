//! The login by the browser, where a person is there to approve it.

use std::{
    env,
    io::{self, IsTerminal},
    time::Duration,
};

use loopin::{Client, Error, ErrorKind, LoginLock, Pending, Token, TokenFile, browser};

use crate::{
    again::Again,
    failure::Failure,
    how::Asker,
    options::Interactive,
    plan::Plan,
    session::{Session, block_on},
    terminal::Terminal,
};

/// What to do instead, where no browser may be opened.
pub(crate) fn may_open(allowed: Interactive, asker: Asker, again: &Again) -> Result<(), String> {
    let command = &again.command;
    let because = match (asker, allowed) {
        (Asker::Command { may_log_in: false }, _) => {
            return Err(format!(
                "let this command log in by --login, or do it yourself: {command}"
            ));
        }
        (_, Interactive::Always) => None,
        (_, Interactive::Never) => Some("--interactive never"),
        (_, Interactive::Auto) => nobody_is_there(),
    };
    let instead = |because| {
        format!("no browser may be opened ({because}); where a person can approve it: {command}")
    };
    because.map_or(Ok(()), |because| Err(instead(because)))
}

/// Why nobody could approve a login, if so.
pub(crate) fn nobody_is_there() -> Option<&'static str> {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
    if is_set("CI") {
        Some("CI is set")
    } else if has_terminal || browser::is_graphical() {
        None
    } else {
        Some("there is neither a terminal nor a graphical session")
    }
}

/// Waits for another login for the same file, as long as one may take.
pub(crate) fn lock(
    file: &TokenFile,
    patience: Duration,
    terminal: Terminal,
    failed: impl FnOnce(Error) -> Failure,
) -> Result<LoginLock, Failure> {
    let path = file.path().display();
    let mut locked = file.lock_login(Duration::ZERO);
    if let Err(Error::Locked { .. }) = locked {
        terminal.say(format_args!(
            "another login for {path} is under way; waiting for it"
        ));
        locked = file.lock_login(patience);
    }
    locked.map_err(|error| match error {
        Error::Locked { .. } => {
            let message = format!("another login for {path} is still under way");
            Failure::new(ErrorKind::TimedOut, message).hint("finish that one, or end it by Ctrl-C")
        }
        other => failed(other),
    })
}

/// Sends the person to the browser, and saves the token.
pub(crate) fn log_in(
    plan: &Plan<'_>,
    client: Client,
    again: &Again,
    terminal: Terminal,
) -> Result<Token, Failure> {
    let session = Session {
        provider: &plan.chosen.provider,
        file: plan.file,
        person: &plan.args.person,
        terminal,
        again,
    };
    let login = plan.login(client).map_err(|error| session.failed(error))?;
    let browser = session.browser();
    let open = |pending: &Pending| {
        session.open(&browser, pending, session.open_it_yourself(pending));
    };
    let keep = |token: &_| plan.keep(token, terminal);
    block_on(session.log_in(login, &plan.scopes(), open, keep))?
}

/// What the process does that opens the system's browser.
pub(crate) fn open_in_system_browser(url: &str) -> Result<(), Failure> {
    let failed =
        |e: io::Error| Failure::new(ErrorKind::Local, format!("cannot open a browser: {e}"));
    browser::open_in_system_browser(url).map_err(failed)
}
