//! How long a refreshed token lives, in whatever way the server says it.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::support::*;

/// What is stored as `expires_at` when the server says this of the life of its token, less the time of the answer.
#[track_caller]
fn stored_life(said: Value) -> Option<u64> {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers(Answer::edited(move |token| {
        let members = token.as_object_mut().unwrap();
        members.retain(|name, _| !name.starts_with("expires"));
        members.extend(said.as_object().unwrap().clone());
    }));
    let received = now();
    world.run("token").finish().ends(OK).prints_the_token();
    let expires_at = world.token().get("expires_at")?.as_u64();
    Some(expires_at.expect("an integer").saturating_sub(received))
}

#[track_caller]
fn lives_an_hour(said: Value) {
    let life = stored_life(said).expect("a life");
    // Ten minutes for a slow machine; what could be confused with it is hours away.
    assert!((3000..4200).contains(&life), "{life}");
}

#[test]
fn an_hour_is_an_hour_in_every_notation() {
    lives_an_hour(json!({ "expires_in": 3600 }));
    lives_an_hour(json!({ "expires_in": "3600" }));
    lives_an_hour(json!({ "expires_in": 3600.0 }));
    lives_an_hour(json!({ "expires_at": now() + 3600 }));
    lives_an_hour(json!({ "expires_at": (now() + 3600).to_string() }));
    lives_an_hour(json!({ "expires_at": (now() + 3600) * 1000 }));
}

#[test]
fn the_time_of_the_answer_counts_more_than_the_servers_clock() {
    lives_an_hour(json!({ "expires_in": 3600, "expires_at": now() + 36_000 }));
    lives_an_hour(json!({ "expires_in": 3600, "expires_at": 5 }));
}

#[test]
fn a_life_that_nobody_told_is_not_made_up() {
    for nothing in [json!(null), json!(0), json!(-1), json!("0"), json!("soon")] {
        assert_eq!(stored_life(json!({ "expires_in": nothing })), None);
    }
    assert_eq!(stored_life(json!({})), None);
}

#[test]
fn a_life_without_measure_is_bounded_and_the_file_can_be_read_again() {
    for long in [
        json!(1e300),
        json!(9_223_372_036_854_775_808_u64),
        json!(u64::MAX),
    ] {
        let life = stored_life(json!({ "expires_in": long }));
        assert!(life.is_none_or(|life| life < 300_000_000_000), "{life:?}");
    }
}

#[test]
fn a_clock_that_differs_from_the_providers_is_worth_a_warning() {
    for (minutes, differs) in [(0, false), (4, false), (6, true), (600, true)] {
        let world = World::like_strava();
        world.has_expired_token();
        let access = format!("{}-x", world.marks.word(Secret::Access));
        let token = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 3600 });
        let there = SystemTime::now() - Duration::from_secs(minutes * 60);
        let answer = Answer::json(200, &token);
        let answer = answer.and_header("Date", &httpdate::fmt_http_date(there));
        world.server.answers(answer);
        let outcome = world.run("token").finish();
        outcome.ends(OK).prints(&format!("{access}\n"));
        assert_eq!(outcome.stderr.contains("loopin: warning: "), differs);
    }
}
