//! How long a stored token lives: whatever the file says, whatever the clock and the time zone say.

use serde_json::{Value, json};

use crate::support::*;

/// Rewrites the stored token so that it has this many seconds left.
pub fn lives_for(world: &World, seconds: i64) {
    let expires_at = now().saturating_add_signed(seconds);
    world.edits_token(|token| token["expires_at"] = expires_at.into());
}

/// How many refreshes it takes to have a token if the file says this.
#[track_caller]
fn refreshes_when(world: &World, expires_at: Value) -> usize {
    let before = world.server.refreshes();
    world.edits_token(|token| token["expires_at"] = expires_at);
    world.run("token").finish().ends(OK).prints_the_token();
    world.server.refreshes() - before
}

#[test]
fn a_time_is_understood_as_people_and_programs_write_it() {
    let world = World::like_strava();
    world.is_logged_in();
    let (soon, past) = (now() + 7200, 1_500_000_000_u64);
    for (valid, expired) in [
        (json!(soon), json!(past)),
        (json!(soon.to_string()), json!(past.to_string())),
        (json!(soon as f64 + 0.5), json!(past as f64 + 0.5)),
        (json!(format!("{soon}.5")), json!(format!("{past}.5"))),
    ] {
        assert_eq!(refreshes_when(&world, valid.clone()), 0, "{valid}");
        assert_eq!(refreshes_when(&world, expired.clone()), 1, "{expired}");
    }
}

#[test]
fn a_time_before_1970_is_long_ago() {
    let world = World::like_strava();
    world.is_logged_in();
    for past in [
        json!(0),
        json!(-1),
        json!(-1e300),
        json!(i64::MIN),
        json!("-1"),
    ] {
        assert_eq!(refreshes_when(&world, past.clone()), 1, "{past}");
    }
}

#[test]
fn a_time_beyond_all_counting_does_no_harm() {
    let world = World::like_strava();
    world.is_logged_in();
    for far in [json!(u64::MAX), json!(1e300), json!(4_000_000_000_u64)] {
        assert_eq!(refreshes_when(&world, far.clone()), 0, "{far}");
    }
}

#[test]
fn a_life_beyond_all_counting_is_a_long_one() {
    let world = World::standard();
    let edit = |token: &mut serde_json::Value| {
        token.as_object_mut().unwrap().remove("expires_at");
        token["expires_in"] = json!(1e300);
    };
    world.server.answers(Answer::edited(edit));
    world.is_logged_in();
    world.run("token").finish().ends(OK).after_refreshes(0);
}

#[test]
fn what_is_no_time_is_past() {
    let world = World::like_strava();
    world.is_logged_in();
    for nonsense in [
        json!("soon"),
        json!("2026-11-21T10:00:00Z"),
        json!("inf"),
        json!([]),
        json!(true),
    ] {
        assert_eq!(refreshes_when(&world, nonsense.clone()), 1, "{nonsense}");
    }
}

#[test]
fn a_time_in_milliseconds_is_a_time() {
    let world = World::like_strava();
    world.is_logged_in();
    for (seconds, refreshes) in [(7200, 0), (-7200, 1)] {
        let milliseconds = (now() as i64 + seconds) * 1000;
        assert_eq!(refreshes_when(&world, milliseconds.into()), refreshes);
    }
}

#[test]
fn a_life_that_nobody_told_is_tried() {
    let world = World::like_strava();
    world.is_logged_in();
    assert_eq!(refreshes_when(&world, Value::Null), 0);
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("expires_at")));
    let outcome = world.run("token").with("--min-ttl", "5h").finish();
    outcome.ends(OK).asked_for_a_token(1);
}

#[test]
fn a_life_longer_than_the_provider_grants_is_not_believed() {
    let world = World::like_strava();
    world.provider_has("max_access_token_lifetime", "21600");
    world.is_logged_in();
    world.run("token").finish().ends(OK).asked_for_a_token(1);
    let (day, later) = (now() + 21600 + 86400, 4_000_000_000_u64);
    // From a clock that was wrong.
    for far in [day, later, later * 1000, u64::MAX] {
        assert_eq!(refreshes_when(&world, far.into()), 1, "{far}");
        let settled = world.run("token").finish();
        settled.ends(OK).left_the_token_alone();
    }
}

#[test]
fn a_token_that_dies_within_the_minute_is_refreshed_first() {
    let world = World::like_strava();
    world.is_logged_in();
    lives_for(&world, 30);
    world.run("token").finish().ends(OK);
    assert_eq!(world.server.refreshes(), 1);
    lives_for(&world, 600);
    let outcome = world.run("token").finish();
    outcome.ends(OK).left_the_token_alone();
}

#[test]
fn a_margin_of_the_persons_own_is_kept() {
    let world = World::like_strava();
    world.is_logged_in();
    for command in ["token", "login", "whoami"] {
        let before = world.server.refreshes();
        lives_for(&world, 2000);
        for enough in ["0", "90", "5m", "30m"] {
            let outcome = world.run(command).with("--min-ttl", enough).finish();
            outcome.ends(OK).left_the_token_alone();
        }
        let more = world.run(command).with("--min-ttl", "1h 30m").finish();
        more.ends(OK).opened_nothing();
        assert_eq!(world.server.refreshes(), before + 1, "{command}");
    }
}

#[test]
fn a_provider_that_repeats_its_token_is_asked_once() {
    let world = World::like_strava();
    world.server.rules(|rules| {
        rules.token_life = 7200;
        rules.same_access_token = true;
    });
    world.is_logged_in();
    let before = world.server.current_access_token();
    let outcome = world.run("token").with("--min-ttl", "5h").finish();
    outcome
        .ends(OK)
        .says("loopin: warning: ")
        .prints_the_token();
    assert_eq!(world.server.current_access_token(), before);
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn the_time_zone_has_no_say() {
    let world = World::like_strava();
    world.is_logged_in();
    for zone in [
        "Foo",
        "Europe/Tallinn",
        "ABC-24",
        "ABC+24",
        "EET-2EEST",
        ":/etc/passwd",
        "",
    ] {
        lives_for(&world, 9 * 60 + 25);
        let token = world.run("token").env("TZ", zone).finish();
        token.ends(OK).left_the_token_alone();
        let status = world.run("status").env("TZ", zone).finish();
        status.ends(OK);
        assert!(status.stdout.contains("in 9 min"), "{}", status.stdout);
    }
    assert_eq!(world.server.refreshes(), 0);
}

#[test]
fn a_life_longer_than_the_longest_that_is_known_is_cut_and_not_refreshed_again_and_again() {
    let world = World::like_strava();
    world.provider_has("max_access_token_lifetime", "3600");
    world.has_expired_token();
    for _ in 0..3 {
        world.run("token").finish().ends(OK).after_refreshes(1);
    }
}
