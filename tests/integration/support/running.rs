//! The program while it runs.

use std::cell::{Cell, RefCell};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::sync::{Arc, OnceLock};
use std::thread;

use serde_json::Value;

use super::browser::Browser;
use super::input::Input;
use super::outcome::{OK, Outcome, Task};
use super::person::Person;
use super::snapshot::Snapshot;
use super::spoken;
use super::terminal::Terminal;
use super::world::World;
use super::{PATIENCE, eventually};

/// A started command. Dropped before its end, it is killed.
pub struct Running<'w> {
    world: &'w World,
    before: Snapshot,
    task: Task,
    token_file: String,
    pid: u32,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    heard: RefCell<String>,
    status: Receiver<ExitStatus>,
    ended: Cell<bool>,
    terminal: Option<Terminal>,
    input: RefCell<Option<Input>>,
    person: OnceLock<Arc<Person>>,
}

impl<'w> Running<'w> {
    pub fn start(
        world: &'w World,
        mut command: Command,
        terminal: Option<Terminal>,
        task: Task,
        token_file: &str,
    ) -> Running<'w> {
        world.token_files.borrow_mut().insert(token_file.to_owned());
        let before = world.snapshot();
        let mut child = command.spawn().expect("the program starts");
        drop(command); // With it goes what it holds of the terminal.
        let stderr = match &terminal {
            Some(terminal) => as_it_comes(terminal.screen()),
            None => line_by_line(child.stderr.take().unwrap()),
        };
        let input = match &terminal {
            Some(terminal) => Some(Input::into(terminal.keyboard())),
            None => child.stdin.take().map(Input::into),
        };
        Running {
            world,
            before,
            task,
            token_file: token_file.to_owned(),
            pid: child.id(),
            stdout: all_at_once(child.stdout.take().unwrap()),
            stderr,
            heard: RefCell::default(),
            status: wait_for(child),
            ended: Cell::new(false),
            terminal,
            input: RefCell::new(input),
            person: OnceLock::new(),
        }
    }

    /// The person who opens the URL that was printed.
    pub fn person(&self) -> Arc<Person> {
        let person = self.person.get_or_init(|| {
            let url = self.printed_url();
            self.look_at_arguments();
            Arc::new(self.world.person(&url))
        });
        Arc::clone(person)
    }

    /// The authorization URL that a person is to open: a line of its own, or in a program's.
    pub fn printed_url(&self) -> String {
        self.wait_for_line(|line| {
            let url = match serde_json::from_str::<Value>(line) {
                Ok(fact) => fact["url"].as_str()?.to_owned(),
                Err(_) => line.trim().to_owned(),
            };
            Some(url).filter(|url| url.starts_with("http") && url.contains("client_id="))
        })
    }

    /// The person whose browser was opened, who has not seen what was printed.
    pub fn person_at(&self, browser: &Browser) -> Arc<Person> {
        let url = browser.is_opened().arguments.pop().unwrap_or_default();
        let person = self
            .person
            .get_or_init(|| Arc::new(self.world.person(&url)));
        Arc::clone(person)
    }

    /// Waits until the program says this on stderr.
    pub fn wait_until_it_says(&self, words: &str) {
        self.wait_for(|said| said.contains(words).then_some(()));
    }

    fn wait_for_line(&self, wanted: impl Fn(&str) -> Option<String>) -> String {
        self.wait_for(|said| {
            let lines = said.split_inclusive('\n');
            let lines = lines.filter(|line| line.ends_with('\n'));
            lines.map(str::trim_end).find_map(&wanted)
        })
    }

    fn wait_for<T>(&self, wanted: impl Fn(&str) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(&self.said()) {
                return found;
            }
            match self.stderr.recv_timeout(PATIENCE) {
                Ok(words) => *self.heard.borrow_mut() += &words,
                Err(error) => panic!("{error}, having said:\n{}", self.said()),
            }
        }
    }

    /// What was said on stderr as far as it was waited for, without what only steers a terminal.
    fn said(&self) -> String {
        let heard = self.heard.borrow();
        match self.terminal {
            Some(_) => spoken::words(&heard),
            None => heard.clone(),
        }
    }

    /// Types this, or writes it into the pipe.
    pub fn is_given(&self, text: impl AsRef<[u8]>) {
        let input = self.input.borrow();
        input
            .as_ref()
            .expect("it can be written to")
            .write(text.as_ref());
    }

    /// The end of the file: closes the pipe, or types Ctrl-D.
    pub fn is_given_no_more(&self) {
        match self.terminal {
            Some(_) => self.is_given("\u{4}"),
            None => drop(self.input.take()),
        }
    }

    /// The key at the terminal.
    pub fn ctrl_c(&self) {
        self.is_given("\u{3}");
    }

    /// Whether one would see what one types now.
    pub fn shows_what_is_typed(&self) -> bool {
        self.terminal
            .as_ref()
            .is_some_and(Terminal::shows_what_is_typed)
    }

    /// Sends a signal by its name, as a person at a terminal or a supervisor would.
    pub fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.pid);
        let status = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(status.success());
    }

    pub fn is_still_running(&self) -> bool {
        matches!(self.status.try_recv(), Err(TryRecvError::Empty))
    }

    /// Whether it was stopped, as by Ctrl-Z.
    pub fn is_stopped(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid));
        status.unwrap().contains("\nState:\tT")
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What the system lets it use.
    pub fn limits(&self) -> String {
        std::fs::read_to_string(format!("/proc/{}/limits", self.pid)).unwrap()
    }

    /// How many files and connections it has open.
    pub fn open_files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.pid))
            .unwrap()
            .count()
    }

    /// The most memory that it ever had, in kB.
    pub fn peak_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap();
        let peak = status.lines().find(|line| line.starts_with("VmHWM:"));
        let peak = peak.and_then(|line| line.split_whitespace().nth(1));
        peak.unwrap().parse().unwrap()
    }

    pub fn threads(&self) -> usize {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.pid));
        threads.unwrap().count()
    }

    /// Waits for the end, and checks all that must hold after every command.
    pub fn finish(self) -> Outcome<'w> {
        let outcome = self.end();
        outcome.check_invariants();
        outcome
    }

    /// Waits for the end, while others are still at work in the same folder.
    pub fn end(mut self) -> Outcome<'w> {
        self.look_at_arguments();
        let status = match self.status.recv_timeout(PATIENCE) {
            Ok(status) => status,
            Err(_) => {
                self.heard.borrow_mut().extend(self.stderr.try_iter());
                panic!("it does not end, having said:\n{}", self.said());
            }
        };
        self.ended.set(true);
        let at_a_terminal = self.terminal.is_some();
        let spoils_the_terminal = at_a_terminal && !self.shows_what_is_typed();
        self.input.take();
        self.terminal.take();
        let mut shown = self.heard.take();
        loop {
            match self.stderr.recv_timeout(PATIENCE) {
                Ok(words) => shown += &words,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("something still holds its stderr"),
            }
        }
        let stdout = self.stdout.recv_timeout(PATIENCE);
        let stdout = stdout.expect("nothing else holds its stdout");
        Outcome {
            world: self.world,
            before: self.before.clone(),
            task: self.task,
            token_file: self.token_file.clone(),
            status,
            stdout,
            stderr: if at_a_terminal {
                spoken::words(&shown)
            } else {
                shown.clone()
            },
            shown,
            spoils_the_terminal,
            person: self.person.get().cloned(),
        }
    }

    /// Waits until it holds this file of the test's folder open.
    pub fn wait_until_it_has_open(&self, name: &str) {
        let wanted = self.world.path(name);
        let files = format!("/proc/{}/fd", self.pid);
        let is_open = || {
            let files = std::fs::read_dir(&files).into_iter().flatten().flatten();
            let mut open = files.filter_map(|file| std::fs::read_link(file.path()).ok());
            open.any(|path| path == wanted)
        };
        eventually(&format!("{name} to be open"), is_open);
    }

    /// The genuine answer logs the person in, after all that came before.
    #[track_caller]
    pub fn still_logs_in(self) {
        assert_eq!(self.person().approve().status(), 200);
        self.finish().ends(OK).asked_for_a_token(1);
    }

    /// No secret stands where `ps` would show it.
    fn look_at_arguments(&self) {
        let arguments = std::fs::read(format!("/proc/{}/cmdline", self.pid)).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments);
        let marks = &self.world.marks;
        marks.look_for_leaks("its command line", &arguments, &[]);
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.ended.get() {
            let kill = format!("kill -KILL {} 2>/dev/null", self.pid);
            let _ = Command::new("sh").args(["-c", &kill]).status();
        }
    }
}

fn wait_for(mut child: Child) -> Receiver<ExitStatus> {
    let (tell, status) = channel();
    thread::spawn(move || tell.send(child.wait().unwrap()));
    status
}

fn line_by_line(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, lines) = channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).unwrap_or(0) > 0 {
            let _ = tell.send(String::from_utf8_lossy(&line).into_owned());
            line.clear();
        }
    });
    lines
}

/// In pieces that are whole characters.
fn as_it_comes(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, pieces) = channel();
    thread::spawn(move || {
        let (mut bytes, mut block) = (Vec::new(), [0; 4096]);
        while let Ok(length @ 1..) = stream.read(&mut block) {
            bytes.extend(&block[..length]);
            let whole = match std::str::from_utf8(&bytes) {
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                _ => bytes.len(),
            };
            let piece: Vec<u8> = bytes.drain(..whole).collect();
            let _ = tell.send(String::from_utf8_lossy(&piece).into_owned());
        }
    });
    pieces
}

fn all_at_once(mut stream: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, text) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let _ = tell.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    text
}
