//! JSON lines come while it happens, and wait for nobody who does not read them.

use std::fs::File;
use std::process::Command;

use crate::interruptions::fills;
use crate::log_format::{OF_A_LOGIN, events, login, names};
use crate::support::*;

#[test]
fn the_redirect_is_told_before_the_code_is_exchanged() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = login(&world).start();
    let person = login.person();
    let page = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    login.wait_until_it_says(r#""event":"redirect""#);
    held.release();
    assert_eq!(page.join().unwrap().status(), 200);
    assert_eq!(names(&events(login.finish().ends(OK))), OF_A_LOGIN);
}

#[test]
fn a_demo_that_plays_the_person_tells_the_same_facts() {
    let world = World::like_strava();
    let demo = Loopin::new(&world, "demo").flag("--headless");
    let outcome = demo.with("--log-format", "json").finish();
    let events = events(outcome.ends(OK));
    assert_eq!(names(&events), OF_A_LOGIN);
    assert!(events[1]["browser"].is_null(), "{}", events[1]);
}

/// A login whose lines go into a pipe that is full, and that nobody reads.
fn unread<'w>(world: &'w World, login: Loopin<'w>) -> (File, Running<'w>) {
    let pipe = world.path("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let mut full = File::options().read(true).write(true).open(&pipe).unwrap();
    fills(&mut full);
    let onto_it = "exec env --default-signal=TERM \"$@\" 2>pipe";
    let login = login.through(&["sh", "-c", onto_it, "sh"]);
    (full, login.start())
}

#[test]
fn nobody_who_reads_them_holds_up_no_exchange_and_no_saving() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = login(&world).with("--browser", browser.command());
    let (_full, login) = unread(&world, login);
    let page = login.person_at(&browser).approve();
    page.shows("You are logged in as Mari Maasikas");
    eventually("the token", || world.path("token.json").exists());
    login.signal("TERM");
    let outcome = login.finish();
    outcome.ends_by_signal(15).asked_for_a_token(1);
    outcome.has_token("/account/id", "227615");
}
