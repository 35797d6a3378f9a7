//! A system that refuses what a command needs, as sandboxes and some file systems do: that is named, and costs no grant.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::strace::{Ended, Traced};
use crate::support::{Authority, LOCAL, OK, TEMPORARY, TIMEOUT, World, namespaces};

const TOKEN: &str = "token --provider ./acme.toml";
const LOGIN: &str =
    "login --force --provider ./acme.toml --browser none --interactive always --port 0";

/// On a machine whose random numbers come from no file.
const NO_FILE: [&str; 7] = [
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-ec",
    "mount --bind /dev/null /dev/urandom; exec \"$@\"",
    "sh",
];

/// A token that has expired.
fn expired() -> World {
    let world = World::like_strava();
    world.has_expired_token();
    world
}

/// What becomes of the command where these calls end so.
fn refused(world: &World, calls: &str, end: &str, command: &str) -> Ended {
    let trace = [format!("trace={calls}"), format!("inject={calls}:{end}")];
    Traced::start(world, &trace, command).ends(world)
}

/// It says so, prints nothing, and the old token and its grant are as they were.
#[track_caller]
fn ends_so(world: &World, ended: &Ended, code: i32, words: &str) {
    assert_eq!(ended.status.code(), Some(code), "{}", ended.stderr);
    assert!(
        ended.was_injected() && ended.stderr.contains(words),
        "{}",
        ended.stderr
    );
    assert!(
        !ended.stderr.contains("/oauth/authorize?"),
        "{}",
        ended.stderr
    );
    assert_eq!((ended.stdout.as_str(), world.server.refreshes()), ("", 0));
    assert_eq!(world.token()["expires_at"], 1_500_000_000);
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_lock_that_the_file_system_refuses_costs_no_grant() {
    let world = expired();
    for error in ["ENOLCK", "EOPNOTSUPP", "ENOSYS"] {
        let end = format!("error={error}");
        let token = refused(&world, "flock", &end, TOKEN);
        ends_so(&world, &token, LOCAL, "/.token.json.lock: ");
        let login = refused(&world, "flock", &end, LOGIN);
        ends_so(&world, &login, LOCAL, "/.token.json.login.lock: ");
        let logout = refused(&world, "flock", &end, "logout --provider ./acme.toml");
        ends_so(&world, &logout, LOCAL, "/.token.json.lock: ");
    }
    assert!(world.server.revocations().is_empty());
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_lock_that_is_interrupted_is_tried_again() {
    let world = expired();
    let token = refused(&world, "flock", "error=EINTR:when=1", TOKEN);
    assert_eq!(token.status.code(), Some(OK), "{}", token.stderr);
    assert!(token.was_injected());
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_listener_that_the_system_refuses_is_named_before_anybody_is_asked() {
    let world = expired();
    for call in ["socket", "bind", "listen"] {
        for error in ["EPERM", "EACCES"] {
            let login = refused(&world, call, &format!("error={error}"), LOGIN);
            ends_so(&world, &login, LOCAL, "cannot listen on 127.0.0.1:0: ");
        }
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_connection_that_the_system_refuses_costs_no_grant() {
    let world = expired();
    for (call, error) in [
        ("socket", "EPERM"),
        ("socket", "EMFILE"),
        ("connect", "EPERM"),
    ] {
        let token = refused(&world, call, &format!("error={error}"), TOKEN);
        ends_so(&world, &token, TEMPORARY, "cannot reach 127.0.0.1:");
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn without_a_thread_to_look_a_name_up_nothing_is_sent() {
    let world = expired();
    world.writes("authority.pem", Authority::new().pem());
    world.provider_has("token_endpoint", "\"https://as.example/token\"");
    // The first one is that of the signals.
    let token = refused(&world, "clone,clone3", "error=EAGAIN:when=2+", TOKEN);
    ends_so(&world, &token, TEMPORARY, "cannot reach as.example:");
    // What the thread that prepares for the request says is something else.
    let reason = "Resource temporarily unavailable";
    assert!(token.stderr.contains(reason), "{}", token.stderr);
}

#[test]
#[ignore = "needs strace: tests/run"]
fn without_a_thread_more_nothing_is_begun() {
    let world = expired();
    for command in [TOKEN, LOGIN] {
        let ended = refused(&world, "clone,clone3,fork,vfork", "error=EAGAIN", command);
        ends_so(&world, &ended, LOCAL, "cannot handle signals: ");
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn without_a_descriptor_more_nothing_is_begun() {
    let world = expired();
    for command in [TOKEN, LOGIN] {
        let ended = refused(&world, "epoll_create1", "error=EMFILE", command);
        ends_so(&world, &ended, LOCAL, "cannot start: Too many open files");
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_browser_that_must_not_be_started_leaves_the_address() {
    let world = World::like_strava();
    let login = LOGIN.replace("--browser none", "--timeout 1s --browser true");
    let ended = refused(&world, "execve", "error=EPERM:when=2+", &login);
    assert_eq!(ended.status.code(), Some(TIMEOUT), "{}", ended.stderr);
    for words in [
        "the browser could not be started: true: ",
        "/oauth/authorize?",
    ] {
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn a_file_system_without_permissions_is_not_said_to_keep_a_secret() {
    let world = World::like_strava();
    world.is_logged_in();
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(world.path("token.json"), readable).unwrap();
    let token = refused(&world, "fchmod", "retval=0", TOKEN);
    assert_eq!(token.status.code(), Some(OK), "{}", token.stderr);
    assert!(token.was_injected());
    let said = "others can read token.json: its file system keeps no permissions";
    assert!(token.stderr.contains(said), "{}", token.stderr);
}

#[test]
#[ignore = "needs strace: tests/run"]
fn random_numbers_come_from_a_file_where_the_call_for_them_is_refused() {
    let world = expired();
    for error in ["EPERM", "ENOSYS"] {
        let login = LOGIN.to_owned() + " --timeout 1s";
        let ended = refused(&world, "getrandom", &format!("error={error}"), &login);
        assert_eq!(ended.status.code(), Some(TIMEOUT), "{}", ended.stderr);
        assert!(ended.was_injected() && ended.stderr.contains("&state="));
    }
}

#[test]
#[ignore = "needs strace: tests/run"]
fn without_random_numbers_nothing_is_begun() {
    if !namespaces::are_possible(&NO_FILE) {
        return;
    }
    let world = expired();
    let trace = ["trace=getrandom", "inject=getrandom:error=EPERM"].map(str::to_owned);
    for command in [TOKEN, LOGIN] {
        let ended = Traced::start_through(&NO_FILE, &world, &trace, command).ends(&world);
        let words = "cannot start: there are no random numbers";
        ends_so(&world, &ended, LOCAL, words);
    }
}
