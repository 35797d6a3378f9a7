//! `loopin login`: makes sure that the token file is good.

use std::{
    env,
    io::{self, IsTerminal},
    time::Duration,
};

use loopin::{Error, ErrorKind, LoginLock, TokenFile, browser};

use crate::{
    args::{Interactive, LoginArgs},
    failure::{Again, Context, Failure},
    plan::{Plan, again},
    session::{Session, runtime},
    terminal::Terminal,
};

/// Makes sure that the token file is good, by the cheapest way that works.
pub(crate) fn run(args: &LoginArgs, terminal: Terminal) -> Result<(), Failure> {
    let again = again(args);
    let early = Context {
        provider: None,
        token_file: &args.person.token_file,
        again: &again,
    };
    let file = TokenFile::new(&args.person.token_file).map_err(|e| Failure::of(e, early))?;
    let mut plan = Plan::make(args, &file, terminal).map_err(|e| Failure::of(e, early))?;
    let provider = plan.chosen.provider.clone();
    let failed = |e| {
        Failure::of(
            e,
            Context {
                provider: Some(&provider),
                ..early
            },
        )
    };
    if plan.is_settled(args, &file, terminal).map_err(failed)? {
        return Ok(());
    }
    interactive(args.interactive, &again)?;
    let client = plan.client().map_err(failed)?;
    let client = plan.chosen.check(client)?;

    let _lock = lock(&file, args.person.timeout, terminal, failed)?;
    let plan = plan.look_again(&file).map_err(failed)?;
    if plan.is_settled(args, &file, terminal).map_err(failed)? {
        return Ok(());
    }
    let login = plan.login(args, client).map_err(failed)?;
    let session = Session {
        provider: &provider,
        file: &file,
        person: &args.person,
        terminal,
        again: &again,
    };
    let browser = session.browser();
    let open = |url: &str| session.open(&browser, url, open_it_yourself(terminal));
    let keep = |token: &_| plan.keep(args, &file, token, terminal);
    let runtime = runtime()?;
    let token = runtime.block_on(session.log_in(login, &plan.scopes, open, keep));
    runtime.shutdown_background();
    session.report(&token?, &plan.scopes);
    Ok(())
}

/// Waits for another login for the same file, as long as one may take.
fn lock(
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

/// For a browser that could not be started, or ended with an error.
pub(crate) fn open_it_yourself(terminal: Terminal) -> impl FnOnce(String) + Send + 'static {
    move |reason| terminal.warn(format_args!("{reason}; open the address yourself"))
}

/// The hidden command that opens the system's browser.
pub(crate) fn open_in_system_browser(url: &str) -> Result<(), Failure> {
    let failed =
        |e: io::Error| Failure::new(ErrorKind::Local, format!("cannot open a browser: {e}"));
    browser::open_in_system_browser(url).map_err(failed)
}

/// Why no browser may be opened, if so.
pub(crate) fn not_interactive() -> Option<&'static str> {
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

/// Exit 3 at once where nobody could approve.
fn interactive(allowed: Interactive, again: &Again) -> Result<(), Failure> {
    let because = match allowed {
        Interactive::Always => None,
        Interactive::Never => Some("--interactive never"),
        Interactive::Auto => not_interactive(),
    };
    let Some(because) = because else {
        return Ok(());
    };
    let message = format!("a login is needed, and no browser may be opened: {because}");
    Err(Failure::new(ErrorKind::LoginNeeded, message)
        .hint(format!("where a person can approve it: {}", again.command)))
}
