//! A login between the terminal, the browser and the token file: what `login` and `demo` share.

use std::{
    env,
    ffi::OsString,
    future::ready,
    sync::atomic::{AtomicU8, Ordering},
    time::{Duration, SystemTime},
};

use jiff::SignedDuration;
use loopin::{
    Error, ErrorKind, Event, Kept, Login, Provider, Scopes, Stray, Token, TokenFile,
    browser::Browser,
};
use tokio::runtime::Runtime;

use crate::{
    args::PersonArgs,
    failure::{Again, Context, Failure},
    signals::Signals,
    terminal::Terminal,
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
        let signals = Signals::take_over()
            .map_err(|e| Failure::new(ErrorKind::Local, format!("cannot handle signals: {e}")))?;
        self.file.preflight().map_err(|error| self.failed(error))?;
        let (terminal, held, told) = (self.terminal, signals.clone(), AtomicU8::new(0));
        let mut login = login
            .timeout(self.person.timeout)
            .on_event(move |event| match event {
                Event::Redirected => held.hold(),
                Event::Stray(stray) => tell_once(terminal, stray, &told),
                _ => {}
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
        signals.release();
        outcome.map_err(|error| self.failed(error))
    }

    /// The result in two lines, and what is missing.
    pub(crate) fn report(&self, token: &Token, wanted: &Scopes) {
        let name = self.provider.name();
        let who = token
            .account()
            .map(|account| format!(" as {account}"))
            .unwrap_or_default();
        self.terminal.done(format_args!("logged in to {name}{who}"));
        let life = token
            .expires_in(SystemTime::now())
            .map(|life| format!(", valid for {}", for_people(life)));
        self.terminal.say(format_args!(
            "saved in {}{}",
            self.file.path().display(),
            life.unwrap_or_default()
        ));
        let missing = token.missing(wanted);
        if !missing.is_empty() {
            self.terminal
                .warn(format_args!("{name} did not grant: {missing}"));
            self.terminal
                .hint(format_args!("to be asked again: {}", self.again.asking));
        }
    }

    fn failed(&self, error: Error) -> Failure {
        let context = Context {
            provider: Some(self.provider),
            token_file: self.file.path(),
            again: self.again,
        };
        Failure::of(error, context)
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

/// One thread, and nothing that waits for it: a name look-up into a black hole must not keep the program alive.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build();
    runtime.map_err(|e| Failure::new(ErrorKind::Local, format!("cannot start: {e}")))
}

fn for_people(life: Duration) -> String {
    let minutes = life.as_secs() / 60;
    let whole = Duration::from_secs(if minutes == 0 {
        life.as_secs()
    } else {
        minutes * 60
    });
    SignedDuration::try_from(whole)
        .map(|whole| format!("{whole:#}"))
        .unwrap_or_else(|_| "ever".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_are_told_in_hours_and_minutes() {
        assert_eq!(for_people(Duration::from_secs(21599)), "5h 59m");
        assert_eq!(for_people(Duration::from_secs(42)), "42s");
    }
}
