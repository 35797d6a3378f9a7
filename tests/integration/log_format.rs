//! What programs read: JSON lines on stderr, one for each fact.

use serde_json::Value;

use crate::setup::{SECRETS, line, setup, without_an_app};
use crate::support::*;

/// Each line is a fact with its time.
#[track_caller]
pub fn facts(outcome: &Outcome<'_>) -> Vec<Value> {
    let lines = outcome.stderr.lines().map(|line| {
        let fact: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let time = fact["time"].as_str().expect(line);
        let shape = time.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{line}");
        assert!(fact["event"].is_string(), "{line}");
        fact
    });
    lines.collect()
}

/// Those that are not words for people.
#[track_caller]
pub fn events(outcome: &Outcome<'_>) -> Vec<Value> {
    let is_said = |fact: &Value| fact["event"] == "message" || fact["event"] == "log";
    let facts = facts(outcome).into_iter();
    facts.filter(|fact| !is_said(fact)).collect()
}

pub fn names(events: &[Value]) -> Vec<&str> {
    let names = events.iter().map(|event| event["event"].as_str().unwrap());
    names.collect()
}

/// The one failure, of this exit code.
#[track_caller]
pub fn failure(outcome: &Outcome<'_>, exit: i32, class: &str) -> Value {
    outcome.ends(exit);
    let events = events(outcome);
    let failure = events.last().expect("it says what failed").clone();
    assert_eq!(failure["event"], "failed", "{failure}");
    assert_eq!(failure["exit"], exit, "{failure}");
    assert_eq!(failure["class"], class, "{failure}");
    assert!(failure["message"].is_string(), "{failure}");
    assert!(failure["hints"].is_array(), "{failure}");
    failure
}

pub fn login(world: &World) -> Loopin<'_> {
    world.login().with("--log-format", "json")
}

pub const OF_A_LOGIN: [&str; 5] = ["listening", "browser", "redirect", "exchanged", "saved"];

#[test]
fn a_login_is_five_facts_in_their_order() {
    let world = World::like_strava();
    let outcome = login(&world).approved();
    let events = events(outcome.ends(OK));
    assert_eq!(names(&events), OF_A_LOGIN);
    let times: Vec<_> = events.iter().map(|event| &event["time"]).collect();
    assert!(times.is_sorted_by_key(|time| time.as_str()), "{times:?}");
}

#[test]
fn each_fact_of_a_login_says_what_there_is_to_know() {
    let world = World::like_strava();
    let login = login(&world).start();
    let person = login.person();
    assert_eq!(person.approve().status(), 200);
    let outcome = login.finish();
    let [listening, browser, redirect, exchanged, saved] = &events(&outcome)[..] else {
        panic!("{}", outcome.stderr);
    };
    assert_eq!(listening["address"], person.host());
    assert_eq!(listening["redirect_uri"], person.asked.redirect_uri);
    assert_eq!(browser["browser"], Value::Null);
    assert_eq!(browser["url"], person.url);
    assert_eq!(redirect["pasted"], false);
    assert!(exchanged["provider"].is_string(), "{exchanged}");
    assert_eq!(exchanged["scope"], outcome.token()["scope"]);
    assert!(
        saved["token_file"]
            .as_str()
            .unwrap()
            .ends_with("token.json")
    );
    assert_eq!(saved["expires_at"], outcome.token()["expires_at"]);
    assert_eq!(saved["account"], outcome.token()["account"]);
}

#[test]
fn the_browser_that_opens_is_named() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = login(&world).with("--browser", browser.command()).start();
    browser.is_opened();
    assert_eq!(login.person().approve().status(), 200);
    let outcome = login.finish();
    assert_eq!(events(outcome.ends(OK))[1]["browser"], "browser");
}

#[test]
fn a_paste_is_told_from_a_redirect() {
    let world = World::like_strava();
    let login = login(&world).flag("--paste").in_a_pipe().start();
    let person = login.person();
    login.is_given("no address\n");
    login.is_given(person.address_bar(&person.approval()) + "\n");
    let outcome = login.finish();
    let events = events(outcome.ends(OK));
    assert_eq!(names(&events), OF_A_LOGIN);
    assert_eq!(events[2]["pasted"], true);
}

#[test]
fn what_people_are_told_has_a_level_and_the_log_has_none() {
    let world = World::like_strava();
    let login = login(&world).with("--listen", "0.0.0.0");
    let outcome = login.approved();
    let facts = facts(outcome.ends(OK));
    let is = |event: &str, level: Option<&str>| {
        let fits = |fact: &&Value| fact["event"] == event && fact["level"].as_str() == level;
        facts
            .iter()
            .find(fits)
            .map(|fact| fact["message"].is_string())
    };
    assert_eq!(
        is("message", Some("warning")),
        Some(true),
        "{}",
        outcome.stderr
    );
    assert_eq!(
        is("message", Some("info")),
        Some(true),
        "{}",
        outcome.stderr
    );
    assert_eq!(is("log", None), Some(true), "{}", outcome.stderr);
}

