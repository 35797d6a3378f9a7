//! `loopin setup`: from no app at the provider to a login, step by step.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, IsTerminal},
};

use loopin::{Client, ErrorKind, Provider, browser::Browser};

use crate::{
    again::Again,
    args::{Args, Command, LoginArgs, SetupArgs},
    choose,
    client_question::{ClientQuestion, INSTEAD},
    failure::{Context, Failure},
    guard::{Files, look_around, warn_of_readers},
    ignore::ignore,
    login, named,
    opener::{browser, open},
    options::DEFAULT_SECRETS,
    question::is_agreed,
    screen,
    shell::quoted,
    signals::Signals,
    terminal::Terminal,
    usage,
};

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
    /// The login with what is set up here.
    login: Box<LoginArgs>,
    again: Again,
    terminal: Terminal,
}

impl<'a> Setup<'a> {
    fn new(args: &'a SetupArgs, terminal: Terminal) -> Result<Self, Failure> {
        let login = login_after(args)?;
        let again = Again::of(&login.wanted);
        let named = args.provider.as_deref().unwrap_or(named::DEFAULT_PROVIDER);
        let failed = |error| Context::new(&args.file.token_file, &again).failure(error);
        let provider = named::provider(named).map_err(failed)?;
        let name = args.client_secrets.to_string_lossy();
        if name.contains(',') || provider.looks_like_client_secret(&name) {
            let message = "--client-secrets takes the name of a file, not what is in it";
            return Err(Failure::usage(message).hint(INSTEAD));
        }
        Ok(Setup {
            args,
            provider,
            login,
            again,
            terminal,
        })
    }

    fn question(&self) -> ClientQuestion<'_> {
        ClientQuestion {
            provider: &self.provider,
            terminal: self.terminal,
        }
    }

    /// A repository that was cloned may bring a link, to anywhere. It is followed only to where an id and a secret are.
    fn check_link(&self) -> Result<(), Failure> {
        let path = &self.args.client_secrets;
        let Some(target) = fs::read_link(path).ok().filter(|_| self.stored().is_none()) else {
            return Ok(());
        };
        let (link, target) = (path.display(), target.display());
        let message = format!("{link} is a symbolic link to {target}, where no id and secret are");
        Err(Failure::new(ErrorKind::Local, message)
            .hint("remove the link, or name a file elsewhere by --client-secrets"))
    }

    /// For a program: id and secret come from stdin, and nothing is asked.
    fn read(&self) -> Result<(), Failure> {
        self.check_link()?;
        let prefix = choose::prefix(&self.provider);
        let read = Client::from_reader(io::stdin(), prefix, "stdin");
        let client = read.map_err(|error| self.failed(error))?;
        let client = choose::check_id(&self.provider, client)?;
        if self.provider.doubts_client_secret(&client) {
            self.terminal.warn(format_args!(
                "{}; it is saved all the same",
                self.question().doubt()
            ));
        }
        self.save(&client, self.args.force)?;
        self.guard()?;
        self.look_around();
        self.tell_how_to_go_on();
        Ok(())
    }

    /// For a person.
    fn guide(mut self) -> Result<(), Failure> {
        self.check_terminal()?;
        self.check_link()?;
        // What does not show while it is typed must show again, however this ends.
        let _signals = Signals::take_over()?;
        self.tell_what_happens();
        let mut client = None;
        let was_there = self.args.client_secrets.exists();
        if self.may_write()? {
            self.open_page();
            let asked = self.question().ask()?;
            if !asked.has_secret() {
                self.tell_of_public(&asked);
            } else if was_there || self.may_write()? {
                // Else it came meanwhile, and stays.
                self.save(&asked, true)?;
            }
            client = Some(asked);
        }
        self.guard()?;
        if self.args.no_login {
            self.look_around();
            return Ok(());
        }
        if is_agreed("log in now?", true, self.terminal)? {
            let public = client.filter(|client| !client.has_secret());
            self.login.wanted.stored.client_id = public.map(|client| client.id().to_owned());
            login::run(&self.login, self.terminal)
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
                open(&browser, page, move |reason| {
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

    fn failed(&self, error: loopin::Error) -> Failure {
        let context = Context::new(&self.args.file.token_file, &self.again);
        context.at(&self.provider).failure(error)
    }
}

/// What `loopin login` takes of the command line that a person would type then, and of the variables of this session.
fn login_after(args: &SetupArgs) -> Result<Box<LoginArgs>, Failure> {
    let mut words = vec!["loopin".into(), "login".into()];
    let mut option = |name: &str, value: Option<&OsStr>| {
        words.extend(value.map(|value| {
            [OsStr::new(name), OsStr::new("="), value]
                .into_iter()
                .collect::<OsString>()
        }));
    };
    let is_default = args.client_secrets.as_os_str() == DEFAULT_SECRETS;
    let secrets = Some(args.client_secrets.as_os_str()).filter(|_| !is_default);
    option("--provider", args.provider.as_deref().map(OsStr::new));
    option("--token-file", Some(args.file.token_file.as_os_str()));
    option("--client-secrets", secrets);
    option("--browser", args.browser.as_deref().map(OsStr::new));
    match Args::parse(words) {
        Ok(Args {
            command: Some(Command::Login(login)),
            ..
        }) => Ok(login),
        Ok(_) => Err(Failure::usage("these options do not fit a login")),
        Err(error) => Err(usage::failure(&error.render().to_string())),
    }
}
