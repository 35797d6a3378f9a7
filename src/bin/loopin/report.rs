//! What came of a login or a refresh: a few lines for people, a document for programs.

use std::{path::Path, time::SystemTime};

use loopin::{Account, Scopes, Token};
use serde::Serialize;

use crate::{again::Again, how::How, terminal::Terminal, times};

/// Tells people.
pub(crate) fn tell(
    terminal: Terminal,
    (token, how): (&Token, How),
    provider: &str,
    wanted: &Scopes,
    file: &Path,
    again: &Again,
) {
    let who = token.account().map(|account| format!(" as {account}"));
    let who = format!("{provider}{}", who.unwrap_or_default());
    match how {
        How::Valid => terminal.say(format_args!("already logged in to {who}")),
        How::Refreshed => terminal.done(format_args!("refreshed the token for {who}")),
        How::Browser => terminal.done(format_args!("logged in to {who}")),
    }
    if how != How::Valid {
        let life = token.expires_in(SystemTime::now());
        let life = life.map(|life| format!(", valid for {}", times::life(life)));
        let life = life.unwrap_or_default();
        terminal.say(format_args!("saved in {}{life}", file.display()));
    }
    if token.provider().is_none() {
        terminal.warn("the token file was made by another program: its scopes are not known, and taken as enough");
    }
    let missing = token.missing(wanted);
    if !missing.is_empty() {
        terminal.warn(format_args!("{provider} did not grant: {missing}"));
        terminal.hint(format_args!("to be asked again: {}", again.asking));
    }
}

/// What `login` and `refresh` did, without secrets.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    provider: &'a str,
    account: Option<AccountReport<'a>>,
    scope: Option<String>,
    expires_at: Option<u64>,
    token_file: String,
    how: How,
}

#[derive(Serialize)]
pub(crate) struct AccountReport<'a> {
    id: &'a str,
    name: &'a str,
}

impl<'a> Report<'a> {
    pub(crate) fn of(token: &'a Token, provider: &'a str, file: &Path, how: How) -> Self {
        Report {
            provider,
            account: token.account().map(AccountReport::from),
            scope: token.scope().map(ToString::to_string),
            expires_at: token.expires_at(),
            token_file: file.display().to_string(),
            how,
        }
    }
}

impl<'a> From<&'a Account> for AccountReport<'a> {
    fn from(account: &'a Account) -> Self {
        AccountReport {
            id: &account.id,
            name: &account.name,
        }
    }
}
