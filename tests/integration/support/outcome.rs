//! How a command ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;

use serde_json::Value;

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
    /// To tell what is right and what is wrong, whatever that is.
    Checks,
    Token,
    Whoami,
    /// To save id and secret, and what git must not take.
    Setup,
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
    /// What was said, without what only steers a terminal.
    pub stderr: String,
    /// The same with it.
    pub shown: String,
    pub spoils_the_terminal: bool,
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
}
