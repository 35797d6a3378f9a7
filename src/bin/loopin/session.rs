//! A login between the terminal, the browser and the token file: what `login` and `demo` share.

use std::{
    env,
    ffi::OsString,
    future::{Future, ready},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use jiff::Timestamp;
use loopin::{
    Error, ErrorKind, Event, Kept, Login, Pending, Provider, Scopes, Stray, Token, TokenFile,
    browser::{self, Browser},
};

use crate::{
    again::Again,
    facts::Fact,
    failure::{Context, Failure},
    options::PersonArgs,
    paste, screen,
    signals::Signals,
    surroundings::Surroundings,
    terminal::Terminal,
    times,
    values::Listen,
};

/// What the program calls itself with.
const OPEN_BROWSER: &str = "open-browser";

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
        browser(self.person.browser.as_deref())
    }

    /// Shows the person where to go, and opens it where there is a browser.
    pub(crate) fn open(
        &self,
        browser: &Browser,
        pending: &Pending,
        on_failure: impl FnOnce(String) + Send + 'static,
    ) {
        let (terminal, url) = (self.terminal, pending.url());
        let program = match browser {
            Browser::None => None,
            Browser::System => Some("the system's".to_owned()),
            Browser::Commands(commands) => browser.program().or_else(|| Some(commands.join(":"))),
        };
        terminal.fact(&Fact::Listening {
            address: pending.listening_on().to_string(),
            redirect_uri: pending.redirect_uri(),
        });
        terminal.fact(&Fact::Browser {
            browser: program.as_deref(),
            url,
        });
        self.tell_who_can_reach(pending);
        match (browser, browser.program()) {
            (Browser::None, _) => self.tell_what_works(pending),
            (Browser::Commands(_), Some(program)) => terminal.say(format_args!(
                "your browser opens ({program}); if it does not, open this address:"
            )),
            (Browser::System, _) if browser::is_wsl() => terminal.say(
                "the browser of Windows opens (this is WSL); if it does not, open this address:",
            ),
            _ => terminal.say("your browser opens; if it does not, open this address:"),
        }
        terminal.address(url);
        if self.person.paste || *browser == Browser::None {
            paste::ask(pending.clone(), self.person.paste, terminal);
        }
        if *browser == Browser::None {
            return;
        }
        browser.open(url, &opener(), on_failure);
    }

    /// For a browser that could not be started, or ended with an error.
    pub(crate) fn open_it_yourself(
        &self,
        pending: &Pending,
    ) -> impl FnOnce(String) + Send + 'static {
        let (terminal, pending, is_asked) = (self.terminal, pending.clone(), self.person.paste);
        let advice = Surroundings::look().advice(
            &pending,
            &self.again.command,
            self.person.listen.is_some(),
        );
        move |reason| {
            terminal.warn(format_args!("{reason}; open the address yourself"));
            for advice in advice {
                terminal.aside(advice);
            }
            if !is_asked {
                paste::ask(pending, false, terminal);
            }
        }
    }

    /// For a browser elsewhere.
    fn tell_what_works(&self, pending: &Pending) {
        let (terminal, surroundings) = (self.terminal, Surroundings::look());
        if self.person.browser.is_none() {
            let why = surroundings.name();
            terminal.say(format_args!("no browser can be opened here: {why}"));
        }
        let told = self.person.listen.is_some();
        for advice in surroundings.advice(pending, &self.again.command, told) {
            terminal.aside(advice);
        }
        terminal.say("open this address in your browser:");
    }

    fn tell_who_can_reach(&self, pending: &Pending) {
        let address = pending.listening_on();
        if !address.ip().is_loopback() {
            let (browsers, ours) = (pending.redirect_port(), address.port());
            self.terminal.warn(format_args!(
                "other machines can reach {address}, if nothing keeps them off; of a container, publish it as -p 127.0.0.1:{browsers}:{ours}"
            ));
        }
    }

    /// Proves that the token can be kept, runs the login, and holds signals back from the redirect until it is kept.
    pub(crate) async fn log_in(
        &self,
        login: Login,
        wanted: &Scopes,
        open: impl FnOnce(&Pending),
        keep: impl FnOnce(&Token) -> Result<(), Error>,
    ) -> Result<Token, Failure> {
        let signals = Signals::take_over()?;
        self.file.preflight().map_err(|error| self.failed(error))?;
        let (terminal, held, told) = (self.terminal, signals.clone(), AtomicU8::new(0));
        let redirected = Arc::new(OnceLock::new());
        let answered = redirected.clone();
        let mut login = login
            .timeout(self.person.timeout)
            .on_event(move |event| match event {
                Event::Stray(stray) => tell_once(terminal, stray, &told),
                event => {
                    if event == Event::Redeeming {
                        let _ = answered.set(Timestamp::now());
                    }
                    react(&event, &held, terminal);
                }
            });
        login = listening(login, self.person);
        let (name, mut spinner, mut shown) = (self.provider.name(), None, None);
        let open = |pending: Pending| {
            terminal.say(format_args!("logging in to {name}{}", asking(wanted)));
            open(&pending);
            spinner = terminal.spinner(self.person.timeout);
            shown = Some(pending);
        };
        let exchanged = OnceLock::new();
        let keep = |token: Token| {
            let _ = exchanged.set((Timestamp::now(), token.clone()));
            let is_partial = !token.missing(wanted).is_empty();
            ready(keep(&token).map(|()| Kept {
                place: Some(self.file.path().display().to_string()),
                ask_again: is_partial.then(|| self.again.asking.clone()),
            }))
        };
        let outcome = login.run(open, keep).await;
        // Nothing is said before the token is kept and signals are heard: a terminal that takes nothing must not hold
        // that up.
        release_unless_told(&outcome, &signals);
        drop(spinner);
        screen::leave();
        if let Some(time) = redirected.get() {
            let pasted = shown.is_some_and(|pending| pending.was_pasted());
            terminal.fact_of(*time, &Fact::Redirect { pasted });
        }
        if let Some((time, token)) = exchanged.get() {
            terminal.fact_of(*time, &Fact::exchanged(token));
        }
        if let Ok(token) = &outcome {
            terminal.fact(&Fact::saved(token, self.file.path()));
        }
        outcome.map_err(|error| self.failed(error))
    }

    pub(crate) fn failed(&self, error: Error) -> Failure {
        let context = Context::new(self.file.path(), self.again);
        context.at(self.provider).failure(error)
    }
}

