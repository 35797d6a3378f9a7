//! Interruptions: before the answer nothing has happened, after it the token is saved first.

use std::io::Write;

use crate::support::*;

const SIGNALS: [(&str, i32); 3] = [("HUP", 1), ("INT", 2), ("TERM", 15)];

/// A login that does not inherit a signal which whoever started the tests has ignored.
fn login(world: &World) -> Loopin<'_> {
    let defaults = ["env", "--default-signal=HUP,INT,TERM"];
    world.login().through(&defaults)
}

#[test]
fn a_signal_while_waiting_ends_the_login_by_that_signal() {
    for (name, number) in SIGNALS {
        let world = World::like_strava();
        let login = login(&world).start();
        login.person();
        login.signal(name);
        let outcome = login.finish();
        outcome.ends_by_signal(number).asked_for_a_token(0);
        outcome.left_the_token_alone();
    }
}

#[test]
fn a_signal_while_waiting_leaves_the_old_token_as_it_was() {
    let world = World::like_strava();
    world.is_logged_in();
    let login = login(&world).flag("--force").start();
    login.person();
    login.signal("INT");
    login.finish().ends_by_signal(2).left_the_token_alone();
}

#[test]
fn a_signal_after_the_answer_waits_until_the_token_is_saved() {
    for (name, number) in SIGNALS {
        let world = World::like_strava();
        let held = world.server.holds_its_answer();
        let login = login(&world).start();
        let person = login.person();
        let page = person.goes_meanwhile(&person.approval());
        held.wait_until_asked();
        login.signal(name);
        held.release();
        let outcome = login.finish();
        outcome.ends_by_signal(number).asked_for_a_token(1);
        outcome.has_token("/account/id", "227615");
        assert_eq!(page.join().unwrap().status(), 200);
    }
}

#[test]
fn two_signals_after_the_answer_wait_too() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = login(&world).start();
    let person = login.person();
    let page = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    login.signal("INT");
    login.signal("INT");
    held.release();
    let outcome = login.finish();
    outcome.ends_by_signal(2).has_token("/account/id", "227615");
    page.join().unwrap();
}

#[test]
fn a_browser_that_is_closed_too_early_costs_no_token() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let mut browser = person.connects();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", person.host());
    browser.write_all(request.as_bytes()).unwrap();
    held.wait_until_asked();
    drop(browser);
    held.release();
    login.finish().ends(OK).has_token("/account/id", "227615");
}

#[test]
fn a_second_login_waits_for_the_first_and_finds_its_token() {
    let world = World::like_strava();
    let first = world.login().start();
    let person = first.person();
    let second = world.login().start();
    second.wait_until_it_says("another login");
    person.approve();
    first.finish().ends(OK);
    second
        .finish()
        .ends(OK)
        .opened_nothing()
        .asked_for_a_token(1);
}

#[test]
fn a_second_login_goes_on_where_the_first_gave_up() {
    let world = World::like_strava();
    let first = world.login().start();
    let person = first.person();
    let second = world.login().start();
    second.wait_until_it_says("another login");
    person.refuse();
    first.end().ends(DENIED);
    second.still_logs_in();
}

#[test]
fn a_second_login_does_not_wait_for_ever() {
    let world = World::like_strava();
    let first = world.login().start();
    first.person();
    let second = world.login().with("--timeout", "200ms").finish();
    second.ends(TIMEOUT).opened_nothing();
    first.still_logs_in();
}

#[test]
fn logins_for_different_files_do_not_wait_for_each_other() {
    let world = World::like_strava();
    let first = world.login().start();
    let person = first.person();
    let second = world.login().with("--token-file", "other.json").approved();
    second.ends(OK);
    person.approve();
    first.finish().ends(OK).asked_for_a_token(2);
}

#[test]
#[cfg(target_os = "linux")]
fn no_signal_leaves_the_secrets_in_a_core_file() {
    let world = World::like_strava();
    let dumping = "ulimit -c unlimited 2>/dev/null; exec \"$@\"";
    let login = world.login().through(&["sh", "-c", dumping, "sh"]).start();
    let person = login.person();
    let limits = login.limits();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    assert_eq!(core.unwrap().split_whitespace().nth(4), Some("0"));
    person.approve();
    login.finish().ends(OK);
}
