//! Whatever system call fails, and whenever the program is killed: no document is broken, and no token that the
//! provider answered is lost.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use super::strace::{Ended, Fault, Kind, Traced, calls_at_risk, files_and_sockets};
use crate::support::{Reply, Secret, World, now};

/// Finds a token that has expired, and brings home a new one.
#[derive(Clone, Copy, PartialEq)]
enum Task {
    Refresh,
    Login,
}

const LOGIN: &str =
    "login --provider ./acme.toml --force --browser none --interactive always --port 0";

#[test]
#[ignore = "needs strace: tests/run"]
fn a_refresh_survives_the_failure_of_any_call() {
    survives(Task::Refresh, Kind::Fails);
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_refresh_may_be_killed_at_any_call() {
    survives(Task::Refresh, Kind::Killed);
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_login_survives_the_failure_of_any_call() {
    survives(Task::Login, Kind::Fails);
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_login_may_be_killed_at_any_call() {
    survives(Task::Login, Kind::Killed);
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_valid_token_costs_few_calls_and_no_socket() {
    let world = World::like_strava();
    world.is_logged_in();
    let token = Traced::start(&world, &[], "token --provider ./acme.toml").ends(&world);
    assert_eq!(token.status.code(), Some(0), "{}", token.stderr);
    let calls = token.names();
    assert!(!calls.iter().any(|call| call == "socket"), "{calls:?}");
    assert!(calls.len() <= 150, "{} calls: {calls:?}", calls.len());
}

#[test]
#[ignore = "needs strace: tests/run"]
fn one_rescue_after_another_ends_with_the_newest_token_in_its_file() {
    let world = World::like_strava();
    world.has_expired_token();
    // The file cannot be replaced; the recovery folder, which comes after all attempts, can.
    for attempts in ["1..2", "1..4", "1..4"] {
        let busy = format!("inject=rename,renameat,renameat2:error=EBUSY:when={attempts}");
        let refresh = "refresh --provider ./acme.toml";
        let ended = Traced::start(&world, &[busy], refresh).ends(&world);
        assert_eq!(ended.status.code(), Some(7), "{}", ended.stderr);
    }
    world.run("refresh").finish().ends(0);
    assert_eq!((world.server.refreshes(), world.server.reused()), (4, 0));
}

/// For every call that the task makes, and every n: something happens at the n-th, until there is none.
#[track_caller]
fn survives(task: Task, kind: Kind) {
    let mut patient = Patient::new();
    patient.is_prepared();
    let well = patient.undergoes(task, &files_and_sockets(), "1m");
    assert_eq!(well.status.code(), Some(0), "{}", well.stderr);
    tell("   n call         outcome");
    let mut wrong = Vec::new();
    for call in calls_at_risk(&well, kind) {
        // Threads wake each other by writing, now and then, and so shift the number of every write that matters.
        let tries = if call == "write" { 3 } else { 1 };
        for n in 1.. {
            let call = call.clone();
            let fault = Fault { call, n, kind };
            let found: Vec<_> = (0..tries)
                .filter_map(|_| patient.meets(task, &fault))
                .collect();
            if found.is_empty() {
                break;
            }
            wrong.extend(found.into_iter().flatten());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A world in which one thing after the other goes wrong.
struct Patient {
    world: World,
    /// A document with a member that is not ours.
    document: Value,
    runs: usize,
}

/// What there was before.
struct Before {
    document: String,
    access_token: String,
}

impl Patient {
    fn new() -> Patient {
        let world = World::like_strava();
        world.has_expired_token();
        world.edits_token(|token| token["note"] = "kept".into());
        Patient {
            document: world.token(),
            world,
            runs: 0,
        }
    }

    /// The expired token that the next run finds. What the last one left is gone.
    fn is_prepared(&mut self) -> Before {
        self.runs += 1;
        let refresh_token = format!(
            "{}-old-{}",
            self.world.marks.word(Secret::Refresh),
            self.runs
        );
        self.world.server.knows_refresh_token(&refresh_token);
        self.document["refresh_token"] = refresh_token.into();
        self.world.writes("token.json", self.document.to_string());
        let _ = fs::remove_dir_all(self.world.path("home/.local"));
        for stray in self.strays() {
            self.world.removes(&stray);
        }
        Before {
            document: self.document.to_string(),
            access_token: self.world.server.current_access_token(),
        }
    }

    /// What is wrong after this fault; nothing if it did not happen any more.
    fn meets(&mut self, task: Task, fault: &Fault) -> Option<Vec<String>> {
        let before = self.is_prepared();
        let ended = self.undergoes(task, &fault.expressions(), "2s");
        if !ended.was_injected() {
            return None;
        }
        tell(&format!("{fault} {ended}"));
        if ended.is_beside_the_point() {
            return Some(Vec::new());
        }
        let mut wrong = self.document_is_wrong(&before);
        wrong.extend(match fault.kind {
            Kind::Fails => self.end_is_wrong(task, fault, &before, &ended),
            Kind::Killed => self.next_run_is_wrong(),
        });
        let wrong = wrong
            .iter()
            .map(|wrong| format!("{fault} {wrong}: {ended}"));
        Some(wrong.collect())
    }

    fn undergoes(&self, task: Task, expressions: &[String], patience: &str) -> Ended {
        let command = match task {
            Task::Refresh => "token --provider ./acme.toml".to_owned(),
            Task::Login => format!("{LOGIN} --timeout {patience}"),
        };
        let traced = Traced::start(&self.world, expressions, &command);
        if task == Task::Login
            && let Some(url) = traced.printed_url()
        {
            self.approves(&url);
        }
        traced.ends(&self.world)
    }

    /// The person agrees, and tries again where the page does not come.
    fn approves(&self, url: &str) {
        let person = self.world.person(url);
        let (target, host) = (person.approval().target(), person.host());
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        for _ in 0..10 {
            let Ok(stream) = TcpStream::connect(person.address()) else {
                return;
            };
            let joined_to_itself = stream.local_addr().ok() == stream.peer_addr().ok();
            if joined_to_itself || !Reply::over(stream, request.as_bytes()).text().is_empty() {
                return;
            }
        }
    }

    /// The old document or the new one, whole, and its owner's alone.
    fn document_is_wrong(&self, before: &Before) -> Vec<&'static str> {
        let mode =
            fs::metadata(self.world.path("token.json")).map(|file| file.permissions().mode());
        let is_old = self.world.read("token.json") == before.document;
        failed(&[
            (is_old || self.is_new(), "token.json is neither old nor new"),
            (mode.is_ok_and(|mode| mode & 0o777 == 0o600), "its mode"),
            (self.strays().len() <= 1, "temporary files"),
        ])
    }

    fn end_is_wrong(
        &self,
        task: Task,
        fault: &Fault,
        before: &Before,
        ended: &Ended,
    ) -> Vec<&'static str> {
        let access_token = self.world.server.current_access_token();
        let is_issued = access_token != before.access_token;
        // What could not be read is the provider's and the network's; the message says so.
        let is_unread = ended.status.code() == Some(5) && fault.call.starts_with("recv");
        let prints = match (task, ended.status.code()) {
            (Task::Refresh, Some(0)) => access_token.clone() + "\n",
            _ => String::new(),
        };
        let is_bug = matches!(ended.status.code(), None | Some(1 | 101));
        failed(&[
            (!is_bug && !ended.stderr.contains("panicked"), "a bug"),
            (ended.status.code() != Some(0) || self.is_new(), "no token"),
            (!is_issued || self.is_kept() || is_unread, "a token is lost"),
            (ended.stdout == prints, "what it prints"),
            (
                self.strays().is_empty() || fault.call.starts_with("unlink"),
                "a temporary file",
            ),
        ])
    }

    fn next_run_is_wrong(&self) -> Vec<&'static str> {
        let next = self.world.run("refresh").finish().status.code();
        failed(&[
            (matches!(next, Some(0 | 3)), "the next run"),
            (self.strays().is_empty(), "a temporary file for ever"),
        ])
    }

    /// Does `token.json` hold what the server issued last?
    fn is_new(&self) -> bool {
        let access_token = self.world.server.current_access_token();
        serde_json::from_str::<Value>(&self.world.read("token.json")).is_ok_and(|token| {
            token["access_token"] == access_token.as_str()
                && token["refresh_token"] == self.issued_refresh_token().as_str()
                && token["expires_at"].as_u64().is_some_and(|at| at > now())
                && token["note"] == "kept"
        })
    }

    /// Is the refresh token that the server issued last on the disk, here or where it was recovered?
    fn is_kept(&self) -> bool {
        let refresh_token = format!("\"{}\"", self.issued_refresh_token());
        let files = self.world.snapshot().into_iter();
        let mut kept = files.filter(|(path, _)| {
            path == "token.json" || path.starts_with("home/.local/state/loopin/recovered/")
        });
        kept.any(|(_, (_, bytes))| String::from_utf8_lossy(&bytes).contains(&refresh_token))
    }

    /// The server numbers the tokens that it issues together alike.
    fn issued_refresh_token(&self) -> String {
        let (access, refresh) = (Secret::Access, Secret::Refresh);
        let [access, refresh] = [access, refresh].map(|kind| self.world.marks.word(kind));
        let access_token = self.world.server.current_access_token();
        access_token.replace(&access, &refresh)
    }

    fn strays(&self) -> Vec<String> {
        let files = self.world.snapshot().into_keys();
        files.filter(|path| path.ends_with(".tmp")).collect()
    }
}

/// The names of what does not hold.
fn failed(checks: &[(bool, &'static str)]) -> Vec<&'static str> {
    let failed = checks.iter().filter(|(holds, _)| !holds);
    failed.map(|(_, name)| *name).collect()
}

/// A line of the table.
#[expect(clippy::print_stdout, reason = "is shown only if the test fails")]
fn tell(line: &str) {
    println!("{line}");
}
