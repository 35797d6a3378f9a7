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
        self.announce(browser, pending);
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
        if *browser != Browser::None {
            self.tell_of_another_machine(pending);
        }
        if self.person.paste || *browser == Browser::None {
            paste::ask(pending.clone(), self.person.paste, terminal);
        }
        if *browser == Browser::None {
            return;
        }
        browser.open(url, &opener(), on_failure);
    }

    /// Tells programs where the redirect is received, and which browser is asked to go there.
    pub(crate) fn announce(&self, browser: &Browser, pending: &Pending) {
        let program = match browser {
            Browser::None => None,
            Browser::System => Some("the system's".to_owned()),
            Browser::Commands(commands) => browser.program().or_else(|| Some(commands.join(":"))),
        };
        self.terminal.fact(&Fact::Listening {
            address: pending.listening_on().to_string(),
            redirect_uri: pending.redirect_uri(),
        });
        self.terminal.fact(&Fact::Browser {
            browser: program.as_deref(),
            url: pending.url(),
        });
    }

    /// For a browser that could not be started, or ended with an error.
    pub(crate) fn open_it_yourself(
        &self,
        pending: &Pending,
    ) -> impl FnOnce(String) + Send + 'static {
        let (terminal, pending, is_asked) = (self.terminal, pending.clone(), self.person.paste);
        let surroundings = Surroundings::look();
        // Over SSH it was given already.
        let advice = match surroundings.is_ssh() {
            true => Vec::new(),
            false => self.advice(&surroundings, &pending),
        };
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
        for advice in self.advice(&surroundings, pending) {
            terminal.aside(advice);
        }
        terminal.say("open this address in your browser:");
    }

    /// A browser that opens over SSH may be on this machine, or where the person is.
    fn tell_of_another_machine(&self, pending: &Pending) {
        let surroundings = Surroundings::look();
        if surroundings.is_ssh() {
            for advice in self.advice(&surroundings, pending) {
                self.terminal.aside(advice);
            }
        }
    }

    /// How a browser elsewhere gets here.
    fn advice(&self, surroundings: &Surroundings, pending: &Pending) -> Vec<String> {
        let is_told = self.person.listen.is_some() || self.person.port == Some(0);
        surroundings.advice(pending, &self.again.command, is_told)
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
        let shown = Arc::new(OnceLock::<Pending>::new());
        let (answered, path) = (shown.clone(), self.file.path().display().to_string());
        let mut login = login.timeout(self.person.timeout).on_event(move |event| {
            match &event {
                Event::Stray(stray) => tell_once(terminal, *stray, &told),
                Event::Redeeming => terminal.fact(&Fact::Redirect {
                    pasted: answered.get().is_some_and(Pending::was_pasted),
                }),
                // A signal that waited for it says nothing else.
                Event::Redeemed => terminal.last_words(format_args!("saved in {path}")),
                _ => {}
            }
            react(&event, &held, terminal);
        });
        login = listening(login, self.person);
        let (name, mut spinner) = (self.provider.name(), None);
        let open = |pending: Pending| {
            terminal.say(format_args!("logging in to {name}{}", asking(wanted)));
            let _ = shown.set(pending.clone());
            open(&pending);
            spinner = terminal.spinner(self.person.timeout);
        };
        let keep = |token: Token| {
            terminal.fact(&Fact::exchanged(&token));
            let is_partial = !token.missing(wanted).is_empty();
            ready(keep(&token).map(|()| {
                terminal.fact(&Fact::saved(&token, self.file.path()));
                Kept {
                    place: Some(self.file.path().display().to_string()),
                    ask_again: is_partial.then(|| self.again.asking.clone()),
                }
            }))
        };
        let outcome = login.run(open, keep).await;
        // Nothing is said before the token is kept and signals are heard: a terminal that takes nothing must not hold
        // that up.
        release_unless_told(&outcome, &signals);
        drop(spinner);
        screen::leave();
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
