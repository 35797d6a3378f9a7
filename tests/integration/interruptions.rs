//! Signals during a refresh: before it they end the program at once, from the request on they wait for the file.

use std::fs::File;
use std::io::Write;
use std::process::Command;

use crate::herd::LOCK;
use crate::locks::somebody_has_the_lock;
use crate::support::*;

const SIGNALS: [(&str, i32); 5] = [
    ("HUP", 1),
    ("INT", 2),
    ("TERM", 15),
    ("ALRM", 14),
    ("USR1", 10),
];

/// Not told by whoever started the tests to ignore any of them.
fn interruptible<'w>(world: &'w World, command: &str) -> Loopin<'w> {
    let defaults = ["env", "--default-signal=HUP,INT,TERM"];
    world.run(command).through(&defaults)
}

/// The refresh has been sent, this comes, and only then the answer: all of it is saved.
#[track_caller]
fn is_saved_before(signals: &[&str], number: i32, command: &str) {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let refresh = interruptible(&world, command).start();
    held.wait_until_asked();
    signals.iter().for_each(|name| refresh.signal(name));
    held.release();
    let outcome = refresh.finish();
    outcome.ends_by_signal(number).after_refreshes(1);
    outcome.has_token("/access_token", &world.server.current_access_token());
    world.run("token").finish().ends(OK).after_refreshes(1);
}

#[test]
fn a_signal_during_the_request_waits_until_the_token_is_saved() {
    for (name, number) in SIGNALS {
        is_saved_before(&[name], number, "token");
    }
    is_saved_before(&["INT"], 2, "refresh");
    is_saved_before(&["INT"], 2, "login");
}

#[test]
fn impatience_changes_nothing() {
    is_saved_before(&["INT", "INT"], 2, "token");
    is_saved_before(&["TERM"; 5], 15, "refresh");
}

#[test]
fn a_signal_while_the_lock_is_another_ones_ends_the_program_at_once() {
    for (name, number) in SIGNALS {
        for command in ["token", "refresh", "login", "logout"] {
            let world = World::like_strava();
            world.has_expired_token();
            let _lock = somebody_has_the_lock(&world);
            let patient = world.run("refresh").start();
            patient.wait_until_it_has_open(LOCK);
            let refresh = interruptible(&world, command).start();
            refresh.wait_until_it_has_open(LOCK);
            refresh.signal(name);
            let outcome = refresh.finish();
            outcome.ends_by_signal(number).after_refreshes(0);
            outcome.left_the_token_alone();
            // One that came earlier has not lost its patience yet.
            assert!(patient.is_still_running(), "{command} waited first");
        }
    }
}

#[test]
fn a_command_is_not_run_after_the_signal_that_was_meant_to_end_it() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let run = ["--", "sh", "-c", "echo runs >ran"];
    let exec = interruptible(&world, "exec").args(&run).start();
    held.wait_until_asked();
    exec.signal("INT");
    held.release();
    exec.finish().ends_by_signal(2).after_refreshes(1);
    assert!(!world.path("ran").exists());
    world.run("token").finish().ends(OK).after_refreshes(1);
}

#[test]
fn a_signal_that_somebody_ignores_for_us_ends_no_refresh() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let ignoring = ["env", "--ignore-signal=HUP"];
    let token = world.run("token").through(&ignoring).start();
    held.wait_until_asked();
    token.signal("HUP");
    held.release();
    let outcome = token.finish();
    outcome.ends(OK).after_refreshes(1).prints_the_token();
}

#[test]
fn ctrl_z_during_the_request_waits_until_the_token_is_saved() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let refresh = interruptible(&world, "token").start();
    held.wait_until_asked();
    refresh.signal("TSTP");
    held.release();
    eventually("it stops", || refresh.is_stopped());
    let saved = world.token()["access_token"].clone();
    assert_eq!(saved, world.server.current_access_token());
    refresh.signal("CONT");
    refresh.finish().ends(OK).prints_the_token();
}

#[test]
fn a_signal_while_the_provider_wants_to_be_waited_for_ends_the_program_at_once() {
    let world = World::like_strava();
    world.has_expired_token();
    let later = Answer::json(429, &serde_json::json!({})).and_header("Retry-After", "8");
    world.server.answers(later);
    let refresh = interruptible(&world, "token").start();
    refresh.wait_until_it_says("asks to come back");
    refresh.signal("INT");
    let outcome = refresh.finish();
    outcome.ends_by_signal(2).after_refreshes(1);
    outcome.left_the_token_alone();
}

#[test]
fn a_signal_during_the_login_after_a_refused_refresh_waits_for_the_token_too() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.forgets_all_grants();
    let defaults = ["env", "--default-signal=HUP,INT,TERM"];
    let login = world.login().through(&defaults).start();
    let person = login.person();
    let held = world.server.holds_its_answer();
    let page = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    login.signal("INT");
    held.release();
    assert_eq!(page.join().unwrap().status(), 200);
    login.finish().ends_by_signal(2);
    world.run("token").finish().ends(OK).prints_the_token();
}

#[test]
fn a_terminal_that_takes_nothing_holds_up_no_token() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let pipe = world.path("terminal");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let mut terminal = File::options().read(true).write(true).open(&pipe).unwrap();
    let onto_it = [
        "env",
        "--default-signal=TERM",
        "sh",
        "-c",
        "exec \"$@\" 2>terminal",
        "sh",
    ];
    let refresh = world.run("token").through(&onto_it).start();
    held.wait_until_asked();
    fills(&mut terminal);
    let spent = world.token()["refresh_token"].clone();
    held.release();
    eventually("the token is saved", || {
        world.token()["refresh_token"] != spent
    });
    refresh.signal("TERM");
    refresh.end().ends_by_signal(15);
}

/// Until not one byte more goes in.
pub fn fills(pipe: &mut File) {
    rustix::fs::fcntl_setfl(&pipe, rustix::fs::OFlags::NONBLOCK).unwrap();
    for block in [4096, 1] {
        while pipe.write_all(&[b'x'; 4096][..block]).is_ok() {}
    }
}

#[test]
fn a_refusal_after_a_kill_tells_why() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let refresh = world.run("token").start();
    held.wait_until_asked();
    refresh.signal("KILL");
    refresh.end().ends_by_signal(9);
    world.server.forgets_all_grants();
    let next = world.run("token").finish();
    next.ends(LOGIN)
        .says("an earlier refresh was killed")
        .says("do it yourself: loopin login");
}

#[test]
fn a_signal_does_not_keep_the_program_from_saying_where_the_token_is() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let refresh = interruptible(&world, "token").start();
    held.wait_until_asked();
    world.removes("token.json");
    std::fs::create_dir(world.path("token.json")).unwrap();
    refresh.signal("TERM");
    held.release();
    let outcome = refresh.finish();
    outcome
        .ends_by_signal(15)
        .says("the token is in ")
        .says("/loopin/recovered/");
}

#[test]
fn a_signal_while_a_login_cannot_have_the_lock_ends_it_at_once() {
    let world = World::like_strava();
    world.is_logged_in();
    let _lock = somebody_has_the_lock(&world);
    let patient = world.run("refresh").start();
    patient.wait_until_it_has_open(LOCK);
    let defaults = ["env", "--default-signal=HUP,INT,TERM"];
    let login = world.login().flag("--force").through(&defaults).start();
    login.wait_until_it_has_open(LOCK);
    login.signal("INT");
    login.end().ends_by_signal(2).opened_nothing();
    assert!(patient.is_still_running(), "the login waited first");
}
