//! `loopin token`: what it prints, and what it does not do on the way.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::*;
use crate::trust::Trap;

/// The access token that is stored.
pub fn stored(world: &World) -> String {
    world.token()["access_token"].as_str().unwrap().to_owned()
}

/// A browser login is allowed; the address is printed and nothing opened.
fn may_log_in(command: Loopin<'_>) -> Loopin<'_> {
    command
        .flag("--login")
        .with("--browser", "none")
        .with("--interactive", "always")
        .with("--port", "0")
}

#[test]
fn a_valid_token_is_printed_in_the_form_that_is_asked_for() {
    let world = World::like_strava();
    world.is_logged_in();
    let token = stored(&world);
    for (format, printed) in [
        ("raw", token.clone()),
        ("header", format!("Authorization: Bearer {token}")),
        ("env", format!("export ACME_ACCESS_TOKEN={token}")),
    ] {
        let outcome = world.run("token").with("--format", format).finish();
        outcome.ends(OK).prints(&format!("{printed}\n"));
    }
    let plain = world.run("token").finish();
    plain.ends(OK).prints(&format!("{token}\n"));
}

#[test]
fn the_json_form_tells_what_is_known_but_never_the_refresh_token() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = world.run("token").with("--format", "json").finish();
    outcome.ends(OK);
    let stored = world.token();
    let expected = json!({
        "access_token": stored["access_token"],
        "token_type": "Bearer",
        "expires_at": stored["expires_at"],
        "scope": "read activity:read_all",
        "provider": stored["provider"],
        "account": { "id": "227615", "name": "Mari Maasikas" },
    });
    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(printed, expected);
}

#[test]
fn the_json_form_leaves_out_what_nobody_told() {
    let world = World::like_strava();
    let access = format!("{}-0", world.marks.word(Secret::Access));
    world.writes("token.json", json!({ "access_token": access }).to_string());
    let outcome = world.run("token").with("--format", "json").finish();
    outcome.ends(OK);
    let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(printed["access_token"], access);
    let members = printed.as_object().unwrap();
    assert!(
        !members.values().any(|value| value.is_null() || *value == 0),
        "{printed}"
    );
    assert!(!members.contains_key("expires_at") && !members.contains_key("account"));
}

#[test]
fn a_shell_takes_the_env_form_whatever_is_in_the_token() {
    let world = World::like_strava();
    world.is_logged_in();
    let odd: String = ('!'..='~').collect();
    world.edits_token(|token| token["access_token"] = odd.clone().into());
    let eval = r#"eval "$("$@")" && printenv ACME_ACCESS_TOKEN"#;
    let token = world.run("token").with("--format", "env");
    let outcome = token.through(&["sh", "-c", eval, "sh"]).finish();
    outcome.ends(OK).prints(&format!("{odd}\n"));
}

#[test]
fn without_a_prefix_the_variable_is_named_after_the_program() {
    let world = World::like_strava();
    let provider = world
        .read("acme.toml")
        .replace("env_prefix", "# env_prefix");
    world.writes("acme.toml", provider);
    world.is_logged_in();
    let outcome = world.run("token").with("--format", "env").finish();
    let printed = format!("export LOOPIN_ACCESS_TOKEN={}\n", stored(&world));
    outcome.ends(OK).prints(&printed);
}

#[test]
fn a_token_that_could_do_harm_is_never_printed() {
    let world = World::like_strava();
    world.is_logged_in();
    for hostile in [
        "mark-odd x",
        "mark-odd\n",
        "mark-odd\r\nX-Injected: y",
        "mark-odd\u{1b}[2J",
        "mark-odd\0",
        "mark-\u{f6}dd",
    ] {
        world.edits_token(|token| token["access_token"] = hostile.into());
        for format in ["raw", "header", "env", "json"] {
            let outcome = world.run("token").with("--format", format).finish();
            outcome.ends(PROVIDER).prints_nothing().never_says("mark-");
            outcome.left_the_token_alone().asked_for_a_token(1);
        }
    }
}

#[test]
fn whatever_could_do_harm_is_quoted_in_json() {
    let world = World::like_strava();
    let hostile = "\"},\"refresh_token\":\"x\u{1b}[2J\r\n\u{7}\u{9b}31m\u{202e}";
    for member in ["/account/name", "/account/id", "/scope", "/token_type"] {
        world.login().flag("--force").approved();
        world.edits_token(|token| *token.pointer_mut(member).unwrap() = hostile.into());
        let outcome = world.run("token").with("--format", "json").finish();
        outcome.ends(OK);
        let printed: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(printed.get("refresh_token"), None, "{printed}");
        let odd = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
        let found = outcome.stdout.chars().find(odd);
        assert_eq!(found, None, "{member}: {:?}", outcome.stdout);
    }
}

#[test]
fn a_valid_token_costs_no_connection_and_no_write() {
    let world = World::like_strava();
    world.is_logged_in();
    let trap = Trap::set();
    for endpoint in ["token_endpoint", "userinfo_endpoint", "revocation_endpoint"] {
        world.provider_has(endpoint, &format!("{:?}", trap.url("/")));
    }
    for lock in [".token.json.lock", ".token.json.login.lock"] {
        world.removes(lock);
    }
    let before = world.snapshot();
    world.run("token").finish().ends(OK);
    assert_eq!(world.snapshot(), before);
    trap.is_untouched();
}

#[test]
fn a_valid_token_needs_neither_the_provider_file_nor_the_secrets() {
    let world = World::like_strava();
    world.is_logged_in();
    world.removes("acme.toml");
    world.removes("client_secrets.txt");
    for format in ["raw", "header", "json"] {
        let token = world.run("token").without("--provider");
        token.with("--format", format).finish().ends(OK);
    }
}

