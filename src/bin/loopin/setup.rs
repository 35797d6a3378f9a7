//! `loopin setup`: from no app at the provider to a login, step by step.

use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    path::Path,
};

use loopin::{Client, ErrorKind, Provider, browser::Browser};

use crate::{
    again::{Again, quoted},
    args::{Args, Command, SetupArgs},
    choose,
    failure::{Context, Failure},
    guard::{Files, look_around, warn_of_readers},
    ignore::ignore,
    login,
    opener::{browser, opener},
    question::{ask, is_agreed},
    screen::{self, Hidden},
    signals::Signals,
    terminal::Terminal,
};

/// Where no questions can be asked.
const INSTEAD: &str = "give id and secret, as id,secret, on stdin";

/// So often a person may mistype.
const TRIES: usize = 3;

pub(crate) fn run(args: &SetupArgs, terminal: Terminal) -> Result<(), Failure> {
    let setup = Setup::new(args, terminal)?;
    if io::stdin().is_terminal() {
        setup.guide()
    } else {
        setup.read()
    }
}

struct Setup<'a> {
    args: &'a SetupArgs,
    provider: Provider,
    again: Again,
    terminal: Terminal,
}

impl<'a> Setup<'a> {
    fn new(args: &'a SetupArgs, terminal: Terminal) -> Result<Self, Failure> {
        let again = Again::after_setup(args);
        let named = args.provider.as_deref().unwrap_or(choose::DEFAULT_PROVIDER);
        let failed = |error| Context::new(&args.file.token_file, &again).failure(error);
        if choose::looks_secret(named) && !Path::new(named).exists() {
            return Err(Failure::usage(
                "setup takes the name of a provider; a secret stands in no argument",
            )
            .hint(INSTEAD));
        }
        let provider = choose::provider(named).map_err(failed)?;
        Ok(Setup {
            args,
            provider,
            again,
            terminal,
        })
    }

    /// For a program: id and secret come from stdin, and nothing is asked.
    fn read(&self) -> Result<(), Failure> {
        let prefix = choose::prefix(&self.provider);
        let read = Client::from_reader(io::stdin(), prefix, "stdin");
        let client = read.map_err(|error| self.failed(error))?;
        let client = choose::check_id(&self.provider, client)?;
        if self.provider.doubts_client_secret(&client) {
            self.terminal
                .warn(format_args!("{}; it is saved all the same", self.doubt()));
        }
        self.save(&client, self.args.force)?;
        self.guard()?;
        self.look_around();
        self.tell_how_to_go_on();
        Ok(())
    }

    /// For a person.
    fn guide(&self) -> Result<(), Failure> {
        self.check_terminal()?;
        // What does not show while it is typed must show again, however this ends.
        let _signals = Signals::take_over()?;
        self.tell_what_happens();
        let mut client = None;
        let was_there = self.args.client_secrets.exists();
        if self.may_write()? {
            self.open_page();
            let asked = self.ask_for_client()?;
            if !asked.has_secret() {
                self.tell_of_public(&asked);
            } else if was_there || self.may_write()? {
                // Else it came meanwhile, and stays.
                self.save(&asked, true)?;
            }
            client = Some(asked);
        }
        self.guard()?;
        if is_agreed("log in now?", true, self.terminal)? {
            self.log_in(client.filter(|client| !client.has_secret()))
        } else {
            self.look_around();
            self.tell_how_to_go_on();
            Ok(())
        }
    }

    fn tell_how_to_go_on(&self) {
        let command = &self.again.command;
        self.terminal.say(format_args!("to log in: {command}"));
    }

    fn check_terminal(&self) -> Result<(), Failure> {
        if !io::stderr().is_terminal() {
            return Err(
                Failure::usage("setup asks questions, and stderr is no terminal")
                    .hint("let stderr be the terminal")
                    .hint(INSTEAD),
            );
        }
        if !screen::can_ask() {
            return Err(
                Failure::usage("setup asks questions, and is in the background")
                    .hint("bring it to the foreground: fg")
                    .hint(INSTEAD),
            );
        }
        Ok(())
    }

