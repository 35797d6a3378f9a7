//! `loopin setup`: from no app at the provider to a login, step by step.

use std::io::{self, IsTerminal};

use clap::Parser;
use loopin::{Client, ErrorKind, Provider, browser::Browser};

use crate::{
    again::{Again, quoted},
    args::{Args, Command, SetupArgs},
    choose,
    failure::{Context, Failure},
    guard::{Files, look_around},
    ignore::ignore,
    input, login,
    screen::{self, Hidden},
    session::{browser, opener},
    signals::Signals,
    terminal::Terminal,
};

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
        let prefix = self.provider.env_prefix().unwrap_or("LOOPIN");
        let read = Client::from_reader(io::stdin(), prefix, "stdin");
        let client = self.checked(read.map_err(|error| self.failed(error))?)?;
        self.save(&client, self.args.force)?;
        self.ignore()?;
        self.look_around();
        self.terminal
            .say(format_args!("to log in: {}", self.again.command));
        Ok(())
    }

    /// For a person.
    fn guide(&self) -> Result<(), Failure> {
        if !screen::can_ask() {
            return Err(
                Failure::usage("setup asks questions, and is in the background")
                    .hint("let it run in the foreground: fg"),
            );
        }
        // What does not show while it is typed must show again, however this ends.
        let _signals = Signals::take_over()?;
        self.tell_what_happens();
        if self.may_write()? {
            self.open_page();
            match self.ask_for_client()? {
                Some(client) => self.save(&client, true)?,
                None => return Ok(()),
            }
        }
        self.ignore()?;
        let wanted = self.question("log in now? [Y/n] ")?;
        if is_yes(&wanted, true) {
            self.log_in()
        } else {
            self.look_around();
            Ok(())
        }
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
        Ok(is_yes(&self.question("replace it? [y/N] ")?, false))
    }

    fn open_page(&self) {
        let terminal = self.terminal;
        if let Some(page) = self.provider.app_page() {
            let browser = browser(self.args.browser.as_deref());
            match browser {
                Browser::None => terminal.ask("open this page in your browser:"),
                _ => terminal
                    .ask("your browser opens the page for it; if it does not, open this address:"),
            }
            terminal.address(page);
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

    /// Nothing is to be saved for a client without a secret.
    fn ask_for_client(&self) -> Result<Option<Client>, Failure> {
        for _ in 0..TRIES {
            let id = self.question("Client ID: ")?;
            let checked = match id.as_str() {
                "" => Err(Failure::usage("there is no client id")),
                id => self.checked(Client::public(id)),
            };
            match checked {
                Ok(client) if !self.provider.takes_client_secret() => {
                    self.tell_of_public(&client);
                    return Ok(None);
                }
                Ok(_) => return self.ask_for_secret(&id),
                Err(failure) => self.terminal.warn(failure.message),
            }
        }
        Err(Failure::usage("there is no client id").hint(self.where_they_stand()))
    }

    fn ask_for_secret(&self, id: &str) -> Result<Option<Client>, Failure> {
        let is_required = self.provider.requires_client_secret();
        let cannot = |e| Failure::new(ErrorKind::Local, format!("cannot hide what is typed: {e}"));
        let _hidden = Hidden::bytes().map_err(cannot)?;
        for _ in 0..TRIES {
            let secret = self.question("Client Secret (it does not show): ");
            // The person's own did not show either.
            screen::write("\n");
            let secret = secret?;
            if !secret.is_empty() {
                let client = Client::with_secret(id, secret);
                return self.checked(client).map(Some);
            } else if !is_required {
                self.tell_of_public(&Client::public(id));
                return Ok(None);
            }
            self.terminal.warn("there is no client secret");
        }
        Err(Failure::usage("there is no client secret").hint(self.where_they_stand()))
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

    /// The shapes that the provider's data tells of.
    fn checked(&self, client: Client) -> Result<Client, Failure> {
        let client = choose::check_id(&self.provider, client)?;
        if self.provider.doubts_client_secret(&client) {
            let name = self.provider.name();
            self.terminal.warn(format_args!(
                "this does not look like a client secret of {name}; it is saved all the same"
            ));
        }
        Ok(client)
    }

    fn stored(&self) -> Option<Client> {
        let prefix = self.provider.env_prefix().unwrap_or("LOOPIN");
        Client::from_file(&self.args.client_secrets, prefix).ok()
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
        client.save(path, replaced).map_err(|error| {
            Failure::new(error.kind(), error.to_string())
                .hint("check the folder, or name a file elsewhere by --client-secrets")
        })?;
        self.terminal
            .done(format_args!("saved in {}", path.display()));
        Ok(())
    }

    /// What git tracks already, no line of `.gitignore` takes back.
    fn look_around(&self) {
        let secrets = &self.args.client_secrets;
        let files = Files {
            token: &self.args.file.token_file,
            secrets: Some(secrets),
            provider: Some(&self.provider),
        };
        look_around(&files, self.terminal);
    }

    fn ignore(&self) -> Result<(), Failure> {
        ignore(
            &self.args.client_secrets,
            &self.args.file.token_file,
            self.terminal,
        )
    }

    fn log_in(&self) -> Result<(), Failure> {
        let command = &self.again.command;
        let words = shlex::split(command).unwrap_or_default();
        match Args::try_parse_from(words)
            .ok()
            .and_then(|args| args.command)
        {
            Some(Command::Login(args)) => login::run(&args, self.terminal),
            _ => Err(
                Failure::usage("the variables of this session do not fit a login")
                    .hint(format!("to log in: {command}")),
            ),
        }
    }

    fn question(&self, text: &str) -> Result<String, Failure> {
        self.terminal.prompt(text);
        match input::line() {
            Some(Ok(line)) => Ok(line.trim().to_owned()),
            Some(Err(_)) => Err(Failure::usage("what was typed is too long")),
            None => {
                screen::write("\n");
                Err(Failure::usage(
                    "nothing more was typed; nothing more is done",
                ))
            }
        }
    }

    fn failed(&self, error: loopin::Error) -> Failure {
        let context = Context::new(&self.args.file.token_file, &self.again);
        context.at(&self.provider).failure(error)
    }
}

fn is_yes(answer: &str, default: bool) -> bool {
    match answer.to_lowercase().as_str() {
        "" => default,
        answer => matches!(answer, "y" | "yes"),
    }
}
