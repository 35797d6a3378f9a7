//! A provider that cannot answer now, or says nothing at all.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::herd::LOCK;
use crate::refresh::refreshing;
use crate::refused_refreshes::ends_with;
use crate::support::*;

fn limited(retry_after: &str) -> Answer {
    let limit = json!({ "message": "Too Many Requests", "errors": "Rate Limit Exceeded" });
    Answer::json(429, &limit).and_header("Retry-After", retry_after)
}

#[test]
fn a_short_wait_that_the_provider_asks_for_is_waited_once() {
    let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3));
    let unavailable = Answer::typed(503, "text/html", "<html>").and_header("Retry-After", "1");
    for answer in [limited("1"), limited("0"), limited(&soon), unavailable] {
        let world = World::like_strava();
        world.has_expired_token();
        world.server.answers_each([answer]);
        let outcome = world.run("token").finish();
        outcome.ends(OK).after_refreshes(2).prints_the_token();
    }
}

#[test]
fn a_second_wait_is_not_waited() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers(limited("0"));
    let outcome = world.run("token").finish();
    outcome.ends(TEMPORARY).after_refreshes(2).prints_nothing();
    outcome.left_the_token_alone();
}

#[test]
fn a_long_wait_is_named_and_left_to_the_caller() {
    let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(900));
    for when in ["900", &later] {
        let said = ends_with(TEMPORARY, limited(when));
        let named = said.contains("in 15 min") || said.contains("in 14 min");
        assert!(named, "{said}");
        assert!(!said.contains("Rate Limit"), "the body is quoted: {said}");
    }
    for absurd in ["1000000000", "99999999999999999999"] {
        let said = ends_with(TEMPORARY, limited(absurd));
        assert!(said.contains("run it again later"), "{said}");
    }
}

#[test]
fn a_wait_of_unknown_length_is_left_to_the_caller_too() {
    let limit = json!({ "message": "Too Many Requests", "errors": "Rate Limit Exceeded" });
    ends_with(TEMPORARY, Answer::json(429, &limit));
    for odd in ["soon", "-1", "1.5", "Mon, 99 Foo 2026 00:00:00 GMT"] {
        ends_with(TEMPORARY, limited(odd));
    }
}

#[test]
fn a_server_in_trouble_is_a_reason_to_try_later_and_is_not_believed_about_the_grant() {
    for status in [408, 425, 500, 502, 503, 504] {
        let page = "<html><h1>mark-page</h1></html>";
        let said = ends_with(TEMPORARY, Answer::typed(status, "text/html", page));
        assert!(!said.contains("mark-page"), "{said}");
        let body = json!({ "error": "invalid_grant" });
        ends_with(TEMPORARY, Answer::json(status, &body));
    }
}

#[test]
fn every_command_that_needs_a_new_token_says_that_it_must_wait() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers(Answer::typed(503, "text/plain", ""));
    for command in refreshing(&world) {
        let outcome = command.finish();
        outcome.ends(TEMPORARY).opened_nothing();
        outcome.left_the_token_alone();
    }
}

/// A port that is taken, and nobody listens on it, as long as the two are kept.
fn nobodys_port() -> (TcpListener, TcpStream) {
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(somebody.local_addr().unwrap()).unwrap();
    (somebody, taken)
}

#[test]
fn a_token_that_has_not_expired_is_served_while_the_provider_cannot_give_a_longer_one() {
    let (_somebody, taken) = nobodys_port();
    let nobody = format!("\"http://{}/oauth/token\"", taken.local_addr().unwrap());
    let trouble = [500, 503, 429].map(|status| Some(Answer::typed(status, "text/plain", "")));
    for answer in trouble.into_iter().chain([None]) {
        let world = World::like_strava();
        world.is_logged_in();
        world.token_is_good_for(7200);
        match answer {
            Some(answer) => world.server.answers(answer),
            None => world.provider_has("token_endpoint", &nobody),
        }
        let token = world.run("token").with("--min-ttl", "5h").finish();
        token.ends(OK).says("loopin: warning: ").prints_the_token();
        let login = world.login().with("--min-ttl", "5h").finish();
        login.ends(OK).says("loopin: warning: ").opened_nothing();
        let refresh = world.run("refresh").finish();
        refresh.ends(TEMPORARY).left_the_token_alone();
    }
}

#[test]
fn a_server_that_is_not_there_was_sent_nothing() {
    let (_somebody, taken) = nobodys_port();
    let nobody = format!("\"http://{}/oauth/token\"", taken.local_addr().unwrap());
    for endpoint in [&nobody, "\"https://nowhere.invalid/oauth/token\""] {
        let world = World::like_strava();
        world.has_expired_token();
        world.provider_has("token_endpoint", endpoint);
        for command in refreshing(&world) {
            let outcome = command.finish();
            outcome.ends(TEMPORARY).opened_nothing();
            outcome.left_the_token_alone().after_refreshes(0);
        }
        let there = world.server.url("/oauth/token");
        world.provider_has("token_endpoint", &format!("{there:?}"));
        world.run("token").finish().ends(OK).prints_the_token();
    }
}

#[test]
fn a_refresh_without_an_answer_is_not_repeated_in_the_same_run() {
    for answer in [Answer::Silence, Answer::Lost, Answer::Cut, Answer::Never] {
        let said = ends_with(TEMPORARY, answer);
        assert!(said.contains("may be"), "what is lost is said: {said}");
    }
}

#[test]
fn whoever_waits_for_one_that_has_no_answer_is_not_kept_for_ever() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers(Answer::Never);
    let first = world.run("token").start();
    eventually("a request", || world.server.refreshes() == 1);
    let second = world.run("refresh").start();
    second.wait_until_it_has_open(LOCK);
    for one in [first.end(), second.end()] {
        one.ends(TEMPORARY).prints_nothing().left_the_token_alone();
    }
    assert!(world.server.refreshes() <= 2);
}

#[test]
fn the_next_run_finds_out_that_a_grant_without_an_answer_still_lives() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers_each([Answer::Silence]);
    world.run("token").finish().ends(TEMPORARY);
    let next = world.run("token").finish();
    next.ends(OK).after_refreshes(2).prints_the_token();
}

#[test]
fn the_next_run_finds_out_that_a_grant_without_an_answer_is_dead() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers_each([Answer::Lost]);
    world.run("token").finish().ends(TEMPORARY);
    let next = world.run("token").finish();
    next.ends(LOGIN).after_refreshes(2).left_the_token_alone();
    next.says("loopin login");
    assert_eq!(world.server.reused(), 1);
    world.login().approved().ends(OK).after_refreshes(3);
}
