//! A login between the terminal, the browser and the token file: what `login` and `demo` share.

use std::sync::{Arc, OnceLock, atomic::AtomicU8};

use loopin::{
    Error, Event, Kept, Login, Pending, Provider, Scopes, Token, TokenFile,
    browser::{self, Browser},
};

use crate::{
    again::Again,
    events::{let_through_unless_told, react, tell_once},
    facts::Fact,
    failure::{Context, Failure},
    opener,
    options::PersonArgs,
    paste, screen,
    signals::Signals,
    surroundings::Surroundings,
    terminal::Terminal,
    values::Listen,
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
        opener::browser(self.person.browser.as_deref())
    }

    /// Shows the person where to go, and opens it where there is a browser.
    pub(crate) fn open(
        &self,
        browser: &Browser,
        pending: &Pending,
        on_failure: impl FnOnce(String) + Send + 'static,
    ) {
        let (terminal, url) = (self.terminal, pending.url());
        let is_asked = self.person.paste || *browser == Browser::None;
        let hidden = is_asked.then(paste::hide).flatten();
        self.tell_listening(pending);
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
        self.tell_browser(browser, pending);
        if *browser != Browser::None {
            self.tell_of_another_machine(pending);
        }
        if is_asked {
            paste::ask(pending.clone(), self.person.paste, hidden, terminal);
        }
        if *browser == Browser::None {
            return;
        }
        opener::open(browser, url, on_failure);
    }

    /// Tells programs where the redirect is received.
    pub(crate) fn tell_listening(&self, pending: &Pending) {
        self.terminal.fact(&Fact::Listening {
            address: pending.listening_on().to_string(),
            redirect_uri: pending.redirect_uri(),
        });
    }

    /// Tells programs which browser is asked to go to the address, where people read that address.
    pub(crate) fn tell_browser(&self, browser: &Browser, pending: &Pending) {
        let program = match browser {
            Browser::None => None,
            Browser::System => Some("the system's".to_owned()),
            Browser::Commands(commands) => browser.program().or_else(|| Some(commands.join(":"))),
        };
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
                paste::ask(pending, false, paste::hide(), terminal);
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
        let is_told = self.person.listen.is_some();
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
        keep: impl AsyncFnOnce(&Token) -> Result<Kept, Error>,
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
        let keep = async |token: Token| {
            terminal.fact(&Fact::exchanged(&token));
            let kept = keep(&token).await?;
            terminal.fact(&Fact::saved(&token, self.file.path()));
            Ok(kept.retry_command(&self.again.asking))
        };
        let outcome = login.run(open, keep).await;
        // Nothing is said before the token is kept and signals are heard: a terminal that takes nothing must not hold
        // that up.
        let_through_unless_told(&outcome, &signals);
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

fn asking(scopes: &Scopes) -> String {
    match scopes.is_empty() {
        true => String::new(),
        false => format!(", asking for {scopes}"),
    }
}
