//! What happens, as JSON lines on stderr: one object each, with `time` and `event`. Programs read them, so that names
//! and members stay as they are.

use std::path::Path;

use jiff::Timestamp;
use loopin::{Account, Token};
use serde::Serialize;

use crate::failure::Failure;

/// Something that happened, for whoever asked for `--log-format json`.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Fact<'a> {
    /// The redirect can be received.
    Listening {
        address: String,
        redirect_uri: &'a str,
    },
    /// A browser is asked to open the URL, or nobody is (`null`): a person has to.
    Browser {
        browser: Option<&'a str>,
        url: &'a str,
    },
    /// The answer to the authorization request came.
    Redirect { pasted: bool },
    /// The grant became a token.
    Exchanged {
        provider: &'a str,
        scope: Option<String>,
    },
    /// The token is on the disk.
    Saved {
        token_file: String,
        expires_at: Option<u64>,
        account: Option<AccountReport<'a>>,
    },
    /// The program ends without what was asked for.
    Failed {
        exit: u8,
        class: &'a str,
        message: &'a str,
        hints: &'a [String],
    },
    /// What people are told.
    Message { level: Level, message: &'a str },
    /// A line of the log (`-v`).
    Log { message: &'a str },
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Level {
    Info,
    Warning,
    Hint,
}

impl<'a> Fact<'a> {
    pub(crate) fn exchanged(token: &'a Token) -> Self {
        Fact::Exchanged {
            provider: token.provider().unwrap_or_default(),
            scope: token.scope().map(ToString::to_string),
        }
    }

    pub(crate) fn saved(token: &'a Token, file: &Path) -> Self {
        Fact::Saved {
            token_file: file.display().to_string(),
            expires_at: token.expires_at(),
            account: token.account().map(AccountReport::from),
        }
    }

    pub(crate) fn failed(failure: &'a Failure) -> Self {
        Fact::Failed {
            exit: failure.code(),
            class: failure.exit.class(),
            message: &failure.message,
            hints: &failure.hints,
        }
    }

    /// As a line, with the time: now.
    pub(crate) fn line(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            time: String,
            #[serde(flatten)]
            fact: &'a Fact<'a>,
        }
        let line = Line {
            time: format!("{:.3}", Timestamp::now()),
            fact: self,
        };
        let text = serde_json::to_string(&line).unwrap_or_default();
        loopin::printable_json(&text) + "\n"
    }
}

/// Whose token it is.
#[derive(Serialize)]
pub(crate) struct AccountReport<'a> {
    id: &'a str,
    name: &'a str,
}

impl<'a> From<&'a Account> for AccountReport<'a> {
    fn from(account: &'a Account) -> Self {
        AccountReport {
            id: &account.id,
            name: &account.name,
        }
    }
}
