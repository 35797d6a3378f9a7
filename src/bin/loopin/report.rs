//! What came of a login or a refresh: a few lines for people, a document for programs.

use std::{path::Path, time::SystemTime};

use loopin::{Provider, Scopes, Token};
use serde::Serialize;

use crate::{
    again::Again, facts::AccountReport, failure::Failure, how::How, output::print_json,
    terminal::Terminal, times,
};

/// The scope that brings a refresh token (OpenID Connect Core §11).
const LASTING: &str = "offline_access";

/// What came of it.
pub(crate) struct Report<'a> {
    pub(crate) token: &'a Token,
    pub(crate) how: How,
    pub(crate) provider: &'a Provider,
    /// The scopes that were asked for.
    pub(crate) wanted: &'a Scopes,
    pub(crate) file: &'a Path,
}

impl Report<'_> {
    /// Tells people.
    pub(crate) fn tell(&self, again: &Again, terminal: Terminal) {
        let (token, name) = (self.token, self.provider.name());
        let who = token.account().map(|account| format!(" as {account}"));
        let who = format!("{name}{}", who.unwrap_or_default());
        match self.how {
            How::Valid => terminal.say(format_args!("already logged in to {who}")),
            How::Refreshed => terminal.done(format_args!("refreshed the token for {who}")),
            How::Browser => terminal.done(format_args!("logged in to {who}")),
        }
        if self.how != How::Valid {
            let life = token.expires_in(SystemTime::now());
            let life = life.map(|life| format!(", valid for {}", times::life(life)));
            let life = life.unwrap_or_default();
            terminal.say(format_args!("saved in {}{life}", self.file.display()));
        }
        if token.provider().is_none() {
            terminal.warn("the token file was made by another program: its scopes are not known, and taken as enough");
        }
        let lists = self.provider.scopes_supported();
        if token.refresh_token().is_none() && lists.has(LASTING) && !self.wanted.has(LASTING) {
            terminal.hint(format_args!(
                "it cannot be refreshed; for a refresh token, add {LASTING} to --scope"
            ));
        }
        let missing = token.missing(self.wanted);
        if !missing.is_empty() {
            terminal.warn(format_args!("{name} did not grant: {missing}"));
            terminal.hint(format_args!("to be asked again: {}", again.asking));
        }
    }

    /// Tells programs, without secrets.
    pub(crate) fn print_json(&self) -> Result<(), Failure> {
        print_json(&Document {
            provider: self.provider.id(),
            account: self.token.account().map(AccountReport::from),
            scope: self.token.scope().map(ToString::to_string),
            expires_at: self.token.expires_at(),
            token_file: self.file.display().to_string(),
            how: self.how,
        })
    }
}

#[derive(Serialize)]
struct Document<'a> {
    provider: &'a str,
    account: Option<AccountReport<'a>>,
    scope: Option<String>,
    expires_at: Option<u64>,
    token_file: String,
    how: How,
}
