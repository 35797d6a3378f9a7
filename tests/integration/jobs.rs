//! A login at a terminal as a job of the shell there: in the background, stopped, interrupted.

use crate::support::*;

/// What a shell does with the login that is stopped: it goes on in the background, until the person presses Enter.
const STOPPED: &str = "\"$@\"; bg %1; echo it goes on; read line; ";

/// What opens, so that nothing else is awaited.
const A_BROWSER: &str = "true";
/// Where none opens, this is.
const A_PASTE: &str = "none";

/// A real shell does this with the login.
fn job<'w>(world: &'w World, browser: &str, script: &str) -> Loopin<'w> {
    let script = format!("exec >&2; set -m; {script}");
    let shell = ["bash", "-c", &script, "bash"];
    let login = world.login().without("-vv").with("--browser", browser);
    login.through(&shell).at_a_terminal()
}

/// Ctrl-Z, then `bg`: it answers there.
fn goes_on_in_the_background(login: Loopin<'_>) -> Running<'_> {
    let login = login.start();
    let person = login.person();
    login.wait_until_it_says(" left");
    login.is_given("\u{1a}");
    login.wait_until_it_says("it goes on\n");
    assert_eq!(person.get("/favicon.ico").status(), 404);
    login
}

#[track_caller]
fn can_be_ended(browser: &str) {
    let world = World::like_strava();
    let ends = format!("{STOPPED} kill -TERM %1; wait %1; [ $? = 143 ]");
    let login = goes_on_in_the_background(job(&world, browser, &ends));
    login.is_given("\r");
    login.finish().ends(OK).asked_for_a_token(0);
}

#[track_caller]
fn can_be_approved(browser: &str) {
    let world = World::like_strava();
    let login = job(&world, browser, &format!("{STOPPED} wait %1"));
    let login = goes_on_in_the_background(login);
    assert_eq!(login.person().approve().status(), 200);
    login.is_given("\r");
    let outcome = login.finish();
    outcome.ends(OK).has_token("/account/id", "227615");
    let background = outcome.stderr.split("it goes on").nth(1).unwrap();
    assert!(!background.contains(" left"), "{background}");
}

#[test]
fn a_stopped_login_goes_on_in_the_background_until_it_is_ended() {
    can_be_ended(A_BROWSER);
}

#[test]
fn a_stopped_login_goes_on_in_the_background_until_it_is_approved() {
    can_be_approved(A_BROWSER);
}

#[test]
fn where_a_paste_is_awaited_it_goes_on_until_it_is_ended_too() {
    can_be_ended(A_PASTE);
}

#[test]
fn where_a_paste_is_awaited_it_goes_on_until_it_is_approved_too() {
    can_be_approved(A_PASTE);
}

#[test]
fn nothing_turns_in_the_background() {
    let world = World::like_strava();
    for (script, turns) in [("\"$@\"", true), ("\"$@\" & wait $!", false)] {
        let login = job(&world, A_BROWSER, script).with("--timeout", "1s");
        let outcome = login.finish();
        outcome.ends(TIMEOUT);
        assert_eq!(outcome.stderr.contains(" left"), turns, "{script}");
    }
}

#[test]
fn ctrl_c_during_the_exchange_waits_for_the_token_and_says_where_it_is() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = world.login().with("--browser", A_BROWSER).at_a_terminal();
    let login = login.start();
    let person = login.person();
    let page = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    login.ctrl_c();
    login.wait_until_it_says("^C");
    held.release();
    let outcome = login.finish();
    outcome
        .ends_by_signal(2)
        .says("loopin: saved in token.json");
    outcome.has_token("/account/id", "227615");
    assert_eq!(page.join().unwrap().status(), 200);
}

#[test]
fn where_the_token_is_stands_where_the_countdown_stood() {
    for browser in [A_BROWSER, A_PASTE] {
        let world = World::like_strava();
        let held = world.server.holds_its_answer();
        let login = world.login().without("-vv").with("--browser", browser);
        let login = login.at_a_terminal().start();
        let person = login.person();
        let page = person.goes_meanwhile(&person.approval());
        held.wait_until_asked();
        login.signal("INT");
        held.release();
        let outcome = login.finish();
        let last = outcome.ends_by_signal(2).stderr.lines().last();
        assert_eq!(last, Some("loopin: saved in token.json"));
        page.join().unwrap();
    }
}