/// The login, where the command says that it should listen.
pub(crate) fn listening(mut login: Login, person: &PersonArgs) -> Login {
    if let Some(port) = person.port {
        login = login.port(port);
    }
    if let Some(Listen { ip, port }) = person.listen {
        login = login.listen(ip, port);
    }
    login
}

/// The browser that was named, else the one of this session.
pub(crate) fn browser(named: Option<&str>) -> Browser {
    match named.map(str::trim) {
        Some(none) if none.eq_ignore_ascii_case("none") => Browser::None,
        Some(command) if !command.is_empty() => Browser::Commands(vec![command.to_owned()]),
        _ => Browser::from_environment(),
    }
}

/// The program, with its first argument, that opens a URL in the system's browser. The library that knows that browser
/// gives its children our streams, our environment and our process group: so it runs in a process of its own, which has
/// none of these.
pub(crate) fn opener() -> [OsString; 2] {
    let program = env::current_exe().unwrap_or_default();
    [program.into_os_string(), OsString::from(OPEN_BROWSER)]
}

/// The URL, in that process. It is no command of a person's, and no help names it.
pub(crate) fn url_to_open() -> Option<String> {
    let words: Vec<_> = env::args_os().skip(1).take(3).collect();
    match &words[..] {
        [command, url] if command == OPEN_BROWSER => url.to_str().map(str::to_owned),
        _ => None,
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

fn asking(scopes: &Scopes) -> String {
    match scopes.is_empty() {
        true => String::new(),
        false => format!(", asking for {scopes}"),
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
