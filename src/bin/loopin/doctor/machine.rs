//! What this machine gives a login: a port, a browser, a person.

use loopin::{Error, ErrorKind, Listening, Login, browser::Browser};

use super::{Finding, Mend};
use crate::{
    again::Again,
    failure::{Failure, holder_of},
    interactive::why_not,
    opener::browser as the_browser,
    options::{PersonArgs, WantedArgs},
    runtime::block_on,
    session::listening,
    surroundings::Surroundings,
};

/// Where the redirect would be received. The outer failure is this machine's, which gave no thread.
pub(super) fn port(
    login: Result<Login, Error>,
    person: &PersonArgs,
    failed: impl Fn(Error) -> Failure,
) -> Result<Finding, Failure> {
    const CHECK: &str = "port";
    let login = match login {
        Ok(login) => listening(login, person),
        Err(error) => return Ok(Finding::of("options", failed(error))),
    };
    Ok(match block_on(login.try_listen())? {
        Ok(Listening {
            address,
            taken: None,
            ..
        }) => Finding::good(CHECK, format!("{address} is free")),
        Ok(Listening {
            taken: Some(taken), ..
        }) => {
            let by = holder_of(&taken).map(|holder| format!(" by {holder}"));
            let address = match taken {
                Error::Listen { address, .. } => address,
                other => other.to_string(),
            };
            let by = by.unwrap_or_default();
            let message = format!("{address} is taken{by}; another port will do");
            Finding::good(CHECK, message)
        }
        Err(error) => Finding::of(CHECK, failed(error)),
    })
}

/// What would open.
pub(super) fn browser(args: &WantedArgs) -> Finding {
    const CHECK: &str = "browser";
    let named = args.person.browser.as_deref();
    let browser = the_browser(named);
    match (&browser, browser.program()) {
        (Browser::System, _) => Finding::good(CHECK, "the system's"),
        (Browser::Commands(_), Some(program)) => Finding::good(CHECK, program),
        (Browser::Commands(commands), None) => {
            let commands = commands.join(":");
            let message = format!("there is no such program: {commands}");
            let mend = "name another one by --browser; with --browser none, the address is printed";
            Finding::bad(CHECK, ErrorKind::Local, message, Mend::Advice(mend.into()))
        }
        (Browser::None, _) if named.is_some() => {
            Finding::good(CHECK, "none: the address is printed")
        }
        (Browser::None, _) => {
            let why = Surroundings::look().name();
            let message = format!("none ({why}): the address is printed, to be opened elsewhere");
            Finding::good(CHECK, message)
        }
    }
}

/// Whether somebody could approve a login, if one is needed.
pub(super) fn person(args: &WantedArgs, does_without: bool, again: &Again) -> Finding {
    const CHECK: &str = "person";
    match why_not(args.interactive) {
        None => Finding::good(CHECK, "can be asked"),
        Some(_) if does_without => {
            Finding::good(CHECK, "cannot be asked, and need not be: the token will do")
        }
        Some(why) => {
            let message = format!("a login needs somebody to approve it: {why}");
            let mend = format!("where somebody can: {}", again.command);
            Finding::bad(CHECK, ErrorKind::LoginNeeded, message, Mend::Advice(mend))
        }
    }
}
