//! What a login and a refresh tell a program.

use serde_json::{Value, json};

use crate::support::*;

/// What a command told, which is nothing secret, and all that it should.
#[track_caller]
fn told(outcome: &Outcome<'_>) -> Value {
    outcome.ends(OK);
    let world = outcome.world;
    world.marks.look_for_leaks("stdout", &outcome.stdout, &[]);
    let told: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let token = outcome.token();
    let expected = json!({
        "provider": token["provider"],
        "account": token["account"],
        "scope": token["scope"],
        "expires_at": token["expires_at"],
        "token_file": outcome.token_file,
        "how": told["how"],
    });
    assert_eq!(told, expected);
    told
}

#[test]
fn a_login_tells_by_which_way_it_came_to_a_token() {
    let world = World::like_strava();
    let login = || world.login().flag("--json");
    assert_eq!(told(&login().approved())["how"], "browser");
    assert_eq!(told(&login().finish())["how"], "valid");
    world.token_is_expired();
    let refreshed = login().finish();
    refreshed.opened_nothing();
    assert_eq!(told(&refreshed)["how"], "refreshed");
    assert_eq!(told(&login().flag("--force").approved())["how"], "browser");
}

#[test]
fn a_refresh_tells_the_same() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = world.run("refresh").flag("--json").finish();
    let told = told(&outcome);
    assert_eq!(told["how"], "refreshed");
    let account = json!({ "id": "227615", "name": "Mari Maasikas" });
    assert_eq!(told["account"], account);
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn an_account_that_nobody_told_is_null() {
    let world = World::standard();
    world.server.rules(|rules| rules.account = json!({}));
    assert!(told(&world.login().flag("--json").approved())["account"].is_null());
    assert!(told(&world.login().flag("--json").finish())["account"].is_null());
}

#[test]
fn an_account_that_could_do_harm_is_quoted() {
    let world = World::standard();
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}x\r\n";
    world
        .server
        .rules(|rules| rules.account["name"] = hostile.into());
    let is_quoted = |outcome: &Outcome<'_>| {
        assert!(told(outcome)["account"]["id"].is_string());
        let odd = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
        let found = outcome.stdout.chars().find(odd);
        assert_eq!(found, None, "{:?}", outcome.stdout);
    };
    is_quoted(&world.login().flag("--json").approved());
    is_quoted(&world.login().flag("--json").finish());
    is_quoted(&world.run("refresh").flag("--json").finish());
}

#[test]
fn the_file_is_the_one_that_was_named() {
    let world = World::like_strava();
    let login = world.login().flag("--json");
    let login = login.with("--token-file", "mine.json");
    assert_eq!(told(&login.approved())["token_file"], "mine.json");
}

#[test]
fn a_failure_tells_a_program_nothing() {
    let world = World::like_strava();
    let refused = world.login().flag("--json").start();
    refused.person().refuse();
    refused.finish().ends(DENIED).prints_nothing();
    let none = world.run("refresh").flag("--json").finish();
    none.ends(LOGIN).prints_nothing();
    world.is_logged_in();
    world.server.forgets_all_grants();
    let dead = world.run("refresh").flag("--json").finish();
    dead.ends(LOGIN).prints_nothing().left_the_token_alone();
    let never = world.login().with("--interactive", "never");
    world.token_is_expired();
    never.flag("--json").finish().ends(LOGIN).prints_nothing();
}

#[test]
fn without_being_asked_neither_prints_anything() {
    let world = World::like_strava();
    world.is_logged_in().prints_nothing();
    world.login().finish().ends(OK).prints_nothing();
    world.run("refresh").finish().ends(OK).prints_nothing();
    world.token_is_expired();
    world.login().finish().ends(OK).prints_nothing();
}

#[test]
#[cfg(target_os = "linux")]
fn a_stdout_that_takes_nothing_is_a_failure_but_costs_no_token() {
    let world = World::like_strava();
    let full = ["sh", "-c", "exec \"$@\" >/dev/full", "sh"];
    let login = world.login().flag("--json").through(&full).start();
    assert_eq!(login.person().approve().status(), 200);
    let outcome = login.finish();
    outcome.ends(LOCAL).says("stdout");
    outcome.has_token("/account/id", "227615");
}

#[test]
fn a_refresh_needs_a_refresh_token() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("refresh_token")));
    let outcome = world.run("refresh").finish();
    outcome.ends(LOGIN).prints_nothing().says("loopin login");
    outcome.left_the_token_alone().asked_for_a_token(1);
}
