//! The login by the browser, where a person is there to approve it.

use std::{
    env,
    io::{self, IsTerminal},
    time::Duration,
};

use loopin::{Client, Error, ErrorKind, LoginLock, Pending, Token, TokenFile, browser};

use crate::{
    again::Again, failure::Failure, guard::warn_of_readers, how::Asker, options::Interactive,
    plan::Plan, runtime::block_on, session::Session, terminal::Terminal,
};

/// What to do instead, where no browser may be opened.
pub(crate) fn may_open(allowed: Interactive, asker: Asker, again: &Again) -> Result<(), String> {
    let command = &again.command;
    if let Asker::Command {
        may_log_in: false, ..
    } = asker
    {
        return Err(format!(
            "let this command log in by --login, or do it yourself: {command}"
        ));
    }
    let instead = |because| {
        format!("no browser may be opened ({because}); where a person can approve it: {command}")
    };
    why_not(allowed).map_or(Ok(()), |because| Err(instead(because)))
}

/// Why no person may be asked, if so.
pub(crate) fn why_not(allowed: Interactive) -> Option<&'static str> {
    match allowed {
        Interactive::Always => None,
        Interactive::Never => Some("--interactive never"),
        Interactive::Auto => nobody_is_there(),
    }
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
    if let Some(key) = &plan.args.tls_key {
        warn_of_readers(key, terminal);
    }
    let browser = session.browser();
    let open = |pending: &Pending| {
        session.open(&browser, pending, session.open_it_yourself(pending));
    };
    let keep = async |token: &Token| plan.keep(token, terminal).await;
    block_on(session.log_in(login, &plan.scopes(), open, keep))?
}
