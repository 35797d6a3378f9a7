//! `loopin status`: what is stored. It asks nobody.

use std::{
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use loopin::{ErrorKind, Provider, Scopes, Token, TokenFile, demo};
use serde::Serialize;

use crate::{
    again::Again,
    args::StatusArgs,
    facts::AccountReport,
    failure::{Context, Failure},
    guard::guard,
    layout::{fill, width_of},
    named::provider,
    output::{print, print_json},
    plan::stored,
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
    let now = SystemTime::now();
    // A provider file that is gone is no reason not to show what is stored.
    let provider = token.provider().and_then(|id| provider(id).ok());
    let status = Status::of(&token, provider.as_ref(), path, now);
    if !status.valid && !status.refreshable {
        return Err(login_needed(
            "the token has expired, and there is no refresh token",
        ));
    }
    if args.json {
        print_json(&status)
    } else {
        let name = provider.as_ref().map(Provider::name).or(token.provider());
        print(table(&status, &token, name, now))
    }
}

/// As wide as the names of the rows.
const INDENT: &str = "          ";

/// What the file tells.
#[derive(Serialize)]
struct Status<'a> {
    provider: Option<&'a str>,
    account: Option<AccountReport<'a>>,
    scope: Option<String>,
    requested_scope: Option<String>,
    missing: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    resource: &'a [String],
    expires_at: Option<u64>,
    /// Seconds; 0 is past.
    expires_in: Option<u64>,
    valid: bool,
    refreshable: bool,
    token_file: String,
}

impl<'a> Status<'a> {
    fn of(token: &'a Token, provider: Option<&Provider>, path: &Path, now: SystemTime) -> Self {
        let longest = provider.and_then(Provider::max_access_token_lifetime);
        let requested = token.requested_scope();
        let missing = requested
            .map(|asked| token.missing(asked))
            .unwrap_or_default();
        Status {
            provider: token.provider(),
            account: token.account().map(AccountReport::from),
            scope: token.scope().map(Scopes::to_string),
            requested_scope: requested.map(Scopes::to_string),
            missing: missing.to_string(),
            resource: token.resource(),
            expires_at: token.expires_at(),
            expires_in: token.expires_in(now).map(|left| left.as_secs()),
            valid: token.is_valid(now, Duration::ZERO, longest),
            refreshable: token.refresh_token().is_some(),
            token_file: path.display().to_string(),
        }
    }
}

/// The same for people.
fn table(status: &Status<'_>, token: &Token, provider: Option<&str>, now: SystemTime) -> String {
    let unknown = || "not known: made by another program".to_owned();
    let account = token.account().map(ToString::to_string);
    let (expiry, when) = expiry(status, token, now);
    let refresh = if status.refreshable {
        "by itself, when needed"
    } else {
        "not possible"
    };
    let mut rows = vec![
        ("provider", provider.map_or_else(unknown, str::to_owned)),
        ("account", account.unwrap_or_else(|| "not told".into())),
        ("scope", status.scope.clone().unwrap_or_else(unknown)),
        (
            "missing",
            format!("{} (asked for, not granted)", status.missing),
        ),
        ("resource", status.resource.join(" ")),
        (expiry, when),
        ("refresh", refresh.into()),
        ("file", status.token_file.clone()),
    ];
    rows.retain(|(name, _)| match *name {
        "missing" => !status.missing.is_empty(),
        "resource" => !status.resource.is_empty(),
        _ => true,
    });
    let width = width_of(io::stdout());
    let lines = rows.iter().map(|(name, value)| {
        let value = loopin::printable(value, 1000);
        fill(&format!("{name:<10}{value}"), width, INDENT) + "\n"
    });
    lines.collect()
}

fn expiry(status: &Status<'_>, token: &Token, now: SystemTime) -> (&'static str, String) {
    let Some(at) = status.expires_at else {
        return ("expires", "not told".into());
    };
    let at = times::from_unix(at);
    let clock = times::clock(at, now);
    match token.expires_in(now).filter(|left| !left.is_zero()) {
        Some(left) if status.valid => ("expires", format!("in {} ({clock})", times::life(left))),
        Some(_) => (
            "expires",
            format!("{clock}, which cannot be: a clock was wrong"),
        ),
        None => (
            "expired",
            format!("{} ago ({clock})", times::life(times::since(at, now))),
        ),
    }
}
