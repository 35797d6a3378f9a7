//! `loopin refresh`: refreshes the token now.

use std::{path::Path, time::Duration};

use loopin::{Client, Error, Provider, Refresh, Refreshed, TokenFile};

use crate::{
    args::RefreshArgs,
    events::{let_through_unless_told, react},
    facts::Fact,
    failure::Failure,
    how::How,
    report::Report,
    runtime::block_on,
    signals::Signals,
    stored::Stored,
    terminal::Terminal,
};

pub(crate) fn run(args: &RefreshArgs, terminal: Terminal) -> Result<(), Failure> {
    let stored = Stored::open(&args.stored, terminal)?;
    let (provider, file) = (&stored.chosen.provider, &stored.file);
    let refreshed = refresh(provider, stored.client(terminal)?, None, file, terminal)?;
    let refreshed = refreshed.map_err(|error| stored.failed(error))?;
    let place = place(&refreshed, file);
    let (token, is_new) = (&refreshed.token, refreshed.is_new);
    let how = if is_new { How::Refreshed } else { How::Valid };
    if is_new && token.access_token() == stored.token.access_token() {
        let name = provider.name();
        terminal.warn(format_args!(
            "{name} gave the same access token again: to it, that one still lives long enough"
        ));
    }
    let report = Report {
        token,
        how,
        provider,
        wanted: &token.requested_scope().cloned().unwrap_or_default(),
        file: place,
    };
    report.tell(stored.again(), terminal);
    if args.json {
        report.print_json()?;
    }
    Ok(())
}

/// Refreshes the token in the file, unless it lives for `min_ttl`; signals wait while an interruption would lose it. The
/// outer failure is this machine's, which gave no thread.
pub(crate) fn refresh(
    provider: &Provider,
    client: Client,
    min_ttl: Option<Duration>,
    file: &TokenFile,
    terminal: Terminal,
) -> Result<Result<Refreshed, Error>, Failure> {
    let signals = Signals::take_over()?;
    let held = signals.clone();
    let refresh = Refresh::new(provider.clone(), client)
        .on_event(move |event| react(&event, &held, terminal));
    let refresh = match min_ttl {
        Some(min_ttl) => refresh.min_ttl(min_ttl),
        None => refresh.force(),
    };
    let refreshed = block_on(refresh.run(file))?;
    if let Ok(refreshed) = refreshed.as_ref()
        && refreshed.is_new
    {
        terminal.fact(&Fact::exchanged(&refreshed.token));
        terminal.fact(&Fact::saved(&refreshed.token, place(refreshed, file)));
    }
    let_through_unless_told(&refreshed, &signals);
    Ok(refreshed)
}

/// Where the token is.
fn place<'a>(refreshed: &'a Refreshed, file: &'a TokenFile) -> &'a Path {
    refreshed.set_aside.as_deref().unwrap_or(file.path())
}
