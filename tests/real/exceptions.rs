//! What `loopin.access_token(…)` raises.

use serde_json::{Value, json};

use super::access_token::{calls, calls_a_stand_in, has_a_stand_in, runs, script};
use crate::support::*;

/// A failure that the program tells of.
fn failed(code: i32) -> String {
    let message = format!("number {code}");
    let fact =
        json!({ "event": "failed", "exit": code, "message": message, "hints": ["one", "two"] });
    format!("echo '{fact}' >&2; exit {code}")
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn each_exit_code_is_an_exception() {
    let world = World::like_strava();
    let names = "Bug Usage LoginNeeded Denied Temporary Provider Local Timeout Error";
    for (code, name) in (1..).zip(names.split(' ')) {
        let outcome = calls_a_stand_in(&world, "", &failed(code)).finish();
        let expected = format!("loopin: error: {name}: number {code}\nhint: one\nhint: two\n");
        assert_eq!(outcome.ends(code).stderr, expected);
    }
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn without_a_token_a_login_is_needed() {
    let world = World::like_strava();
    let outcome = calls(&world, "").finish();
    outcome.ends(LOGIN).prints_nothing().opened_nothing();
    outcome.says("loopin: error: LoginNeeded: there is no token in token.json\nhint: let this ");
    outcome.says(" by login=True, or do it yourself: loopin login --provider ./acme.toml");
    let nobody_there = calls(&world, "login=True")
        .env("LOOPIN_INTERACTIVE", "never")
        .finish();
    nobody_there
        .ends(LOGIN)
        .says("error: LoginNeeded: ")
        .says("hint: no browser may");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn what_is_wrong_with_the_app_is_a_usage() {
    let world = World::like_strava();
    world.removes("client_secrets.txt");
    let outcome = calls(&world, "login=True").finish();
    outcome
        .ends(USAGE)
        .says("error: Usage: ")
        .says("client_secrets.txt")
        .says("hint: to register an app, ");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn an_argument_that_can_never_be_right_is_refused_as_python_does() {
    let world = World::like_strava();
    let (value, kind) = ("ValueError: min_ttl is a ", "TypeError: min_ttl is a ");
    for (argument, says) in [
        ("min_ttl=-1", value),
        ("min_ttl=float('nan')", value),
        ("min_ttl=float('inf')", value),
        ("min_ttl='60'", kind),
        ("'a\\0b'", "ValueError: embedded null byte"),
        ("5", "TypeError: expected str, bytes or os.PathLike object"),
    ] {
        let outcome = calls(&world, argument).start().end();
        outcome.ends(1).says(says);
    }
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_refusal_is_denied() {
    let world = World::like_strava();
    let login = calls(&world, "login=True").start();
    login.person().refuse();
    login
        .finish()
        .ends(DENIED)
        .says("error: Denied: ")
        .says("hint: to be asked again: loopin");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_server_in_trouble_is_temporary() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers(Answer::json(503, &Value::Null));
    let outcome = calls(&world, "").finish();
    outcome
        .ends(TEMPORARY)
        .says("error: Temporary: Acme ")
        .says("hint: run it again");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_client_that_is_rejected_is_the_providers() {
    let world = World::like_strava();
    world.has_expired_token();
    world
        .server
        .rules(|rules| rules.client_secret = "another".into());
    let outcome = calls(&world, "").finish();
    outcome
        .ends(PROVIDER)
        .says("error: Provider: Acme ")
        .says("hint: compare client id");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn the_file_of_another_account_is_local() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = calls(&world, "").env("LOOPIN_ACCOUNT", "99").finish();
    outcome
        .ends(LOCAL)
        .says("error: Local: ")
        .says("hint: to keep both, name another file by token_file\n");
    outcome.says("\nhint: to replace it: loopin login ");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn nobody_who_comes_back_is_a_timeout() {
    let world = World::like_strava();
    let login = calls(&world, "login=True")
        .env("LOOPIN_TIMEOUT", "200ms")
        .start();
    login.person();
    login
        .finish()
        .ends(TIMEOUT)
        .says("error: Timeout: ")
        .says(" --timeout 30m\n");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_program_that_does_not_say_why_it_failed_is_named_with_its_code() {
    let world = World::like_strava();
    let outcome = calls_a_stand_in(&world, "", "echo 'libc.so.6: not found' >&2; exit 1").finish();
    outcome
        .ends(1)
        .says("libc.so.6: not found\nloopin: error: Bug: the program ended with exit code 1 ");
    let outcome = calls_a_stand_in(&world, "", "kill -KILL $$").finish();
    outcome
        .ends(137)
        .says("error: Error: the program was ended by signal 9 (Killed)\n");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn where_others_reap_the_program_its_own_words_count() {
    let world = World::like_strava();
    let ignoring = "import signal; signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n";
    let script = ignoring.to_owned() + &script("");
    let outcome = runs(&world, &script).finish();
    outcome.ends(LOGIN).says("error: LoginNeeded: there is no ");
    world.is_logged_in();
    runs(&world, &script).finish().ends(OK).prints_the_token();
    for program in ["exit 1", "printf half-a-token; exit 1", "echo"] {
        has_a_stand_in(&world, program);
        let call = runs(&world, &script).env("PYTHONPATH", "elsewhere");
        let says = "error: Error: the program ended without a whole token ";
        call.finish().ends(1).says(says);
    }
}

/// A script that cannot have a thread.
const WITHOUT_THREADS: &str = r#"
import threading, loopin
def start(thread):
    raise RuntimeError("can't start new thread")
threading.Thread.start = start
loopin.access_token()
"#;

#[test]
#[ignore = "needs the Python package: tests/run"]
fn where_no_thread_is_to_be_had_that_is_what_is_raised() {
    let world = World::like_strava();
    has_a_stand_in(&world, "echo $$ >pid; exec sleep 60");
    let call = runs(&world, WITHOUT_THREADS).env("PYTHONPATH", "elsewhere");
    let outcome = call.start().end();
    outcome
        .ends(1)
        .says("\nRuntimeError: can't start new thread\n");
    outcome.never_says("During handling");
    let pid = std::fs::read_to_string(world.path("pid")).unwrap_or("none".into());
    assert!(!std::path::Path::new("/proc").join(pid.trim()).exists());
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn an_exception_reads_well_in_a_traceback() {
    let world = World::like_strava();
    let raised = runs(&world, "import loopin; loopin.access_token()")
        .start()
        .end();
    raised
        .ends(1)
        .says("\nloopin.LoginNeeded: there is no token in token.json\nhint: let this ");
    raised
        .never_says("During handling")
        .never_says("direct cause");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn an_exception_goes_from_process_to_process() {
    let world = World::like_strava();
    let script = "import pickle, loopin\n\
        error = loopin.Denied('no', 4, ['yes'])\n\
        again = pickle.loads(pickle.dumps(error))\n\
        print(type(again).__name__, again.message, again.exit_code, again.hints, str(again) == str(error))\n\
        print(repr(again))";
    let outcome = runs(&world, script).finish();
    outcome
        .ends(OK)
        .prints("Denied no 4 ('yes',) True\nDenied('no', 4, ('yes',))\n");
}

/// A script whose tracebacks have the local variables.
const SHOWS_LOCALS: &str = r#"
import sys, traceback as t
sys.excepthook = lambda *e: print(*t.TracebackException(*e, capture_locals=True).format())
import loopin; loopin.access_token()
"#;

#[test]
#[ignore = "needs the Python package: tests/run"]
fn no_traceback_shows_a_token_that_came_too_late() {
    let world = World::like_strava();
    let token = world.marks.word(Secret::Access);
    for fails in [failed(3), "exit 0".into()] {
        has_a_stand_in(&world, &format!("printf {token}; {fails}"));
        let call = runs(&world, SHOWS_LOCALS).env("PYTHONPATH", "elsewhere");
        let outcome = call.start().end();
        let shown = &outcome.ends(1).stdout;
        assert!(shown.contains("printed = <"), "{shown}");
        assert!(!shown.contains(&token), "{shown}");
    }
}
