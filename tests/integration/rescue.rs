//! Nothing that a person granted is lost.

use std::fs;

use crate::support::*;

#[test]
fn another_accounts_file_beside_ours_is_not_overwritten() {
    let world = World::like_strava();
    world.is_logged_in();
    let theirs =
        r#"{"access_token":"a","refresh_token":"r","provider":"strava","account":{"id":"7"}}"#;
    world.writes("token.7.json", theirs);
    world.another_account(7);
    let outcome = world.login().flag("--force").approved();
    outcome.ends(LOCAL).says("/loopin/recovered/");
    assert_eq!(world.read("token.7.json"), theirs);
}

#[test]
fn a_file_that_is_no_token_file_any_more_does_not_hide_the_token_that_was_rescued() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let refresh = world.run("token").start();
    held.wait_until_asked();
    world.writes("token.json", r#"{"access_token":"a","access_token":"b"}"#);
    held.release();
    refresh.finish().ends(LOCAL).says("/loopin/recovered/");
    for (command, code) in [("token", LOGIN), ("login", LOCAL), ("status", LOCAL)] {
        let outcome = world.run(command).finish();
        outcome
            .ends(code)
            .says("once it is moved away")
            .says("/loopin/recovered/");
    }
    world.removes("token.json");
    let next = world.run("token").finish();
    next.ends(OK).prints_the_token().after_refreshes(1);
}

#[test]
fn accounts_with_odd_names_never_share_a_file() {
    let world = World::standard();
    world.is_logged_in();
    for id in ["\u{65e5}\u{672c}", "\u{4e2d}\u{56fd}", "a/b", "ab"] {
        world
            .server
            .rules(move |rules| rules.account["sub"] = id.into());
        world
            .login()
            .flag("--force")
            .approved()
            .ends(LOCAL)
            .says("token.");
    }
    let files = fs::read_dir(world.folder()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let saved = names.filter(|name| name.starts_with("token.") && name != "token.json");
    assert_eq!(saved.count(), 4);
}

#[test]
fn an_account_that_is_not_told_costs_nobody_their_token() {
    let world = World::standard();
    world.is_logged_in();
    let before = world.token();
    world.token_is_expired();
    world
        .server
        .rules(|rules| rules.account = serde_json::json!({}));
    world
        .login()
        .flag("--force")
        .approved()
        .ends(OK)
        .says("is kept in token.u-1.json");
    assert_eq!(world.token().get("account"), None);
    assert_eq!(
        world.token_in("token.u-1.json")["refresh_token"],
        before["refresh_token"]
    );
}

#[test]
fn the_temporary_files_of_others_are_left_alone() {
    let world = World::like_strava();
    for name in [
        ".token.json.Ab3dEf.tmp",
        ".token.json.mine.tmp",
        ".token.Ab3dEf.tmp",
    ] {
        world.writes(name, "x");
    }
    world.login().approved().ends(OK);
    assert!(!world.path(".token.json.Ab3dEf.tmp").exists());
    assert!(world.path(".token.json.mine.tmp").exists());
    assert!(world.path(".token.Ab3dEf.tmp").exists());
}

#[test]
fn files_that_other_programs_wrote_are_tokens_whatever_else_is_in_them() {
    for rest in [
        r#""scope":["read","activity:read_all"]"#,
        r#""client_id":123456,"account":{"id":227615}"#,
        r#""account":"me@example","scope":"read""#,
        r#""expires_at":"9999999999""#,
    ] {
        let world = World::like_strava();
        world.writes(
            "token.json",
            format!(r#"{{"access_token":"mine","refresh_token":"r",{rest}}}"#),
        );
        let outcome = world.login().finish();
        outcome.ends(OK).says("already logged in").opened_nothing();
    }
}

#[test]
fn a_valid_token_is_enough_even_beside_broken_secrets() {
    let world = World::like_strava();
    world.is_logged_in();
    world.writes("client_secrets.txt", "nonsense");
    world.login().finish().ends(OK).opened_nothing();
    let outcome = world.login().flag("--force").finish();
    outcome
        .ends(USAGE)
        .says("client_secrets.txt: line 1")
        .opened_nothing();
}

#[test]
fn empty_variables_are_absent_ones() {
    let world = World::like_strava();
    let mut login = world.login();
    for name in [
        "ACCOUNT",
        "PORT",
        "TIMEOUT",
        "CLIENT_ID",
        "CLIENT_SECRETS",
        "SCOPE",
        "INTERACTIVE",
        "PARAM",
    ] {
        login = login.env(&format!("LOOPIN_{name}"), "");
    }
    login.approved().ends(OK).has_token("/client_id", "123456");
}

#[test]
fn the_variable_for_nameless_clients_does_not_disturb_others() {
    let world = World::like_strava();
    world.provider_has("env_prefix", "\"ACME\"");
    let login = world.login().env("LOOPIN_CLIENT_ID", "9");
    login.approved().ends(OK).has_token("/client_id", "123456");
}

#[test]
fn a_secret_in_the_place_of_a_path_is_not_echoed() {
    let world = World::like_strava();
    let login = world.login().with("--client-secrets", "123456,do-not-echo");
    login
        .finish()
        .ends(USAGE)
        .never_says("do-not-echo")
        .says("name of a file");
}

#[test]
fn what_the_demo_suggests_can_be_done() {
    let world = World::like_strava();
    let demo = Loopin::new(&world, "demo").with("--token-file", "it is mine.json");
    let demo = demo
        .with("--timeout", "0")
        .with("--browser", "none")
        .finish();
    demo.ends(TIMEOUT)
        .says("loopin demo --token-file 'it is mine.json' --timeout 30m");
}

#[test]
fn the_demo_plays_the_person_where_the_browser_does_not_start() {
    let world = World::like_strava();
    let demo = Loopin::new(&world, "demo").with("--browser", "no-such-program");
    demo.finish()
        .ends(OK)
        .says("the demo plays the person itself");
}

#[test]
fn a_redirect_uri_that_could_never_be_answered_is_a_wrong_option() {
    let world = World::like_strava();
    let login = world
        .login()
        .with("--redirect-uri", "http://127.0.0.1:5000/cb?state=a");
    login.finish().ends(USAGE).opened_nothing();
}

#[test]
fn a_scope_that_is_none_is_a_wrong_option() {
    let world = World::like_strava();
    let login = world.login().with("--scope", "\"read\"");
    login.finish().ends(USAGE).opened_nothing();
}
