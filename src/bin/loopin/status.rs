//! `loopin status`: what is stored. It asks nobody.

use std::{
    fmt::{self, Display},
    path::Path,
    time::SystemTime,
};

use loopin::{ErrorKind, Provider, Scopes, Token, TokenFile, demo};
use serde::Serialize;

use crate::{
    again::Again,
    args::StatusArgs,
    choose::provider,
    failure::{Context, Failure},
    guard::guard,
    output::{print, print_json},
    plan::stored,
    report::AccountReport,
    terminal::Terminal,
    times,
};

pub(crate) fn run(args: &StatusArgs, terminal: Terminal) -> Result<(), Failure> {
    let path = &args.file.token_file;
    let again = Again::of_file(path);
    let failed = |error| Context::new(path, &again).failure(error);
    let file = TokenFile::new(path).map_err(failed)?;
    let stored = stored(&file, terminal).map_err(failed)?;
    let login_needed = |why: &str| {
        let message = format!("{}: {why}", path.display());
        Failure::new(ErrorKind::LoginNeeded, message).hint(format!("to log in: {}", again.command))
    };
    let Some(token) = stored else {
        return Err(login_needed("there is no such file"));
    };
    guard(path, terminal);
    if token.provider() == Some(demo::PROVIDER) {
        return Err(login_needed(
            "it holds a token of the demo, which no provider knows",
        ));
    }
    let status = Status::of(&token, path, SystemTime::now());
    if !status.valid && !status.refreshable {
        return Err(login_needed(
            "the token has expired, and there is no refresh token",
        ));
    }
    if args.json {
        print_json(&status)
    } else {
        print(&status)
    }
}

/// What the file tells.
#[derive(Serialize)]
struct Status<'a> {
    provider: Option<&'a str>,
    account: Option<AccountReport<'a>>,
    scope: Option<String>,
    requested_scope: Option<String>,
    missing: String,
    expires_at: Option<u64>,
    /// Seconds; 0 is past.
    expires_in: Option<u64>,
    valid: bool,
    refreshable: bool,
    token_file: String,
    #[serde(skip)]
    rows: Vec<(&'static str, String)>,
}

impl<'a> Status<'a> {
    fn of(token: &'a Token, path: &Path, now: SystemTime) -> Self {
        // A provider file that is gone is no reason not to show what is stored.
        let provider = token.provider().and_then(|id| provider(id).ok());
        let longest = provider
            .as_ref()
            .and_then(Provider::max_access_token_lifetime);
        let requested = token.requested_scope();
        let missing = requested
            .map(|asked| token.missing(asked))
            .unwrap_or_default();
        let mut status = Status {
            provider: token.provider(),
            account: token.account().map(AccountReport::from),
            scope: token.scope().map(Scopes::to_string),
            requested_scope: requested.map(Scopes::to_string),
            missing: missing.to_string(),
            expires_at: token.expires_at(),
            expires_in: token.expires_in(now).map(|left| left.as_secs()),
            valid: token.is_valid(now, std::time::Duration::ZERO, longest),
            refreshable: token.refresh_token().is_some(),
            token_file: path.display().to_string(),
            rows: Vec::new(),
        };
        let name = provider.as_ref().map(Provider::name).or(token.provider());
        status.rows = status.rows(token, name, now);
        status
    }

    fn rows(
        &self,
        token: &Token,
        provider: Option<&str>,
        now: SystemTime,
    ) -> Vec<(&'static str, String)> {
        let unknown = || "not known: made by another program".to_owned();
        let mut rows = vec![
            ("provider", provider.map_or_else(unknown, str::to_owned)),
            (
                "account",
                token
                    .account()
                    .map_or("not told".into(), ToString::to_string),
            ),
            ("scope", self.scope.clone().unwrap_or_else(unknown)),
        ];
        if !self.missing.is_empty() {
            rows.push((
                "missing",
                format!("{} (asked for, not granted)", self.missing),
            ));
        }
        rows.push(self.expiry(token, now));
        let refresh = if self.refreshable {
            "by itself, when needed"
        } else {
            "not possible"
        };
        rows.push(("refresh", refresh.into()));
        rows.push(("file", self.token_file.clone()));
        rows
    }

    fn expiry(&self, token: &Token, now: SystemTime) -> (&'static str, String) {
        let Some(at) = self.expires_at else {
            return ("expires", "not told".into());
        };
        let at = times::from_unix(at);
        let clock = times::clock(at, now);
        match token.expires_in(now) {
            Some(left) if !left.is_zero() => {
                let doubt = if self.valid {
                    ""
                } else {
                    ", which cannot be: a clock was wrong"
                };
                (
                    "expires",
                    format!("in {} ({clock}){doubt}", times::life(left)),
                )
            }
            _ => (
                "expired",
                format!("{} ago ({clock})", times::life(times::since(at, now))),
            ),
        }
    }
}

impl Display for Status<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.rows {
            writeln!(f, "{name:<10}{}", loopin::printable(value, 1000))?;
        }
        Ok(())
    }
}
