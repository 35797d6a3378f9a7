//! `loopin whoami`: asks the provider whose token it is.

use std::time::{Duration, SystemTime};

use loopin::{Error, ErrorKind, Token, whoami};

use crate::{
    args::WhoamiArgs, failure::Failure, output::print, refresh::refresh, runtime::block_on,
    stored::Stored, terminal::Terminal,
};

pub(crate) fn run(args: &WhoamiArgs, terminal: Terminal) -> Result<(), Failure> {
    let stored = Stored::open(&args.stored, terminal)?;
    let provider = &stored.chosen.provider;
    let refreshed = |min_ttl: Option<Duration>| -> Result<Token, Failure> {
        let refreshed = refresh(
            provider,
            stored.client(terminal)?,
            min_ttl,
            &stored.file,
            terminal,
        )?;
        Ok(refreshed.map_err(|error| stored.failed(error))?.token)
    };
    let ask = |token: &Token| block_on(whoami(provider, token));
    let is_for_another = !stored.token.resource().is_empty();
    let longest = provider.max_access_token_lifetime();
    let is_valid = stored
        .token
        .is_valid(SystemTime::now(), args.min_ttl, longest);
    let answer = if is_valid {
        match ask(&stored.token)? {
            // RFC 6750 §3.1: it may have been revoked, or have expired all the same.
            Err(Error::TokenRefused { .. })
                if stored.token.refresh_token().is_some() && !is_for_another =>
            {
                ask(&refreshed(None)?)?
            }
            answer => answer,
        }
    } else {
        ask(&refreshed(Some(args.min_ttl))?)?
    };
    let answer = answer.map_err(|error| match error {
        Error::TokenRefused { .. } if is_for_another => {
            let resource = stored.token.resource().join(" and ");
            Failure::new(
                ErrorKind::Provider,
                format!("{error}: it is for {resource}"),
            )
            .hint("to see whose it is: loopin status")
        }
        error => stored.failed(error),
    })?;
    print(format_args!("{answer}\n"))
}