#[test]
fn nobody_who_reads_is_no_failure() {
    let world = World::like_strava();
    world.is_logged_in();
    // Once a write has failed, the reader is certainly gone.
    let script = r#"( trap "" PIPE; while printf x; do :; done 2>/dev/null
        "$@"; echo "it ended with $?" >&2 ) | head -c0"#;
    let token = world.run("token").through(&["sh", "-c", script, "sh"]);
    token.finish().ends(OK).says("it ended with 0");
    let closed = ["sh", "-c", "exec \"$@\" >&-", "sh"];
    let token = world.run("token").through(&closed);
    token.finish().ends(OK).prints_nothing();
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_stdout_is_a_failure_but_costs_no_token() {
    let world = World::like_strava();
    world.has_expired_token();
    let full = ["sh", "-c", "exec \"$@\" >/dev/full", "sh"];
    let token = world.run("token").through(&full).finish();
    token.ends(LOCAL).says("stdout");
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(stored(&world), world.server.current_access_token());
}

#[test]
fn an_expired_token_is_refreshed_and_the_new_one_printed() {
    let world = World::like_strava();
    world.has_expired_token();
    let old = stored(&world);
    let outcome = world.run("token").finish();
    outcome.ends(OK).opened_nothing();
    outcome.prints_the_token();
    assert_ne!(stored(&world), old);
    assert_eq!(stored(&world), world.server.current_access_token());
}

#[test]
fn without_a_token_the_way_to_one_is_named() {
    let world = World::like_strava();
    let outcome = world.run("token").with("--interactive", "always").finish();
    outcome.ends(LOGIN).prints_nothing().says("hint: ");
    outcome.says("loopin login").opened_nothing();
    outcome.left_the_token_alone().asked_for_a_token(0);
}

#[test]
fn a_login_may_be_allowed() {
    let world = World::like_strava();
    let outcome = may_log_in(world.run("token")).approved();
    outcome.ends(OK).asked_for_a_token(1);
    outcome.prints_the_token();
    let again = may_log_in(world.run("token")).finish();
    again.ends(OK).opened_nothing().asked_for_a_token(1);
}

/// A command whose stdout is read by another; what comes after them knows how they ended.
fn read_by<'w>(reader: &str, after: &str, command: Loopin<'w>) -> Loopin<'w> {
    let shell = format!("\"$@\" | {reader}; {after}");
    may_log_in(command).through(&["bash", "-c", &shell, "bash"])
}

#[test]
fn a_login_waits_no_longer_than_whoever_reads_the_token() {
    let world = World::like_strava();
    let end_as_it_did = "kill -s $((PIPESTATUS[0] - 128)) $$";
    let outcome = read_by("true", end_as_it_did, world.run("token")).finish();
    outcome.ends_by_signal(13).asked_for_a_token(0);
    world.login().approved().ends(OK);
    let valid = read_by("true", "exit ${PIPESTATUS[0]}", world.run("token"));
    valid.finish().ends(OK);
}

#[test]
fn a_login_that_nobody_waits_for_is_saved_if_the_code_was_sent() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = read_by("read line <reads", "true", world.run("token"));
    let made = Command::new("mkfifo").arg(world.path("reads")).status();
    assert!(made.unwrap().success());
    let login = login.start();
    let page = login.person().goes_meanwhile(&login.person().approval());
    held.wait_until_asked();
    fs::write(world.path("reads"), "\n").unwrap();
    held.release();
    page.join().unwrap().shows("You are logged in");
    login.finish().ends(OK).asked_for_a_token(1);
    assert_eq!(stored(&world), world.server.current_access_token());
}

#[test]
fn a_login_that_is_refused_prints_no_token() {
    let world = World::like_strava();
    let token = may_log_in(world.run("token")).start();
    token.person().refuse();
    token.finish().ends(DENIED).prints_nothing();
    let nobody_there = world.run("token").flag("--login").env("CI", "true");
    nobody_there.finish().ends(LOGIN).opened_nothing();
}

#[test]
fn the_account_that_is_wanted_must_be_the_stored_one() {
    let world = World::like_strava();
    world.is_logged_in();
    let right = world.run("token").with("--account", "227615");
    right.finish().ends(OK);
    let wrong = world.run("token").with("--account", "99").finish();
    wrong.ends(LOCAL).prints_nothing().says("227615");
    wrong.left_the_token_alone().opened_nothing();
}

#[test]
fn only_scopes_that_are_named_can_be_too_few() {
    let world = World::like_strava();
    world.login().with("--scope", "read").approved().ends(OK);
    world.run("token").finish().ends(OK);
    world.run("token").with("--scope", "read").finish().ends(OK);
    let more = || world.run("token").with("--scope", "read,activity:write");
    more().finish().ends(LOGIN).prints_nothing();
    let outcome = may_log_in(more()).approved();
    outcome.ends(OK).asked_for_a_token(2);
    outcome.prints_the_token();
}

#[test]
fn a_token_of_another_provider_is_not_this_ones() {
    let world = World::like_strava();
    world.is_logged_in();
    fs::copy(world.path("acme.toml"), world.path("other.toml")).unwrap();
    let outcome = world
        .run("token")
        .with("--provider", "./other.toml")
        .finish();
    outcome.ends(LOCAL).prints_nothing().says("--token-file");
    outcome.left_the_token_alone().asked_for_a_token(1);
}

#[test]
fn a_wrong_value_is_a_wrong_option() {
    let world = World::like_strava();
    world.is_logged_in();
    for (option, value) in [
        ("--format", "xml"),
        ("--min-ttl", "soon"),
        ("--min-ttl", "-1s"),
        ("--nonsense", "x"),
    ] {
        let outcome = world.run("token").with(option, value).finish();
        outcome.ends(USAGE).prints_nothing();
    }
}
