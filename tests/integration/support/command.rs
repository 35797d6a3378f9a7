//! The one builder: a command line of the program, an environment with nothing in it but what a test sets.

use std::process::{Command, Stdio};

use super::http::Reply;
use super::outcome::{Outcome, Task};
use super::running::Running;
use super::terminal::Terminal;
use super::world::World;

pub struct Loopin<'w> {
    world: &'w World,
    command: String,
    options: Vec<(String, Option<String>)>,
    args: Vec<String>,
    env: Vec<(String, String)>,
    through: Vec<String>,
    stands: Stands,
}

/// Where the program's stdin and stderr lead to.
#[derive(Clone, Copy, PartialEq)]
enum Stands {
    /// Nothing can be read; what is said goes into a pipe.
    Alone,
    InAPipe,
    /// So many columns wide.
    AtATerminal(u16),
}

impl<'w> Loopin<'w> {
    pub fn new(world: &'w World, command: &str) -> Loopin<'w> {
        Loopin {
            world,
            command: command.to_owned(),
            options: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            through: Vec::new(),
            stands: Stands::Alone,
        }
    }

    /// Sets an option, instead of what it was.
    pub fn with(self, option: &str, value: &str) -> Loopin<'w> {
        self.without(option).and(option, value)
    }

    /// Gives an option once more.
    pub fn and(mut self, option: &str, value: &str) -> Loopin<'w> {
        self.options
            .push((option.to_owned(), Some(value.to_owned())));
        self
    }

    pub fn flag(mut self, flag: &str) -> Loopin<'w> {
        self.options.push((flag.to_owned(), None));
        self
    }

    pub fn without(mut self, option: &str) -> Loopin<'w> {
        self.options.retain(|(name, _)| name != option);
        self
    }

    /// Words after all options.
    pub fn args(mut self, words: &[&str]) -> Loopin<'w> {
        self.args = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Loopin<'w> {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the program through another one that replaces itself with it.
    pub fn through(mut self, words: &[&str]) -> Loopin<'w> {
        self.through = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    /// Under this umask.
    pub fn under_umask(self, umask: &str) -> Loopin<'w> {
        let script = format!("umask {umask}; exec \"$@\"");
        self.through(&["sh", "-c", &script, "sh"])
    }

    /// Somebody can write to it through a pipe.
    pub fn in_a_pipe(mut self) -> Loopin<'w> {
        self.stands = Stands::InAPipe;
        self
    }

    /// A person sits there, at a terminal that can do what most can.
    pub fn at_a_terminal(self) -> Loopin<'w> {
        self.at_a_terminal_of(80)
    }

    /// The same, so many columns wide.
    pub fn at_a_terminal_of(mut self, columns: u16) -> Loopin<'w> {
        self.stands = Stands::AtATerminal(columns);
        self.env.insert(0, ("TERM".into(), "xterm-256color".into()));
        self
    }

    pub fn start(self) -> Running<'w> {
        let (world, task, token_file) = (self.world, self.task(), self.token_file());
        let (mut command, stands) = (self.command(), self.stands);
        let terminal = match stands {
            Stands::AtATerminal(columns) => Some(Terminal::of(columns)),
            _ => None,
        };
        if let Some(terminal) = &terminal {
            command.stdin(terminal.side_of_the_program());
            command.stderr(terminal.side_of_the_program());
        } else if stands == Stands::InAPipe {
            command.stdin(Stdio::piped());
        }
        Running::start(world, command, terminal, task, &token_file)
    }

    /// Writes this into a pipe, and nothing after it.
    pub fn reads(self, text: impl AsRef<[u8]>) -> Outcome<'w> {
        let running = self.in_a_pipe().start();
        running.is_given(text);
        running.is_given_no_more();
        running.finish()
    }

    /// For a command that ends by itself.
    pub fn finish(self) -> Outcome<'w> {
        self.start().finish()
    }

    /// The person agrees to everything.
    #[track_caller]
    pub fn approved(self) -> Outcome<'w> {
        self.approved_with_page().1
    }

    #[track_caller]
    pub fn approved_with_page(self) -> (Reply, Outcome<'w>) {
        let login = self.start();
        let page = login.person().approve();
        assert_eq!(page.status(), 200, "{}", page.text());
        (page, login.finish())
    }

    /// What a command that is not a login prints.
    pub fn shows_on_stdout(self) -> String {
        let output = self.command().output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn task(&self) -> Task {
        let json = self.options.iter().any(|(name, _)| name == "--json");
        match self.command.split(' ').next().unwrap_or("") {
            "token" => Task::Token,
            "exec" => Task::Exec,
            "whoami" => Task::Whoami,
            "setup" => Task::Setup,
            "status" | "providers" => Task::Report,
            "doctor" => Task::Checks,
            "login" | "refresh" if json => Task::Report,
            _ => Task::Quiet,
        }
    }

    fn token_file(&self) -> String {
        let options = self
            .options
            .iter()
            .filter(|(name, _)| name == "--token-file");
        let option = options.filter_map(|(_, value)| value.clone()).next();
        let variables = self
            .env
            .iter()
            .filter(|(name, _)| name == "LOOPIN_TOKEN_FILE");
        let variable = variables.map(|(_, value)| value.clone()).next();
        option
            .or(variable)
            .unwrap_or_else(|| "token.json".to_owned())
    }

    fn command(&self) -> Command {
        let mut words = self.through.clone();
        if let Stands::AtATerminal(_) = self.stands {
            words.splice(0..0, Terminal::MAKES_IT_OURS.map(str::to_owned));
        }
        words.push(env!("CARGO_BIN_EXE_loopin").to_owned());
        words.extend(self.command.split_whitespace().map(str::to_owned));
        for (option, value) in &self.options {
            words.push(option.clone());
            words.extend(value.clone());
        }
        words.extend(self.args.iter().cloned());
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .current_dir(self.world.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.world.path("home"))
            .env("TMPDIR", self.world.path("tmp"))
            .envs(self.world.env.iter().cloned())
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}
