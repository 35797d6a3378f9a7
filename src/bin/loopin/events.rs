//! What the library tells of a login or a refresh, and what then happens to signals and is said to people.

use std::sync::atomic::{AtomicU8, Ordering};

use loopin::{AccountError, Error, Event, Stray};

use crate::{signals::Signals, terminal::Terminal, times};

/// Where a new token is, if not in its file, must be said before a signal that waited ends the program: `main` says it.
pub(crate) fn let_through_unless_told<T>(outcome: &Result<T, Error>, signals: &Signals) {
    let is_elsewhere = matches!(
        outcome,
        Err(Error::SavedElsewhere { .. }
            | Error::NotSaved { .. }
            | Error::NotKept { .. }
            | Error::Account(AccountError::LoggedIn { .. } | AccountError::Refreshed { .. }))
    );
    if !is_elsewhere {
        signals.let_through();
    }
}

/// What a login and a refresh have in common.
pub(crate) fn react(event: &Event, signals: &Signals, terminal: Terminal) {
    match event {
        Event::Distrusted(doubt) => {
            terminal.warn(format_args!("the browser will not trust the certificate: {doubt}"));
            terminal.hint("make a new one, and name it by --tls-cert, its key by --tls-key");
        }
        Event::Redeeming => signals.hold(),
        Event::Redeemed => signals.let_through(),
        Event::Waiting(wait) => {
            signals.let_through();
            let wait = times::life(*wait);
            terminal.say(format_args!("the provider asks to come back in {wait}; waiting"));
        }
        Event::Locked => terminal.say("another process is changing the token file; waiting for it"),
        Event::ClockSkew(skew) => {
            let skew = times::life(*skew);
            terminal.warn(format_args!(
                "this machine's clock and the provider's are {skew} apart: when the token expires is uncertain"
            ));
        }
        Event::Overtaken(saved) => terminal.warn(format_args!(
            "another program changed the token file meanwhile, and its document stands; the refreshed token is in {}",
            saved.display()
        )),
        _ => {}
    }
}

/// Each kind of request that is not the answer is worth one line.
pub(crate) fn tell_once(terminal: Terminal, stray: Stray, told: &AtomicU8) {
    let (bit, text) = match stray {
        Stray::State => (
            1,
            "a request that is not the answer was ignored: an old tab, perhaps",
        ),
        Stray::Host => (2, "a request of a foreign web page was ignored"),
        Stray::Tls => (
            4,
            "the browser tried https: allow http for this machine in its https-only mode",
        ),
        Stray::Distrust => (
            8,
            "the browser does not trust the certificate: let it go on all the same, or make one that it trusts",
        ),
        _ => return,
    };
    if told.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
        terminal.aside(text);
    }
}
