//! The one builder: a command line of the program, an environment with nothing in it but what a test sets.

use std::process::{Command, Stdio};

use super::http::Reply;
use super::outcome::{Outcome, Task};
use super::running::Running;
use super::world::World;

pub struct Loopin<'w> {
    world: &'w World,
    command: String,
    options: Vec<(String, Option<String>)>,
    args: Vec<String>,
    env: Vec<(String, String)>,
    through: Vec<String>,
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

    pub fn start(self) -> Running<'w> {
        let (task, token_file) = (self.task(), self.token_file());
        Running::start(self.world, self.build(), task, &token_file)
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
        let output = self.build().output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn task(&self) -> Task {
        let json = self.options.iter().any(|(name, _)| name == "--json");
        match self.command.split(' ').next().unwrap_or("") {
            "token" => Task::Token,
            "exec" => Task::Exec,
            "whoami" => Task::Whoami,
            "status" => Task::Report,
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

    fn build(self) -> Command {
        let mut words = self.through;
        words.push(env!("CARGO_BIN_EXE_loopin").to_owned());
        words.extend(self.command.split_whitespace().map(str::to_owned));
        for (option, value) in self.options {
            words.push(option);
            words.extend(value);
        }
        words.extend(self.args);
        let mut command = Command::new(&words[0]);
        command
            .args(&words[1..])
            .current_dir(self.world.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.world.path("home"))
            .env("TMPDIR", self.world.path("tmp"))
            .envs(self.env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}