    fn tell_what_happens(&self) {
        let (terminal, name) = (self.terminal, self.provider.name());
        let requires = self.provider.app_requires();
        let requires = requires
            .map(|what| format!("; it requires {what}"))
            .unwrap_or_default();
        let secrets = self.args.client_secrets.display();
        let token_file = self.args.file.token_file.display();
        terminal.say(format_args!(
            "1. you make an app at {name}, or take one that you have{requires}"
        ));
        terminal.say(format_args!(
            "2. its id and secret are saved in {secrets}, readable by you alone"
        ));
        terminal.say(format_args!("3. you log in, and {token_file} is there"));
    }

    /// What is there is replaced only if the person wants it.
    fn may_write(&self) -> Result<bool, Failure> {
        let path = &self.args.client_secrets;
        if self.args.force || !path.exists() {
            return Ok(true);
        }
        let found = match self.stored() {
            Some(client) => format!("has client id {}", client.id()),
            None => "is there, and is not understood".into(),
        };
        self.terminal
            .say(format_args!("{} {found}", path.display()));
        is_agreed("replace it?", false, self.terminal)
    }

    fn open_page(&self) {
        let terminal = self.terminal;
        if let Some(page) = self.provider.app_page() {
            let browser = browser(self.args.browser.as_deref());
            match browser {
                Browser::None => terminal.ask("open this page in your browser:"),
                _ => terminal
                    .ask("its page opens in your browser; if it does not, open this address:"),
            }
            terminal.page(page);
            if browser != Browser::None {
                browser.open(page, &opener(), move |reason| {
                    terminal.warn(format_args!("{reason}; open the address yourself"));
                });
            }
        }
        terminal.ask("type there:");
        for (field, value) in self.provider.app_form() {
            terminal.ask(format_args!("  {field}: {value}"));
        }
        terminal.ask("then copy from there:");
    }

    /// A client without a secret, where the person gives none and the provider wants none.
    fn ask_for_client(&self) -> Result<Client, Failure> {
        let terminal = self.terminal;
        let _hidden = Hidden::bytes().map_err(|e| {
            Failure::new(ErrorKind::Local, format!("cannot hide what is typed: {e}")).hint(INSTEAD)
        })?;
        for _ in 0..TRIES {
            let typed = ask("Client ID: ", Some(','), terminal)?;
            let (id, secret) = typed.split_once(',').unwrap_or((&typed, ""));
            let checked = match id {
                "" => Err(Failure::usage("there is no client id")),
                id => choose::check_id(&self.provider, Client::public(id)),
            };
            match checked {
                Ok(client) if !self.provider.takes_client_secret() => return Ok(client),
                Ok(_) => return self.ask_for_secret(id, secret),
                Err(failure) => terminal.warn(failure.message),
            }
        }
        Err(Failure::usage("there is no client id").hint(self.where_they_stand()))
    }

    /// Both may have been `pasted` in one line, as they stand in the file.
    fn ask_for_secret(&self, id: &str, pasted: &str) -> Result<Client, Failure> {
        let terminal = self.terminal;
        let mut secret = pasted.trim().to_owned();
        for _ in 0..TRIES {
            if secret.is_empty() {
                secret = ask("Client Secret (it does not show): ", None, terminal)?;
            }
            let client = Client::parse(&format!("{id},{secret}"), "", "");
            match client {
                Ok(client) if !self.provider.doubts_client_secret(&client) => return Ok(client),
                Ok(client) => {
                    terminal.warn(self.doubt());
                    let question = "Enter takes it all the same; or the secret again: ";
                    secret = ask(question, None, terminal)?;
                    if secret.is_empty() {
                        return Ok(client);
                    }
                }
                Err(_) if !self.provider.requires_client_secret() => return Ok(Client::public(id)),
                Err(_) => terminal.warn("there is no client secret"),
            }
        }
        Err(Failure::usage("there is no client secret").hint(self.where_they_stand()))
    }

    fn doubt(&self) -> String {
        let name = self.provider.name();
        format!("this does not look like a client secret of {name}")
    }

