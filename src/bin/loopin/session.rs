//! A login between the terminal, the browser and the token file: what `login` and `demo` share.

use std::{
    env,
    ffi::OsString,
    future::{Future, ready},
    sync::atomic::{AtomicU8, Ordering},
};

use loopin::{
    Error, ErrorKind, Event, Kept, Login, Provider, Scopes, Stray, Token, TokenFile,
    browser::Browser,
};

use crate::{
    again::Again,
    failure::{Context, Failure},
    options::PersonArgs,
    signals::Signals,
    terminal::Terminal,
    times,
};

pub(crate) struct Session<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) file: &'a TokenFile,
    pub(crate) person: &'a PersonArgs,
    pub(crate) terminal: Terminal,
    pub(crate) again: &'a Again,
}

impl Session<'_> {
    /// The browser that was asked for, else the one of this session.
    pub(crate) fn browser(&self) -> Browser {
        match self.person.browser.as_deref().map(str::trim) {
            Some(none) if none.eq_ignore_ascii_case("none") => Browser::None,
            Some(command) if !command.is_empty() => Browser::Commands(vec![command.to_owned()]),
            _ => Browser::from_environment(),
        }
    }

    /// Prints the address, and opens it where there is a browser.
    pub(crate) fn open(
        &self,
        browser: &Browser,
        url: &str,
        on_failure: impl FnOnce(String) + Send + 'static,
    ) {
        let name = self.provider.name();
        match browser {
            Browser::None => self.terminal.say(format_args!(
                "to log in to {name}, open this address in a browser on this machine:"
            )),
            _ => self.terminal.say(format_args!(
                "your browser opens to log in to {name}; if it does not, open this address:"
            )),
        }
        self.terminal.address(url);
        if *browser == Browser::None {
            return;
        }
        // The library that knows the system's browser gives its children our streams, our environment and our process
        // group: so it runs in a process of its own, which has none of these.
        let system = [
            env::current_exe().unwrap_or_default().into_os_string(),
            OsString::from("open-browser"),
        ];
        browser.open(url, &system, on_failure);
    }

    /// Proves that the token can be kept, runs the login, and holds signals back from the redirect until it is kept.
    pub(crate) async fn log_in(
        &self,
        login: Login,
        wanted: &Scopes,
        open: impl FnOnce(&str),
        keep: impl FnOnce(&Token) -> Result<(), Error>,
    ) -> Result<Token, Failure> {
        let signals = Signals::take_over()?;
        self.file.preflight().map_err(|error| self.failed(error))?;
        let (terminal, held, told) = (self.terminal, signals.clone(), AtomicU8::new(0));
        let mut login = login
            .timeout(self.person.timeout)
            .on_event(move |event| match event {
                Event::Stray(stray) => tell_once(terminal, stray, &told),
                event => react(&event, &held, terminal),
            });
        if let Some(port) = self.person.port {
            login = login.port(port);
        }
        let keep = |token: Token| {
            let is_partial = !token.missing(wanted).is_empty();
            ready(keep(&token).map(|()| Kept {
                place: Some(self.file.path().display().to_string()),
                ask_again: is_partial.then(|| self.again.asking.clone()),
            }))
        };
        let outcome = login.run(open, keep).await;
        release_unless_told(&outcome, &signals);
        outcome.map_err(|error| self.failed(error))
    }

    pub(crate) fn failed(&self, error: Error) -> Failure {
        let context = Context::new(self.file.path(), self.again);
        context.at(self.provider).failure(error)
    }
}

/// Where a new token is, if not in its file, must be said before a signal that waited ends the program: `main` says it.
pub(crate) fn release_unless_told<T>(outcome: &Result<T, Error>, signals: &Signals) {
    let is_elsewhere = matches!(
        outcome,
        Err(Error::SavedElsewhere { .. }
            | Error::NotSaved { .. }
            | Error::OtherAccount { .. }
            | Error::AccountChanged { .. })
    );
    if !is_elsewhere {
        signals.release();
    }
}

/// What a login and a refresh have in common.
pub(crate) fn react(event: &Event, signals: &Signals, terminal: Terminal) {
    match event {
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
fn tell_once(terminal: Terminal, stray: Stray, told: &AtomicU8) {
    let (bit, text) = match stray {
        Stray::State => (
            1,
            "a request that is not the answer was ignored: an old tab, perhaps",
        ),
        Stray::Host => (2, "a request of a foreign web page was ignored"),
        Stray::Tls => (
            4,
            "the browser tried https: allow http for 127.0.0.1 in its https-only mode",
        ),
        _ => return,
    };
    if told.fetch_or(bit, Ordering::Relaxed) & bit == 0 {
        terminal.aside(text);
    }
}

/// Does the work on this one thread, and then waits for nothing: a name look-up into a black hole must not keep the
/// program alive.
pub(crate) fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build();
    let runtime =
        runtime.map_err(|e| Failure::new(ErrorKind::Local, format!("cannot start: {e}")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_background();
    Ok(done)
}
