//! Which browser is opened, with what, and what it cannot do to the login.

use crate::support::*;

#[test]
fn the_browser_gets_the_whole_url_as_one_argument_and_no_secret() {
    let world = World::like_strava();
    let browser = world.browser();
    let secret = world.marks.word(Secret::Client);
    let login = world.login().with("--browser", browser.command());
    let login = login
        .env("ACME_CLIENT_ID", "123456")
        .env("ACME_CLIENT_SECRET", &secret);
    let login = login.start();
    let visit = browser.is_opened();
    assert_eq!(visit.arguments, [login.person().url.clone()]);
    let environment = visit.environment.join("\n");
    world
        .marks
        .look_for_leaks("the browser's environment", &environment, &[]);
    login.still_logs_in();
}

#[test]
#[cfg(target_os = "linux")]
fn the_browser_has_neither_our_terminal_nor_our_process_group() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    let login = login.in_a_pipe().start();
    let visit = browser.is_opened();
    assert_eq!(visit.streams, ["/dev/null", "/dev/null"]);
    assert_eq!(visit.process, visit.process_group);
    login.still_logs_in();
}

#[test]
fn the_listener_is_up_before_the_browser_is_opened() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command()).start();
    // Nothing but the browser's own argument is used to get there.
    login.person_at(&browser).approve();
    login.finish().ends(OK);
}

#[test]
fn a_browser_that_fails_hangs_or_chatters_is_no_obstacle() {
    let chatter = "head -c 10000000 /dev/zero | tr '\\0' x >&2";
    for (first, then) in [
        ("", "exit 1"),
        ("", "kill -SEGV $$"),
        ("", HANG),
        (chatter, ""),
    ] {
        let world = World::like_strava();
        let browser = world.browser_that(first, then);
        let login = world.login().with("--browser", browser.command()).start();
        login.person_at(&browser).approve();
        login.finish().ends(OK).never_says("xxxx");
    }
}

#[test]
fn a_browser_lives_on_when_the_login_is_interrupted() {
    let world = World::like_strava();
    let browser = world.browser_that("", "read line <\"$folder/hold\"\n$folder/browser");
    let login = world.login().with("--browser", browser.command());
    let login = login.through(&["env", "--default-signal=INT"]).start();
    login.person_at(&browser);
    login.signal("INT");
    login.finish().ends_by_signal(2);
    browser.goes_on();
    browser.is_opened();
}

/// At a terminal the key is for the whole process group.
#[test]
fn ctrl_c_does_not_end_the_browser() {
    let world = World::like_strava();
    let browser = world.browser_that("", "read line <\"$folder/hold\"\n$folder/browser");
    let login = world.login().with("--browser", browser.command());
    let login = login.at_a_terminal().start();
    login.person_at(&browser);
    login.ctrl_c();
    login.finish().ends_by_signal(2);
    browser.goes_on();
    browser.is_opened();
}

#[test]
fn a_browser_that_is_not_there_is_said_and_the_listener_waits() {
    let world = World::like_strava();
    let login = world.login().with("--browser", "no-such-browser").start();
    login.wait_until_it_says("could not be started");
    login.still_logs_in();
}

#[test]
fn the_variable_that_everybody_uses_names_the_browser() {
    let world = World::like_strava();
    let browser = world.browser();
    for (variable, arguments) in [
        ("{}", vec!["URL"]),
        ("{} --new-window %s", vec!["--new-window", "URL"]),
        ("no-such-browser:{}", vec!["URL"]),
        ("{} %s --then %s", vec!["URL", "--then", "URL"]),
    ] {
        let variable = variable.replace("{}", browser.command());
        let login = world.login().without("--browser").flag("--force");
        let login = login.env("BROWSER", &variable).start();
        let visit = browser.is_opened();
        let url = &login.person().url;
        let arguments: Vec<_> = arguments.iter().map(|a| a.replace("URL", url)).collect();
        assert_eq!(visit.arguments, arguments, "BROWSER={variable}");
        assert_eq!(login.person().approve().status(), 200);
        login.finish().ends(OK);
    }
}

#[test]
fn a_program_whose_path_has_spaces_is_one_program() {
    let world = World::like_strava();
    let browser = world.browser_called("my own browser");
    let login = world.login().without("--browser");
    let login = login.env("BROWSER", browser.command()).start();
    assert_eq!(browser.is_opened().arguments, [login.person().url.clone()]);
    login.still_logs_in();
}

#[test]
fn a_variable_that_names_no_browser_is_no_obstacle() {
    let world = World::like_strava();
    for variable in ["", ":", "a:b:%s", "no-such-browser", "%s", " "] {
        let login = world.login().without("--browser").flag("--force");
        let login = login.env("BROWSER", variable).start();
        assert_eq!(login.person().approve().status(), 200);
        login.finish().ends(OK);
    }
}

#[test]
fn the_option_goes_before_the_variable() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().env("BROWSER", "no-such-browser");
    let login = login.with("--browser", browser.command()).start();
    browser.is_opened();
    login.still_logs_in();
}

#[test]
fn browser_none_opens_none() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().env("BROWSER", browser.command());
    login.approved().ends(OK);
    assert!(browser.was_never_opened());
}

#[test]
fn where_no_browser_can_be_opened_the_url_is_there_to_be_copied() {
    let world = World::like_strava();
    let login = world.login().without("--browser");
    let login = login
        .env("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
        .start();
    login.wait_until_it_says("browser");
    login.still_logs_in();
}

#[test]
#[cfg(target_os = "linux")]
fn a_graphical_session_opens_the_systems_browser() {
    for display in ["DISPLAY", "WAYLAND_DISPLAY"] {
        let world = World::like_strava();
        let browser = world.system_browser();
        let login = world
            .login()
            .without("--browser")
            .with("--interactive", "auto");
        let only_ours = world.folder().to_str().unwrap();
        let login = login.env("PATH", only_ours).env(display, ":99").start();
        let visit = browser.is_opened();
        assert_eq!(visit.arguments, [login.person().url.clone()]);
        login.still_logs_in();
    }
}

/// Ends at once with the command to run, and nobody was bothered.
#[track_caller]
fn says_that_a_person_must_log_in(login: Loopin<'_>) {
    let outcome = login.finish();
    outcome.ends(LOGIN).says("loopin login").opened_nothing();
    outcome.left_the_token_alone().asked_for_a_token(0);
}

#[test]
fn without_a_person_to_ask_the_login_ends_at_once() {
    let world = World::like_strava();
    let auto = || world.login().with("--interactive", "auto");
    says_that_a_person_must_log_in(auto());
    says_that_a_person_must_log_in(auto().env("CI", "true"));
    says_that_a_person_must_log_in(auto().env("CI", "1").env("DISPLAY", ":99"));
    let browser = world.browser();
    let never = world.login().with("--interactive", "never");
    says_that_a_person_must_log_in(never.with("--browser", browser.command()));
    assert!(browser.was_never_opened());
}

#[test]
fn automation_may_still_be_told_to_ask() {
    let world = World::like_strava();
    let login = world.login().env("CI", "true");
    login.with("--interactive", "always").approved().ends(OK);
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_takes_no_words_is_no_reason_to_lose_a_token() {
    let world = World::like_strava();
    let browser = world.browser();
    let full = ["sh", "-c", "exec \"$@\" 2>/dev/full", "sh"];
    let login = world.login().with("--browser", browser.command());
    let login = login.through(&full).start();
    login.person_at(&browser).approve();
    login.finish().ends(OK).has_token("/account/id", "227615");
}
