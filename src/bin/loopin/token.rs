//! `loopin token`: prints a good access token.

use std::fmt::Display;

use loopin::{Error, Token};
use serde::Serialize;

use crate::{
    again::Again,
    args::TokenArgs,
    choose::prefix,
    facts::AccountReport,
    failure::{Context, Failure},
    good::{Good, good_token},
    how::Asker,
    options::{Format, WantedArgs},
    output::{print, print_json},
    shell::quoted,
    terminal::Terminal,
};

pub(crate) fn run(args: &TokenArgs, terminal: Terminal) -> Result<(), Failure> {
    let asker = Asker::Command {
        may_log_in: args.login,
        prints: true,
    };
    let good = usable_token(&args.wanted, asker, terminal)?;
    let token = good.token.access_token();
    match args.format {
        Format::Raw => print_line(token),
        Format::Header => print_line(format_args!("Authorization: Bearer {token}")),
        Format::Env => {
            let name = variable(&good)?;
            print_line(format_args!("export {name}={}", quoted(token)))
        }
        Format::Json => print_json(&Document::of(&good.token)),
    }
}

/// A good token of plain characters: what it is put into has no quotes for others.
pub(crate) fn usable_token(
    wanted: &WantedArgs,
    asker: Asker,
    terminal: Terminal,
) -> Result<Good, Failure> {
    let good = good_token(wanted, asker, terminal)?;
    if good.token.is_usable() {
        return Ok(good);
    }
    let again = Again::of(wanted);
    let context = Context::new(&wanted.stored.file.token_file, &again);
    Err(context.failure(Error::UnusableToken))
}

/// The variable that programs for this provider read.
pub(crate) fn variable(good: &Good) -> Result<String, Failure> {
    let prefix = prefix(good.provider()?);
    Ok(format!("{prefix}_ACCESS_TOKEN"))
}

fn print_line(text: impl Display) -> Result<(), Failure> {
    print(format_args!("{text}\n"))
}

/// Everything but the refresh token.
#[derive(Serialize)]
struct Document<'a> {
    access_token: &'a str,
    token_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountReport<'a>>,
}

impl<'a> Document<'a> {
    fn of(token: &'a Token) -> Self {
        Document {
            access_token: token.access_token(),
            token_type: token.token_type(),
            expires_at: token.expires_at(),
            scope: token.scope().map(ToString::to_string),
            provider: token.provider(),
            account: token.account().map(AccountReport::from),
        }
    }
}
