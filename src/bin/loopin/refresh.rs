//! `loopin refresh`: refreshes the token now.

use std::time::Duration;

use loopin::{Client, Error, Provider, Refresh, Refreshed, TokenFile};

use crate::{
    args::RefreshArgs,
    failure::Failure,
    how::How,
    output::print_json,
    report::{Report, tell},
    session::{react, runtime},
    signals::Signals,
    stored::Stored,
    terminal::Terminal,
};

pub(crate) fn run(args: &RefreshArgs, terminal: Terminal) -> Result<(), Failure> {
    let stored = Stored::open(&args.stored, terminal)?;
    let (provider, file) = (&stored.chosen.provider, &stored.file);
    let refreshed = refresh(provider, stored.client(terminal)?, None, file, terminal)?;
    let token = refreshed.map_err(|error| stored.failed(error))?.token;
    let name = provider.name();
    if token.access_token() == stored.token.access_token() {
        terminal.warn(format_args!(
            "{name} gave the same access token again: to it, that one still lives long enough"
        ));
    }
    let wanted = token.requested_scope().cloned().unwrap_or_default();
    tell(
        terminal,
        (&token, How::Refreshed),
        name,
        &wanted,
        file.path(),
        stored.again(),
    );
    if args.json {
        print_json(&Report::of(
            &token,
            provider.id(),
            file.path(),
            How::Refreshed,
        ))?;
    }
    Ok(())
}

/// Refreshes the token in the file, unless it lives for `min_ttl`; holds signals back while an interruption would lose
/// it. The outer failure is this machine's, which gave no thread.
pub(crate) fn refresh(
    provider: &Provider,
    client: Client,
    min_ttl: Option<Duration>,
    file: &TokenFile,
    terminal: Terminal,
) -> Result<Result<Refreshed, Error>, Failure> {
    let (signals, runtime) = (Signals::take_over()?, runtime()?);
    let held = signals.clone();
    let refresh = Refresh::new(provider.clone(), client)
        .min_ttl(min_ttl)
        .on_event(move |event| react(&event, &held, terminal));
    let refreshed = runtime.block_on(refresh.run(file));
    runtime.shutdown_background();
    signals.release();
    Ok(refreshed)
}
