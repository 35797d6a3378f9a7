//! Who is asked for a paste, and how the terminal looks meanwhile and afterwards.

use crate::paste::{address, asked, at_a_terminal, logs_in};
use crate::support::*;

#[test]
fn what_is_typed_is_not_shown_while_somebody_may_paste() {
    let world = World::like_strava();
    let login = at_a_terminal(&world);
    assert!(!login.shows_what_is_typed());
    login.is_given("not for anybody's eyes\n");
    login.wait_until_it_says("loopin: warning: ");
    login.is_given(address(&login.person()) + "\n");
    logs_in(login).never_says("anybody's eyes");
}

#[test]
fn ctrl_c_while_somebody_may_paste_gives_the_terminal_back() {
    let world = World::like_strava();
    let login = at_a_terminal(&world);
    login.is_given(address(&login.person()));
    login.ctrl_c();
    let outcome = login.finish();
    outcome.ends_by_signal(2).asked_for_a_token(0);
}

#[test]
fn ctrl_d_while_somebody_may_paste_changes_nothing() {
    let world = World::like_strava();
    let login = at_a_terminal(&world);
    login.is_given("\u{4}\u{4}not for anybody's eyes\u{4}\r");
    login.wait_until_it_says("loopin: warning: ");
    assert!(!login.shows_what_is_typed());
    login.is_given("\u{4}".to_owned() + &address(&login.person()) + "\r");
    logs_in(login).never_says("anybody's eyes");
}

#[test]
fn who_waits_for_ever_is_shown_no_countdown() {
    let world = World::like_strava();
    let login = world.login().without("-vv").at_a_terminal();
    let login = login.with("--timeout", "18446744073709551615");
    login.approved().ends(OK).never_says(" left");
}

#[test]
fn nobody_who_pastes_in_time_gives_the_terminal_back() {
    let world = World::like_strava();
    let login = world.login().without("--browser").at_a_terminal();
    asked(login.with("--timeout", "1s")).finish().ends(TIMEOUT);
}

#[test]
fn a_browser_that_fails_leaves_the_paste() {
    let world = World::like_strava();
    for browser in ["false", "no-such-browser"] {
        let login = world.login().with("--browser", browser).flag("--force");
        let login = asked(login.at_a_terminal());
        login.is_given(address(&login.person()) + "\n");
        login.finish().ends(OK);
    }
}

#[test]
fn nobody_is_asked_where_the_browser_opens() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    let login = login.at_a_terminal().start();
    browser.is_opened();
    assert_eq!(login.person().approve().status(), 200);
    login.finish().ends(OK).never_says("paste");
}

#[test]
fn where_the_browser_opens_the_option_asks_all_the_same() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    let login = asked(login.flag("--paste").at_a_terminal());
    browser.is_opened();
    login.is_given(address(&login.person()) + "\n");
    logs_in(login);
}

#[test]
fn nobody_is_asked_who_sits_at_no_terminal() {
    let world = World::like_strava();
    let login = world.login().without("--browser").in_a_pipe().start();
    login.is_given(address(&login.person()) + "\n");
    assert_eq!(login.person().approve().status(), 200);
    login.finish().ends(OK).never_says("paste");
}

#[test]
fn a_person_who_keeps_what_is_said_can_paste_too() {
    let elsewhere = ["sh", "-c", "exec \"$@\" 2>said", "sh"];
    let world = World::like_strava();
    world.writes("said", "");
    let login = world.login().without("--browser").through(&elsewhere);
    let login = login.at_a_terminal().start();
    eventually("the question", || {
        world.read("said").contains("password)\n")
    });
    let said = world.read("said");
    let url = said.lines().find(|line| line.starts_with("http"));
    login.is_given(address(&world.person(url.unwrap())) + "\n");
    login.finish().ends(OK);
}

#[test]
fn in_the_background_of_a_terminal_nobody_is_asked_and_nothing_stops() {
    let script = "set -m; \"$@\" & wait $!";
    let background = ["bash", "-c", script, "bash"];
    let world = World::like_strava();
    let login = world.login().without("--browser").through(&background);
    let login = login.at_a_terminal().start();
    assert_eq!(login.person().approve().status(), 200);
    login.finish().ends(OK).never_says("paste");
}

#[test]
fn quiet_is_not_so_quiet_that_nobody_is_asked() {
    let world = World::like_strava();
    let login = world.login().without("--browser").without("-vv").flag("-q");
    let login = asked(login.at_a_terminal());
    login.is_given(address(&login.person()) + "\n");
    logs_in(login);
}

#[test]
fn what_comes_after_the_paste_is_for_the_command() {
    let world = World::like_strava();
    let exec = world.run("exec").with("--interactive", "always");
    let exec = exec.with("--browser", "none").with("--port", "0");
    let exec = exec.flag("--login").flag("--paste").args(&["--", "cat"]);
    let exec = asked(exec.in_a_pipe());
    exec.is_given(address(&exec.person()) + "\nfor the command\n");
    exec.is_given_no_more();
    exec.finish().ends(OK).prints("for the command\n");
}

#[test]
fn a_command_that_needs_a_token_asks_too() {
    let world = World::like_strava();
    let token = world.run("token").with("--interactive", "always");
    let token = token.with("--port", "0").flag("--login").at_a_terminal();
    let token = asked(token);
    token.is_given(address(&token.person()) + "\n");
    token.finish().ends(OK).prints_the_token();
}

#[test]
fn the_command_to_run_again_takes_pastes_too() {
    let world = World::like_strava();
    let login = world.login().flag("--paste").with("--timeout", "1s");
    login.finish().ends(TIMEOUT).says(" --paste");
}
