//! What this machine gives a login: a port, a browser, a person.

use loopin::{Error, ErrorKind, Listening, Login, RedirectError, browser::Browser};

use super::{Finding, Mend, files::readable};
use crate::{
    again::Again, failure::Failure, guard::is_readable_by_others, interactive::why_not,
    no_port::holder_of, opener::browser as the_browser, options::WantedArgs, runtime::block_on,
    session::listening, surroundings::Surroundings,
};

const PORT: &str = "port";
const HTTPS: &str = "https";

/// Where the redirect would be received, and by what certificate. The outer failure is this machine's, which gave no
/// thread.
pub(super) fn listener(
    login: Result<Login, Error>,
    args: &WantedArgs,
    failed: impl Fn(Error) -> Failure,
) -> Result<Vec<Finding>, Failure> {
    let not_tried = |error: Error| {
        let check = match error {
            Error::Listen { .. } => PORT,
            Error::Redirect(RedirectError::Certificate { .. }) => HTTPS,
            _ => "options",
        };
        vec![Finding::of(check, failed(error))]
    };
    let login = match login {
        Ok(login) => listening(login, &args.person),
        Err(error) => return Ok(not_tried(error)),
    };
    let found = match block_on(login.try_listen())? {
        Ok(found) => found,
        Err(error) => return Ok(not_tried(error)),
    };
    let doubt = found.doubt.clone();
    let mut findings = vec![port(found)];
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        let certificate = certificate.display();
        findings.push(match doubt {
            None => Finding::good(
                HTTPS,
                format!("{certificate} is for the redirect URI's host"),
            ),
            Some(doubt) => Finding::bad(
                HTTPS,
                ErrorKind::Local,
                format!("no browser will trust {certificate}: {doubt}"),
                Mend::Advice(
                    "make a new one, and name it by --tls-cert, its key by --tls-key".into(),
                ),
            ),
        });
        findings.extend(is_readable_by_others(key).then(|| readable(HTTPS, key)));
    }
    Ok(findings)
}

fn port(found: Listening) -> Finding {
    let Some(taken) = found.taken else {
        return Finding::good(PORT, format!("{} is free", found.address));
    };
    let by = holder_of(&taken).map(|holder| format!(" by {holder}"));
    let address = match taken {
        Error::Listen { address, .. } => address,
        other => other.to_string(),
    };
    let by = by.unwrap_or_default();
    Finding::good(
        PORT,
        format!("{address} is taken{by}; another port will do"),
    )
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
