//! What must be true after every command, whatever it did.

use std::fs;
use std::net::TcpStream;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use super::http::Reply;
use super::marks::Secret;
use super::outcome::{EXEC, OK, Outcome, Task};
use super::spoken::leaves_the_cursor;

impl Outcome<'_> {
    #[track_caller]
    pub fn check_invariants(&self) {
        self.check_speech();
        self.check_hints();
        self.check_terminal();
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
        let is_quiet = matches!(self.task, Task::Quiet | Task::Setup);
        let may_speak = !is_quiet && code == Some(OK);
        if !matches!(self.task, Task::Exec | Task::Checks) && !may_speak {
            assert_eq!(self.stdout, "", "stdout is for what was asked for");
        }
        // Of a thread as well, which ends no program.
        assert!(!stderr.contains("this is a bug"), "{stderr}");
        let control = stderr.chars().find(|c| is_unfit_for_a_terminal(*c));
        assert_eq!(control, None, "a control character in {stderr:?}");
        let failed = match self.task {
            Task::Exec => code == Some(EXEC),
            _ => code.is_some_and(|code| code != OK),
        };
        if failed {
            let names_it = |line: &&str| {
                line.starts_with("loopin: error:") || line.contains(r#""event":"failed""#)
            };
            let errors = stderr.lines().filter(names_it);
            assert_eq!(errors.count(), 1, "one error is named in:\n{stderr}");
        }
    }

    /// The shell that comes back finds its terminal as it was.
    fn check_terminal(&self) {
        if self.status.signal() != Some(9) {
            assert!(!self.spoils_the_terminal, "nothing typed is seen any more");
            assert!(leaves_the_cursor(&self.shown), "{:?}", self.shown);
        }
    }

    fn check_leaks(&self) {
        // Only the address that a person is to open may hold state and nonce.
        let said = match &self.person {
            Some(person) => self.stderr.replace(&person.url, ""),
            None => self.stderr.clone(),
        };
        self.look_for_leaks("stderr", &said, &[]);
        let printed: &[Secret] = match self.task {
            Task::Token | Task::Exec => &[Secret::Access],
            Task::Whoami => &[Secret::Private],
            Task::Quiet | Task::Setup | Task::Report | Task::Checks => &[],
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
                _ if self.is_secrets_file(name) => &[Secret::Client],
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
        let asked = self.person.iter().map(|person| &person.asked);
        let asked = asked.flat_map(|asked| [asked.state.as_str(), asked.nonce.as_str()]);
        for word in verifiers.chain(asked).filter(|word| !word.is_empty()) {
            let leak = text.contains(word);
            assert!(
                !leak,
                "{place} holds {word} (verifier, state or nonce):\n{text}"
            );
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
            let public = self.task == Task::Setup && name == ".gitignore";
            let secret = self.is_secrets_file(name) || self.is_token_file(path);
            assert!(lock || draft || public || secret, "{path} was left");
            assert!(lock || public || *mode == 0o600, "{path} has mode {mode:o}");
        }
        assert!(drafts <= 1, "{drafts} temporary files were left");
        let file = self.token_file.as_str();
        if after.contains_key(file) && after.get(file) != self.before.get(file) {
            let token = self.world.token_in(file);
            assert!(token["access_token"].is_string(), "{token}");
            assert_eq!(after[file].0, 0o600, "{file} has mode {:o}", after[file].0);
        }
    }

    /// A file that a setup may write. It is for its owner alone, too.
    fn is_secrets_file(&self, name: &str) -> bool {
        self.task == Task::Setup && name.ends_with("secrets.txt")
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
        if is_ours(person.port()) {
            return; // A server of another test has been given the port by now.
        }
        let Ok(stream) = TcpStream::connect(person.address()) else {
            return;
        };
        if stream.local_addr().ok() == stream.peer_addr().ok() {
            return; // The kernel joined the socket to itself.
        }
        // A program of another test may have it, too; that does not know this state.
        let late = person.back().with("error", "access_denied").target();
        let late = format!("GET {late} HTTP/1.1\r\nHost: {}\r\n\r\n", person.host());
        let reply = Reply::over(stream, late.as_bytes());
        assert!(reply.is_refusal(), "it still listens: {}", reply.text());
    }
}

/// Whether this very process listens on a port of this machine.
fn is_ours(port: u16) -> bool {
    let listening = format!(":{port:04X} 00000000:0000 0A ");
    let sockets = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let socket = sockets.lines().find(|line| line.contains(&listening));
    let inode = socket.and_then(|line| line.split_whitespace().nth(9));
    let Some(inode) = inode else { return false };
    let open = fs::read_dir("/proc/self/fd")
        .into_iter()
        .flatten()
        .flatten();
    let mut open = open.filter_map(|open| fs::read_link(open.path()).ok());
    open.any(|target| target == Path::new(&format!("socket:[{inode}]")))
}

/// Line ends and tabs are fine; escapes and marks that turn the text around are not.
fn is_unfit_for_a_terminal(c: char) -> bool {
    let turns =
        matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n' && c != '\t')
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::super::World;
    use super::*;

    #[test]
    fn a_server_of_this_process_is_told_from_others() {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = server.local_addr().unwrap().port();
        assert!(is_ours(port) && !is_ours(port ^ 0x8000));
    }

    /// A command that leaves a secret in its output before it does what it should.
    fn blabs(kind: Secret, stream: u8) {
        let world = World::like_strava();
        world.is_logged_in();
        world.writes("word", world.marks.word(kind));
        let script = format!("cat word >&{stream}; exec \"$@\"");
        let blabbing = ["sh", "-c", &script, "sh"];
        world.run("token").through(&blabbing).finish();
    }

    #[test]
    #[should_panic(expected = "stderr holds the refresh")]
    fn a_secret_on_stderr_is_found() {
        blabs(Secret::Refresh, 2);
    }

    #[test]
    #[should_panic(expected = "stderr holds the access")]
    fn a_secret_that_belongs_on_stdout_is_found_on_stderr() {
        blabs(Secret::Access, 2);
    }

    #[test]
    #[should_panic(expected = "stdout holds the secret")]
    fn a_secret_on_stdout_is_found() {
        blabs(Secret::Client, 1);
    }

    /// A terminal that is left as this script leaves it.
    fn spoils_the_terminal(script: &str) {
        let world = World::like_strava();
        world.is_logged_in();
        let spoiling = ["sh", "-c", &format!("{script}; exec \"$@\""), "sh"];
        world
            .run("token")
            .through(&spoiling)
            .at_a_terminal()
            .finish();
    }

    #[test]
    #[should_panic(expected = "nothing typed is seen any more")]
    fn an_echo_that_is_left_off_is_found() {
        spoils_the_terminal("stty -echo");
    }

    #[test]
    #[should_panic(expected = "25l")]
    fn a_cursor_that_is_left_hidden_is_found() {
        spoils_the_terminal("printf '\\033[?25l' >&2");
    }

    #[test]
    #[should_panic(expected = "a control character")]
    fn what_steers_a_terminal_otherwise_is_found() {
        spoils_the_terminal("printf '\\033[2J' >&2");
    }
}
