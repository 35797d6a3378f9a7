//! `loopin status`: what is stored, for people and for programs, without asking anybody.

use serde_json::{Value, json};

use crate::life::lives_for;
use crate::support::*;
use crate::trust::Trap;

/// The line of the table that begins with this word.
#[track_caller]
fn line(outcome: &Outcome<'_>, word: &str) -> String {
    let lines = outcome.stdout.lines();
    let mut lines = lines.filter_map(|line| line.split_once(' '));
    let line = lines.find(|(first, _)| *first == word);
    let line = line.unwrap_or_else(|| panic!("no {word} in:\n{}", outcome.stdout));
    line.1.trim().to_owned()
}

fn as_json(world: &World) -> Value {
    let outcome = world.run("status").flag("--json").finish();
    outcome.ends(OK);
    serde_json::from_str(&outcome.stdout).unwrap()
}

#[test]
fn a_person_sees_what_is_stored() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = world.run("status").finish();
    outcome.ends(OK).asked_for_a_token(1);
    assert_eq!(line(&outcome, "provider"), "Acme");
    assert_eq!(line(&outcome, "account"), "Mari Maasikas (227615)");
    assert_eq!(line(&outcome, "scope"), "read activity:read_all");
    assert_eq!(line(&outcome, "file"), "token.json");
    assert!(!line(&outcome, "refresh").is_empty());
    assert!(!outcome.stdout.contains("missing"), "{}", outcome.stdout);
    world.edits_token(|token| token["provider"] = "strava".into());
    let outcome = world.run("status").finish();
    assert_eq!(line(outcome.ends(OK), "provider"), "Strava");
}

#[test]
fn a_life_is_told_in_words_that_people_use() {
    let world = World::like_strava();
    world.is_logged_in();
    for (seconds, words) in [
        (5 * 3600 + 12 * 60 + 25, "in 5 h 12 min ("),
        (7 * 60 + 25, "in 7 min ("),
    ] {
        lives_for(&world, seconds);
        let outcome = world.run("status").finish();
        let told = line(outcome.ends(OK), "expires");
        assert!(told.starts_with(words), "{told}");
    }
}

#[test]
fn a_life_that_is_over_is_told_in_words_that_people_use() {
    let world = World::like_strava();
    world.is_logged_in();
    for (seconds, words) in [
        (2 * 3600 + 3 * 60, "2 h 3 min ago ("),
        (7 * 60, "7 min ago ("),
    ] {
        lives_for(&world, -seconds);
        let outcome = world.run("status").finish();
        let told = line(outcome.ends(OK), "expired");
        assert!(told.starts_with(words), "{told}");
    }
}

#[test]
fn the_hour_is_the_one_on_the_persons_wall() {
    let world = World::like_strava();
    world.is_logged_in();
    let in_zone = |zone: &str| {
        let outcome = world.run("status").env("TZ", zone).finish();
        line(outcome.ends(OK), "expires")
    };
    // Noon of the first of July, and of the first of January, in 2100.
    for (noon, winter) in [(4_118_126_400_u64, false), (4_102_488_000, true)] {
        world.edits_token(|token| token["expires_at"] = noon.into());
        let tallinn = if winter { "14:00" } else { "15:00" };
        for (zone, hour) in [
            ("UTC0", "12:00"),
            ("Foo", "12:00"),
            ("ABC-5:30", "17:30"),
            ("EET-2EEST,M3.5.0/3,M10.5.0/4", tallinn),
            ("Europe/Tallinn", tallinn),
        ] {
            let told = in_zone(zone);
            assert!(told.contains(hour), "{zone}: {told} has no {hour}");
        }
    }
}

#[test]
fn a_scope_that_was_not_granted_is_told() {
    let world = World::like_strava();
    let login = world.login().start();
    login.person().approve_only(&["read"]);
    login.finish().ends(OK);
    let outcome = world.run("status").finish();
    let missing = line(outcome.ends(OK), "missing");
    assert!(missing.starts_with("activity:read_all"), "{missing}");
    assert_eq!(line(&outcome, "scope"), "read");
    assert_eq!(as_json(&world)["missing"], "activity:read_all");
}

#[test]
fn a_program_sees_the_same() {
    let world = World::like_strava();
    world.is_logged_in();
    let expires_at = now() + 7200;
    world.edits_token(|token| token["expires_at"] = expires_at.into());
    let mut told = as_json(&world);
    let left = told["expires_in"].take().as_u64().unwrap();
    assert!((6000..=7200).contains(&left), "{left}");
    let stored = world.token();
    let expected = json!({
        "provider": stored["provider"],
        "account": { "id": "227615", "name": "Mari Maasikas" },
        "scope": "read activity:read_all",
        "requested_scope": "read activity:read_all",
        "missing": "",
        "expires_at": expires_at,
        "expires_in": null,
        "valid": true,
        "refreshable": true,
        "token_file": "token.json",
    });
    assert_eq!(told, expected);
}

