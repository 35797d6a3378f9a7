//! `loopin logout`: ends the login everywhere, or forgets it here.

use loopin::{Client, TokenFile, demo, revoke};

use crate::{
    again::Again,
    args::LogoutArgs,
    exit::Exit,
    failure::{Context, Failure},
    plan::stored,
    runtime::block_on,
    stored::Stored,
    terminal::Terminal,
};

pub(crate) fn run(args: &LogoutArgs, terminal: Terminal) -> Result<(), Failure> {
    let (again, path) = (Again::of_stored(&args.stored), &args.stored.file.token_file);
    let context = Context::new(path, &again);
    let failed = |error| context.failure(error);
    let file = TokenFile::new(path).map_err(failed)?;
    let Some(token) = stored(&file, terminal).map_err(failed)? else {
        terminal.say(format_args!(
            "{} is not there: nobody is logged in",
            path.display()
        ));
        return Ok(());
    };
    if args.local || token.provider() == Some(demo::PROVIDER) {
        file.forget().map_err(failed)?;
        terminal.done(format_args!("removed {}", path.display()));
        return Ok(());
    }
    let forgetting = &again.forgetting;
    Stored::open(&args.stored, terminal)
        .and_then(|mut stored| {
            // An issuer that only the token file names is asked nothing for a client with a secret.
            let is_known = stored.chosen.provider.is_discovered();
            let client = (!is_known).then(|| stored.client(terminal)).transpose()?;
            stored.discover()?;
            everywhere(&stored, client, terminal)
        })
        .map_err(|failure| match failure.exit {
            // What cannot be removed cannot be forgotten either.
            Exit::Local => failure,
            _ => failure.hint(format!("to forget it here only: {forgetting}")),
        })
}

/// The file goes only after the provider's answer.
fn everywhere(
    stored: &Stored<'_>,
    client: Option<Client>,
    terminal: Terminal,
) -> Result<(), Failure> {
    let (provider, path) = (&stored.chosen.provider, stored.file.path().display());
    let name = provider.name();
    if !provider.can_revoke() {
        return by_hand(stored, terminal);
    }
    let who = stored
        .token
        .account()
        .map(|account| format!(" as {account}"));
    let who = who.unwrap_or_default();
    let client = client.map_or_else(|| stored.client(terminal), Ok)?;
    terminal.say(format_args!(
        "this ends the login to {name}{who} everywhere, for every program and machine that uses this grant"
    ));
    let revoked = block_on(revoke(provider, &client, &stored.file))?;
    revoked.map_err(|error| stored.failed(error))?;
    terminal.done(format_args!("logged out of {name}; removed {path}"));
    Ok(())
}

/// Where the provider has no endpoint for it, the person can still do it on a page.
fn by_hand(stored: &Stored<'_>, terminal: Terminal) -> Result<(), Failure> {
    let provider = &stored.chosen.provider;
    stored.file.forget().map_err(|error| stored.failed(error))?;
    terminal.done(format_args!("removed {}", stored.file.path().display()));
    terminal.warn(format_args!(
        "{} has no way to end a login from here: the grant lives on there",
        provider.name()
    ));
    if let Some(page) = provider.account_page().or(provider.app_page()) {
        terminal.hint(format_args!("end it by hand at {page}"));
    }
    Ok(())
}
