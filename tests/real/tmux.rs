//! A terminal window of a given width, in which a person types commands and reads what is on the screen: `tmux`.

use std::process::{Command, Output};

use super::support::{Home, eventually, tool};

/// One window with a shell in it that does nothing to its terminal. Ended when it goes out of sight.
pub struct Window<'h>(&'h Home);

impl Window<'_> {
    pub fn open(home: &Home, columns: u16) -> Window<'_> {
        Self::open_with(home, columns, "TERM=tmux-256color")
    }

    /// The same with an environment of its own.
    pub fn open_with<'h>(home: &'h Home, columns: u16, environment: &str) -> Window<'h> {
        let loopin = env!("CARGO_BIN_EXE_loopin");
        let bin = home.path("bin");
        if std::fs::create_dir(&bin).is_ok() {
            std::os::unix::fs::symlink(loopin, bin.join("loopin")).unwrap();
        }
        let folder = home.path("");
        let folder = folder.display();
        let shell = format!(
            "cd {folder} && exec env -i --default-signal HOME={folder} PATH=\"{folder}/bin:$PATH\" PS1='$ ' {environment} sh -i"
        );
        let window = Window(home);
        let columns = columns.to_string();
        window.tmux(&["new-session", "-d", "-x", &columns, "-y", "50", &shell]);
        window.until("$");
        window
    }

    pub fn resize(&self, columns: u16) {
        self.tmux(&["resize-window", "-x", &columns.to_string()]);
    }

    /// Runs a command line.
    pub fn runs(&self, command: &str) {
        self.types(command);
        self.presses("Enter");
    }

    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", "--", text]);
    }

    pub fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// All lines so far, those that the window broke in one piece.
    pub fn lines(&self) -> Vec<String> {
        let screen = self.tmux(&["capture-pane", "-p", "-J", "-S", "-"]);
        let lines = screen.trim_end().lines();
        lines.map(|line| line.trim_end().to_owned()).collect()
    }

    /// What is on the screen with its colours, as escape sequences.
    pub fn coloured_lines(&self) -> Vec<String> {
        let screen = self.tmux(&["capture-pane", "-p", "-e", "-J"]);
        let lines = screen.trim_end().lines();
        lines.map(|line| line.trim_end().to_owned()).collect()
    }

    /// The line on the screen that is `wanted`, once it is there.
    pub fn line(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        eventually(what, || self.lines().into_iter().find(|line| wanted(line)))
    }

    /// Waits until some line holds these words.
    pub fn until(&self, words: &str) -> String {
        self.line(words, |line| line.contains(words))
    }

    /// The shell asks for the next command at the start of an empty line, one sees what one types, and the last command
    /// ended like this.
    #[track_caller]
    pub fn is_as_it_was_after(&self, code: u8) {
        eventually("the prompt", || {
            self.lines()
                .last()
                .is_some_and(|line| line == "$")
                .then_some(())
        });
        let cursor = self.tmux(&["display-message", "-p", "#{cursor_flag}:#{cursor_x}"]);
        assert_eq!(cursor.trim(), "1:2", "the cursor: {:#?}", self.lines());
        self.runs("echo ended with $?");
        self.line("the code", |line| line == format!("ended with {code}"));
        let lines = self.lines();
        let typed = lines.iter().any(|line| line == "$ echo ended with $?");
        assert!(typed, "what is typed does not show: {lines:#?}");
        let spins = lines.iter().any(|line| line.contains(" left"));
        assert!(!spins, "the spinner is still there: {lines:#?}");
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = self.command(args);
        assert!(output.status.success(), "tmux {args:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn command(&self, args: &[&str]) -> Output {
        let mut tmux = Command::new(tool("tmux"));
        tmux.env("SHELL", "/bin/sh")
            .env("LANG", "C.UTF-8")
            .env_remove("TMUX")
            .args(["-u", "-f", "/dev/null"]);
        tmux.arg("-S")
            .arg(self.0.path("tmux"))
            .args(args)
            .output()
            .unwrap()
    }
}

impl Drop for Window<'_> {
    fn drop(&mut self) {
        self.command(&["kill-server"]);
    }
}
