//! How a command ended, and what must be true after every one of them.

use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

use serde_json::Value;

use super::http::Reply;
use super::marks::Secret;
use super::person::Person;
use super::snapshot::Snapshot;
use super::world::World;

pub const OK: i32 = 0;
pub const USAGE: i32 = 2;
pub const LOGIN: i32 = 3;
pub const DENIED: i32 = 4;
pub const TEMPORARY: i32 = 5;
pub const PROVIDER: i32 = 6;
pub const LOCAL: i32 = 7;
pub const TIMEOUT: i32 = 8;
/// A failure of `exec` itself.
pub const EXEC: i32 = 125;

/// What a command is there for, as far as its output goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Task {
    /// To do something: nothing is on stdout.
    Quiet,
    /// To tell something that is no secret.
    Report,
    Token,
    Whoami,
    /// To become another program, whose output it is then.
    Exec,
}

pub struct Outcome<'w> {
    pub world: &'w World,
    pub before: Snapshot,
    pub task: Task,
    pub token_file: String,
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub person: Option<Arc<Person>>,
}

impl Outcome<'_> {
    #[track_caller]
    pub fn ends(&self, code: i32) -> &Self {
        let ended = (self.status.code(), self.status.signal());
        assert_eq!(ended, (Some(code), None), "having said:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn ends_by_signal(&self, number: i32) -> &Self {
        let ended = (self.status.code(), self.status.signal());
        assert_eq!(ended, (None, Some(number)), "having said:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn says(&self, words: &str) -> &Self {
        let said = self.stderr.contains(words);
        assert!(said, "{words:?} was not said in:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn never_says(&self, words: &str) -> &Self {
        let said = self.stderr.contains(words);
        assert!(!said, "{words:?} was said in:\n{}", self.stderr);
        self
    }

    /// This is all of stdout.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        assert_eq!(self.stdout, text, "having said:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn prints_nothing(&self) -> &Self {
        self.prints("")
    }

    /// The access token that the server issued last, on a line of its own.
    #[track_caller]
    pub fn prints_the_token(&self) -> &Self {
        let token = self.world.server.current_access_token();
        self.prints(&format!("{token}\n"))
    }

    /// No authorization URL was printed: nobody was asked to log in.
    #[track_caller]
    pub fn opened_nothing(&self) -> &Self {
        self.never_says("/oauth/authorize?")
    }

    /// The token file as JSON.
    #[track_caller]
    pub fn token(&self) -> Value {
        self.world.token_in(&self.token_file)
    }

    #[track_caller]
    pub fn has_token(&self, member: &str, value: &str) -> &Self {
        let token = self.token();
        let found = token.pointer(member).map_or(String::new(), |v| match v {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        assert_eq!(found, value, "{member} of {token}");
        self
    }

    /// The token file is what it was before, byte for byte, or still not there.
    #[track_caller]
    pub fn left_the_token_alone(&self) -> &Self {
        let after = self.world.snapshot();
        let file = self.token_file.as_str();
        assert_eq!(after.get(file), self.before.get(file), "{file} changed");
        self
    }

    #[track_caller]
    pub fn asked_for_a_token(&self, times: usize) -> &Self {
        let requests = self.world.server.token_requests();
        assert_eq!(requests.len(), times, "token requests: {requests:?}");
        self
    }

    /// So often a refresh token was sent, by whomever, since the test began.
    #[track_caller]
    pub fn after_refreshes(&self, times: usize) -> &Self {
        let refreshes = self.world.server.refreshes();
        assert_eq!(refreshes, times, "having said:\n{}", self.stderr);
        self
    }

    #[track_caller]
    pub fn check_invariants(&self) {
        self.check_speech();
        self.check_leaks();
        self.check_files();
        self.check_port();
        let complaints = self.world.server.complaints();
        assert!(
            complaints.is_empty(),
            "the server complains: {complaints:?}"
        );
    }

    fn check_speech(&self) {
        let stderr = &self.stderr;
        let code = self.status.code();
        let may_speak = self.task != Task::Quiet && code == Some(OK);
        if self.task != Task::Exec && !may_speak {
            assert_eq!(self.stdout, "", "stdout is for what was asked for");
        }
        assert!(!stderr.contains("panicked"), "{stderr}");
        let control = stderr.chars().find(|c| is_unfit_for_a_terminal(*c));
        assert_eq!(control, None, "a control character in {stderr:?}");
        let failed = match self.task {
            Task::Exec => code == Some(EXEC),
            _ => code.is_some_and(|code| code != OK),
        };
        if failed {
            let errors = stderr.lines().filter(|l| l.starts_with("loopin: error: "));
            assert_eq!(errors.count(), 1, "one error is named in:\n{stderr}");
        }
    }

    fn check_leaks(&self) {
        // Only the address that a person is to open may hold the state.
        let said = match &self.person {
            Some(person) => self.stderr.replace(&person.url, ""),
            None => self.stderr.clone(),
        };
        self.look_for_leaks("stderr", &said, &[]);
        let printed: &[Secret] = match self.task {
            Task::Token | Task::Exec => &[Secret::Access],
            Task::Whoami => &[Secret::Private],
            Task::Quiet | Task::Report => &[],
        };
        self.look_for_leaks("stdout", &self.stdout, printed);
        for page in self.world.received() {
            self.look_for_leaks("a page", page.text(), &[]);
        }
        for (path, (_, bytes)) in self.world.snapshot() {
            let name = path.rsplit('/').next().unwrap_or(&path);
            let allowed: &[Secret] = match name {
                _ if self.is_token_file(&path) || self.is_killed_ones_draft(name) => {
                    &[Secret::Access, Secret::Refresh]
                }
                _ if self.before.contains_key(&path) => continue,
                _ => &[],
            };
            let text = String::from_utf8_lossy(&bytes);
            self.look_for_leaks(&path, &text, allowed);
        }
    }

    fn look_for_leaks(&self, place: &str, text: &str, allowed: &[Secret]) {
        self.world.marks.look_for_leaks(place, text, allowed);
        let requests = self.world.server.token_requests();
        let verifiers = requests.iter().map(|form| form.get("code_verifier"));
        let state = self.person.iter().map(|person| person.asked.state.as_str());
        for word in verifiers.chain(state).filter(|word| !word.is_empty()) {
            let leak = text.contains(word);
            assert!(!leak, "{place} holds {word} (verifier or state):\n{text}");
        }
    }

    /// Nothing is left but the token and its locks, and the token is whole and private.
    fn check_files(&self) {
        let after = self.world.snapshot();
        let new = after.iter().filter(|(p, _)| !self.before.contains_key(*p));
        let mut drafts = 0;
        for (path, (mode, _)) in new {
            let name = path.rsplit('/').next().unwrap_or(path);
            let lock = name.starts_with('.') && name.ends_with(".lock");
            let draft = self.is_killed_ones_draft(name);
            drafts += usize::from(draft);
            let expected = lock || draft || self.is_token_file(path);
            assert!(expected, "{path} was left");
            assert!(lock || *mode == 0o600, "{path} has mode {mode:o}");
        }
        assert!(drafts <= 1, "{drafts} temporary files were left");
        let file = self.token_file.as_str();
        if after.contains_key(file) && after.get(file) != self.before.get(file) {
            let token = self.world.token_in(file);
            assert!(token["access_token"].is_string(), "{token}");
            assert_eq!(after[file].0, 0o600, "{file} has mode {:o}", after[file].0);
        }
    }

    /// The temporary file that only a SIGKILL may leave.
    fn is_killed_ones_draft(&self, name: &str) -> bool {
        let killed = self.status.signal() == Some(9);
        killed && name.starts_with('.') && name.ends_with(".tmp")
    }

    /// A file that a login of this test was told to write, `token.ID.json` beside it, or what was rescued.
    fn is_token_file(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_rescued = path.starts_with("home/.local/state/loopin/recovered/");
        is_rescued
            || self.world.token_files.borrow().iter().any(|file| {
                let path = Path::new(file);
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                name == path.file_name().unwrap_or_default()
                    || (name.starts_with(&format!("{stem}.")) && name.ends_with(".json"))
            })
    }

    /// Nobody listens any more where the browser would come back.
    fn check_port(&self) {
        let Some(person) = &self.person else { return };
        let Ok(stream) = TcpStream::connect(person.address()) else {
            return;
        };
        if stream.local_addr().ok() == stream.peer_addr().ok() {
            return; // The kernel joined the socket to itself.
        }
        // Another test may have been given the port by now; it does not know this state.
        let late = person.back().with("error", "access_denied").target();
        let late = format!("GET {late} HTTP/1.1\r\nHost: {}\r\n\r\n", person.host());
        let reply = Reply::over(stream, late.as_bytes());
        assert!(reply.is_refusal(), "it still listens: {}", reply.text());
    }
}

/// Line ends and tabs are fine; escapes and marks that turn the text around are not.
fn is_unfit_for_a_terminal(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}
