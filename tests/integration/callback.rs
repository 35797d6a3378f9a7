//! What the query of a redirect may say, and what is believed of it.

use crate::support::*;

#[test]
fn what_browsers_ask_for_besides_is_not_found_and_changes_nothing() {
    let world = World::like_strava();
    let login = world.login().start();
    for target in ["/favicon.ico", "/", "/robots.txt", "/apple-touch-icon.png"] {
        let page = login.person().get(target);
        assert_eq!(page.status(), 404, "{target}");
        page.shows_no("Acme")
            .shows_no("token")
            .shows_no("127.0.0.1");
    }
    login.still_logs_in();
}

#[test]
fn a_wrong_state_is_ignored_however_often_it_comes() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let forged = person.approval().without("state").with("state", "guess");
    for _ in 0..100 {
        assert_eq!(person.go(&forged).status(), 400);
    }
    person.approve();
    let outcome = login.finish();
    outcome.ends(OK).asked_for_a_token(1);
    assert_eq!(
        outcome
            .stderr
            .matches("is not the answer was ignored")
            .count(),
        1
    );
}

#[test]
fn a_missing_empty_or_repeated_state_is_ignored() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let right = person.approval();
    let without = right.clone().without("state");
    let state = &person.asked.state;
    for query in [
        without.clone(),
        without.clone().with("state", ""),
        right.clone().with("state", state),
        right.clone().with("state", "other"),
        without.clone().with("state", "other").with("state", state),
        without.clone().with("State", state),
        without.with("state", &state[1..]),
    ] {
        assert_eq!(person.go(&query).status(), 400, "{}", query.target());
    }
    login.still_logs_in();
}

#[test]
fn an_error_without_the_right_state_aborts_nothing() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let nothing = person.back().without("state");
    for (error, state) in [("access_denied", None), ("server_error", Some("guess"))] {
        let forged = nothing.clone().with("error", error);
        let forged = match state {
            Some(state) => forged.with("state", state),
            None => forged,
        };
        assert_eq!(person.go(&forged).status(), 400);
    }
    login.still_logs_in();
}

/// RFC 7636 §1: what PKCE is there for.
#[test]
fn the_code_of_another_login_is_of_no_use() {
    let world = World::like_strava();
    world.is_logged_in();
    world
        .server
        .rules(|rules| rules.expects_injected_codes = true);
    let login = world.login().flag("--force").start();
    let other = world.login().with("--token-file", "other.json").start();
    let theirs = other.person().approval();
    let own = login.person();
    let page = own.go(&own.back().with("code", theirs.code()));
    page.shows("The login failed");
    login.end().ends(LOGIN).left_the_token_alone();
    other.person().go(&theirs);
    other.finish().ends(OK).asked_for_a_token(3);
}

#[test]
fn a_person_who_refuses_is_believed() {
    let world = World::like_strava();
    let login = world.login().start();
    let page = login.person().refuse();
    page.shows("You were not logged in");
    let outcome = login.finish();
    outcome
        .ends(DENIED)
        .asked_for_a_token(0)
        .left_the_token_alone();
}

#[test]
fn a_refusal_leaves_the_old_token_as_it_was() {
    let world = World::like_strava();
    world.is_logged_in();
    let login = world.login().flag("--force").start();
    login.person().refuse();
    login.finish().ends(DENIED).left_the_token_alone();
}

#[test]
fn a_server_in_trouble_is_a_reason_to_try_later() {
    for error in ["server_error", "temporarily_unavailable"] {
        let world = World::like_strava();
        let login = world.login().start();
        login.person().is_told(error);
        let outcome = login.finish();
        outcome.ends(TEMPORARY).says(error).asked_for_a_token(0);
    }
}

#[test]
fn an_error_that_only_a_setting_can_mend_is_the_providers() {
    for error in [
        "invalid_scope",
        "unauthorized_client",
        "invalid_request",
        "unsupported_response_type",
    ] {
        let world = World::like_strava();
        let login = world.login().start();
        login.person().is_told(error);
        let outcome = login.finish();
        outcome.ends(PROVIDER).says(error).asked_for_a_token(0);
    }
}

#[test]
fn an_answer_that_is_two_answers_is_ignored() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let right = person.approval();
    for twisted in [
        right.clone().with("error", "access_denied"),
        right.clone().with("code", "another"),
        right.clone().without("code").with("code", ""),
        right.clone().without("code"),
        person.back().with("error", ""),
        person.back().with("error", "a").with("error", "b"),
    ] {
        assert_eq!(person.go(&twisted).status(), 400, "{}", twisted.target());
    }
    login.still_logs_in();
}

#[test]
fn a_code_with_control_characters_is_ignored() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    for odd in ["a\0b", "a\r\nb", "\u{7f}"] {
        assert_eq!(person.go(&person.back().with("code", odd)).status(), 400);
    }
    login.still_logs_in();
}

#[test]
fn a_very_long_code_is_a_code() {
    let world = World::like_strava();
    world
        .server
        .rules(|rules| rules.code_suffix = "x".repeat(10_000));
    world.login().start().still_logs_in();
}

#[test]
fn unknown_parameters_are_ignored() {
    let world = World::like_strava();
    let login = world.login().start();
    let answer = login.person().approval();
    let answer = answer.with("session_state", "x").with("foo", "bar");
    assert_eq!(login.person().go(&answer).status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_query_that_is_escaped_more_than_needed_means_the_same() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target().replace('-', "%2d");
    assert_eq!(person.get(&target).status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn an_answer_in_the_fragment_is_no_answer() {
    let world = World::like_strava();
    let login = world.login().start();
    // A browser keeps the fragment to itself: the listener sees the bare path.
    assert_eq!(login.person().get("/authorization").status(), 400);
    login.still_logs_in();
}

#[test]
fn a_token_in_the_redirect_is_none() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let implicit = person.back().with("access_token", "from-the-redirect");
    let page = person.go(&implicit.with("token_type", "bearer"));
    assert_eq!(page.status(), 400);
    login.still_logs_in();
}

#[test]
fn what_an_error_brings_along_is_not_shown() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let control = "\u{1b}[31m\r\nloopin: error: no";
    let answer = person
        .back()
        .with("error", "<script>alert(1)</script>\u{202e}");
    let answer = answer.with("error_description", control);
    let page = person.go(&answer.with("error_uri", "javascript:alert(1)"));
    page.shows_no("alert")
        .shows_no("\u{1b}")
        .shows_no("javascript:");
    login.finish().ends(PROVIDER).never_says("alert");
}