    fn where_they_stand(&self) -> String {
        let page = self.provider.app_page().map(|page| format!(" at {page}"));
        format!("the app's id and secret stand{}", page.unwrap_or_default())
    }

    fn tell_of_public(&self, client: &Client) {
        let terminal = self.terminal;
        terminal.say("a client without a secret needs no file");
        terminal.hint(format_args!(
            "to log in: {} --client-id {}",
            self.again.command,
            quoted(client.id())
        ));
    }

    fn stored(&self) -> Option<Client> {
        // A pipe would keep us waiting.
        let path = &self.args.client_secrets;
        let path = path.is_file().then_some(path)?;
        let prefix = choose::prefix(&self.provider);
        Client::from_file(path, prefix).ok()
    }

    fn save(&self, client: &Client, replaced: bool) -> Result<(), Failure> {
        let path = &self.args.client_secrets;
        if !replaced && path.exists() {
            let found = match self.stored() {
                Some(stored) if stored == *client => {
                    self.terminal
                        .say(format_args!("{} has them already", path.display()));
                    return Ok(());
                }
                Some(stored) if stored.id() != client.id() => {
                    format!("has another client id, {}", stored.id())
                }
                Some(_) => "has another secret".into(),
                None => "is there, and is not understood".into(),
            };
            let message = format!("{} {found}; it is left as it is", path.display());
            return Err(Failure::new(ErrorKind::Local, message).hint("to replace it, add: --force"));
        }
        // An interruption would leave a part of it beside.
        let signals = Signals::take_over()?;
        signals.hold();
        let saved = client.save(path, replaced);
        signals.let_through();
        saved.map_err(|error| {
            Failure::new(error.kind(), error.to_string())
                .hint("check the folder, or name a file elsewhere by --client-secrets")
        })?;
        self.terminal
            .done(format_args!("saved in {}", path.display()));
        Ok(())
    }

    /// Nobody else gets what is there, git neither.
    fn guard(&self) -> Result<(), Failure> {
        warn_of_readers(&self.args.client_secrets, self.terminal);
        ignore(
            &self.args.client_secrets,
            &self.args.file.token_file,
            self.terminal,
        )
    }

    /// What git tracks already, no line of `.gitignore` takes back.
    fn look_around(&self) {
        let files = Files {
            token: &self.args.file.token_file,
            secrets: Some(&self.args.client_secrets),
            provider: Some(&self.provider),
            again: &self.again,
        };
        look_around(&files, self.terminal);
    }

    fn log_in(&self, public: Option<Client>) -> Result<(), Failure> {
        let words = self.login(public.as_ref().map(Client::id));
        match Args::parse(words).ok().and_then(|args| args.command) {
            Some(Command::Login(args)) => login::run(&args, self.terminal),
            _ => Err(
                Failure::usage("the variables of this session do not fit a login")
                    .hint(format!("to log in: {}", self.again.command)),
            ),
        }
    }

    /// The words of a login with what was set up.
    fn login(&self, client_id: Option<&str>) -> Vec<OsString> {
        let args = self.args;
        let mut words = vec!["loopin".into(), "login".into()];
        let mut option = |name: &str, value: Option<OsString>| {
            let word = |value| {
                [OsString::from(format!("{name}=")), value]
                    .into_iter()
                    .collect()
            };
            words.extend(value.map::<OsString, _>(word));
        };
        option("--provider", args.provider.clone().map(Into::into));
        option("--token-file", Some(args.file.token_file.clone().into()));
        let is_default = args.client_secrets.as_os_str() == choose::DEFAULT_SECRETS;
        let secrets =
            Some(args.client_secrets.clone()).filter(|_| !is_default && client_id.is_none());
        option("--client-secrets", secrets.map(Into::into));
        option("--client-id", client_id.map(Into::into));
        option("--browser", args.browser.clone().map(Into::into));
        words
    }

    fn failed(&self, error: loopin::Error) -> Failure {
        let context = Context::new(&self.args.file.token_file, &self.again);
        context.at(&self.provider).failure(error)
    }
}