#[test]
fn a_refusal_is_a_failure_after_the_redirect() {
    let world = World::like_strava();
    let login = login(&world).start();
    login.person().refuse();
    let outcome = login.finish();
    failure(&outcome, DENIED, "denied");
    let expected = ["listening", "browser", "redirect", "failed"];
    assert_eq!(names(&events(&outcome)), expected);
}

#[test]
fn nobody_who_came_back_is_a_failure() {
    let world = World::like_strava();
    let outcome = login(&world).with("--timeout", "1s").finish();
    failure(&outcome, TIMEOUT, "timeout");
    let expected = ["listening", "browser", "failed"];
    assert_eq!(names(&events(&outcome)), expected);
}

#[test]
fn a_provider_that_refuses_the_code_is_a_failure_without_a_token() {
    let world = World::like_strava();
    world.server.answers(Answer::json(500, &Value::Null));
    let login = login(&world).start();
    login.person().approve();
    let outcome = login.finish();
    failure(&outcome, TEMPORARY, "temporary");
    let expected = ["listening", "browser", "redirect", "failed"];
    assert_eq!(names(&events(&outcome)), expected);
}

#[test]
fn the_failures_of_every_command_are_facts() {
    let world = World::like_strava();
    for (command, words, exit) in [
        ("token", vec![], LOGIN),
        ("refresh", vec![], LOGIN),
        ("whoami", vec![], LOGIN),
        ("exec", vec!["--", "true"], EXEC),
    ] {
        let run = world.run(command).with("--log-format", "json").args(&words);
        let failure = failure(&run.finish(), exit, "login needed");
        let hints = failure["hints"].to_string();
        assert!(hints.contains("loopin login"), "{command}: {failure}");
    }
}

#[test]
fn a_wrong_command_line_is_a_fact_too() {
    let world = World::like_strava();
    for (option, value) in [("--port", "x"), ("--no-such", "x"), ("--timeout", "never")] {
        let wrong = login(&world).with(option, value).finish();
        let failure = failure(&wrong, USAGE, "usage");
        assert!(
            failure["message"].as_str().unwrap().contains(option),
            "{failure}"
        );
    }
    let wrong = Loopin::new(&world, "no-such").env("LOOPIN_LOG_FORMAT", "json");
    failure(&wrong.finish(), USAGE, "usage");
    let wrong = Loopin::new(&world, "")
        .flag("--log-format=json")
        .args(&["no-such"]);
    failure(&wrong.finish(), USAGE, "usage");
}

#[test]
fn a_token_that_is_good_is_told_in_facts() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = login(&world).flag("--json").finish();
    facts(outcome.ends(OK).opened_nothing());
    assert!(serde_json::from_str::<Value>(&outcome.stdout).is_ok());
}

#[test]
fn a_refresh_is_told_in_facts() {
    let world = World::like_strava();
    world.has_expired_token();
    let refresh = world.run("token").with("--log-format", "json").finish();
    facts(refresh.ends(OK).prints_the_token());
    world.token_is_expired();
    let outcome = login(&world).finish();
    let events = events(outcome.ends(OK));
    assert_eq!(names(&events), ["exchanged", "saved"]);
}

#[test]
fn a_setup_is_told_in_facts() {
    let world = without_an_app();
    let told = || setup(&world).with("--log-format", "json");
    let outcome = told().reads(line(&world));
    facts(outcome.ends(OK));
    world.writes(SECRETS, "999999,other");
    failure(&told().reads(line(&world)), LOCAL, "local");
    failure(&told().flag("--force").reads("x"), USAGE, "usage");
}

#[test]
fn the_variable_asks_for_facts_too() {
    let world = World::like_strava();
    let login = world.login().env("LOOPIN_LOG_FORMAT", "json");
    let events = events(login.approved().ends(OK)).len();
    assert_eq!(events, OF_A_LOGIN.len());
}

#[test]
fn text_is_what_is_said_otherwise() {
    let world = World::like_strava();
    let text = world.login().with("--log-format", "text").approved();
    text.ends(OK).says("\nloopin: logged in").never_says("{\"");
    let wrong = world.login().with("--log-format", "xml").finish();
    wrong.ends(USAGE).says("--log-format").opened_nothing();
}

#[test]
fn a_terminal_gets_the_same_facts_and_no_colours() {
    let world = World::like_strava();
    let outcome = login(&world)
        .without("--browser")
        .at_a_terminal()
        .approved();
    let events = events(outcome.ends(OK));
    assert_eq!(names(&events), OF_A_LOGIN);
    assert!(!outcome.shown.contains('\u{1b}'), "{:?}", outcome.shown);
}

#[test]
fn what_others_wrote_breaks_no_line() {
    let world = World::like_strava();
    let name = "\u{1b}[31mMari\n{\"event\":\"saved\"}\u{202e}";
    world
        .server
        .rules(|rules| rules.account["firstname"] = name.into());
    let outcome = login(&world).approved();
    assert_eq!(names(&events(outcome.ends(OK))), OF_A_LOGIN);
}