#[test]
fn a_token_that_can_be_refreshed_is_good_enough() {
    let world = World::like_strava();
    world.has_expired_token();
    let told = as_json(&world);
    assert_eq!(told["valid"], false);
    assert_eq!(told["refreshable"], true);
    assert!(told["expires_in"].as_i64().unwrap() <= 0, "{told}");
}

#[test]
fn what_nobody_told_is_not_made_up() {
    let world = World::like_strava();
    let access = format!("{}-0", world.marks.word(Secret::Access));
    world.writes("token.json", json!({ "access_token": access }).to_string());
    let told = as_json(&world);
    assert_eq!(told["valid"], true);
    assert_eq!(told["refreshable"], false);
    for unknown in ["account", "expires_at", "expires_in", "requested_scope"] {
        assert!(told[unknown].is_null(), "{unknown} in {told}");
    }
    let outcome = world.run("status").finish();
    let life = line(outcome.ends(OK), "expires");
    assert!(!life.contains("1970") && !life.contains('('), "{life}");
}

#[test]
fn a_token_that_nothing_can_save_needs_a_login() {
    let world = World::like_strava();
    world.has_expired_token();
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("refresh_token")));
    for status in [world.run("status"), world.run("status").flag("--json")] {
        let outcome = status.finish();
        outcome.ends(LOGIN).prints_nothing().says("loopin login");
        outcome.left_the_token_alone();
    }
}

#[test]
fn no_file_needs_a_login_too_and_a_broken_one_a_look() {
    let world = World::like_strava();
    for json in [false, true] {
        let status = |world| {
            let status = Loopin::new(world, "status");
            if json { status.flag("--json") } else { status }
        };
        let none = status(&world).with("--token-file", "none.json").finish();
        none.ends(LOGIN).prints_nothing().says("none.json");
        world.writes("broken.json", "{\"access_token\":");
        let broken = status(&world).with("--token-file", "broken.json").finish();
        broken.ends(LOCAL).prints_nothing().says("broken.json");
        assert_eq!(world.read("broken.json"), "{\"access_token\":");
    }
}

#[test]
fn a_time_beyond_all_counting_does_no_harm() {
    let world = World::like_strava();
    world.is_logged_in();
    for odd in [
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!("0.5"),
    ] {
        world.edits_token(|token| token["expires_at"] = odd);
        world.run("status").finish().ends(OK);
        as_json(&world);
    }
}

#[test]
fn nobody_is_asked() {
    let world = World::like_strava();
    world.is_logged_in();
    let trap = Trap::set();
    for endpoint in ["token_endpoint", "userinfo_endpoint", "revocation_endpoint"] {
        world.provider_has(endpoint, &format!("{:?}", trap.url("/")));
    }
    for _ in 0..2 {
        let before = world.snapshot();
        world.run("status").finish().ends(OK).left_the_token_alone();
        assert_eq!(world.snapshot(), before);
        world.token_is_expired();
    }
    trap.is_untouched();
}

#[test]
fn a_provider_that_is_gone_is_still_named() {
    let world = World::like_strava();
    world.is_logged_in();
    world.removes("acme.toml");
    world.removes("client_secrets.txt");
    let outcome = world.run("status").finish();
    let provider = line(outcome.ends(OK), "provider");
    assert!(provider.contains("acme"), "{provider}");
    assert_eq!(as_json(&world)["provider"], world.token()["provider"]);
}

#[test]
fn names_reach_the_terminal_without_their_control_characters() {
    let world = World::like_strava();
    world.is_logged_in();
    let hostile = "\u{1b}[2J\u{202e}x\r\nexpires   never\u{9b}31m";
    world.edits_token(|token| {
        token["account"] = json!({ "id": hostile, "name": hostile });
        token["scope"] = hostile.into();
    });
    let odd = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
    let programs = world.run("status").flag("--json").finish();
    assert_eq!(
        programs.stdout.chars().find(odd),
        None,
        "{programs:?}",
        programs = programs.stdout
    );
    let outcome = world.run("status").finish();
    outcome.ends(OK);
    let found = outcome.stdout.chars().find(odd);
    assert_eq!(found, None, "{:?}", outcome.stdout);
    let lives = outcome.stdout.lines().filter(|l| l.starts_with("expires"));
    assert_eq!(lives.count(), 1, "{}", outcome.stdout);
}

#[test]
fn no_secret_is_told() {
    let world = World::like_strava();
    world.is_logged_in();
    for status in [world.run("status"), world.run("status").flag("--json")] {
        let outcome = status.finish();
        world.marks.look_for_leaks("stdout", &outcome.stdout, &[]);
    }
}
