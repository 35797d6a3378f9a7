//! id_tokens that come with a refresh: what is refused, and what is no reason to lose the new refresh token.

use serde_json::json;

use crate::support::*;

/// Logged in at a provider whose refreshes bring an id_token that is somebody else's.
fn world() -> World {
    let world = World::of_an_issuer();
    world.is_logged_in();
    world
        .server
        .claims_at_refresh(|claims| claims["sub"] = "u-2".into());
    world
}

/// It signs with another key than it published so far, and publishes the new one to nobody.
fn has_a_new_key(world: &World) {
    let old = world.server.key();
    world.server.signs_with(Key::es256().named("second"));
    world.server.publishes([&old]);
}

#[test]
fn a_key_that_cannot_be_fetched_any_more_costs_no_refresh_token() {
    for answer in [
        Answer::typed(500, "text/html", "<h1>mark-page</h1>"),
        Answer::typed(404, "text/html", "<h1>?</h1>"),
        Answer::Silence,
    ] {
        let world = world();
        has_a_new_key(&world);
        let old = world.token()["refresh_token"].clone();
        world
            .server
            .answers_for_keys_each([Answer::Genuine, answer]);
        let outcome = world.run("refresh").finish();
        outcome.ends(OK).after_refreshes(1).never_says("mark-page");
        outcome.has_token("/access_token", &world.server.current_access_token());
        outcome.has_token("/account/id", "u-1");
        outcome.has_token("/account/name", "Mari Maasikas");
        assert_ne!(outcome.token()["refresh_token"], old);
        assert!(!world.path("token.u-2.json").exists());
        assert_eq!(world.server.asked_for_keys(), 3);
    }
}

#[test]
fn a_refresh_token_that_was_kept_so_is_good_for_the_next_refresh() {
    let world = world();
    has_a_new_key(&world);
    world
        .server
        .answers_for_keys_each([Answer::Genuine, Answer::Silence]);
    world.run("refresh").finish().ends(OK).after_refreshes(1);
    world
        .server
        .claims_at_refresh(|claims| claims["sub"] = "u-1".into());
    world.server.publishes([&world.server.key()]);
    world.run("refresh").finish().ends(OK).after_refreshes(2);
    assert_eq!(world.server.reused(), 0);
}

#[test]
fn a_key_that_is_there_but_was_not_published_is_refused_all_the_same() {
    let world = world();
    has_a_new_key(&world);
    let outcome = world.run("refresh").finish();
    outcome.ends(PROVIDER).says("id_token").after_refreshes(1);
    outcome.left_the_token_alone();
}

#[test]
fn a_refusal_says_that_the_refresh_token_may_be_spent() {
    for (claim, odd) in [
        ("iss", json!("https://evil.example")),
        ("aud", json!("another-client")),
        ("exp", json!(now() - 3600)),
    ] {
        let world = world();
        world
            .server
            .claims_at_refresh(move |claims| claims[claim] = odd.clone());
        let outcome = world.run("refresh").finish();
        outcome.ends(PROVIDER).says("id_token").after_refreshes(1);
        outcome.says("the refresh token may be spent");
        outcome.left_the_token_alone();
    }
}

#[test]
fn a_login_that_is_refused_spends_no_refresh_token() {
    let world = World::of_an_issuer();
    world
        .server
        .claims(|claims| claims["aud"] = "another-client".into());
    let outcome = world.login().approved();
    outcome.ends(PROVIDER).says("id_token");
    outcome.never_says("may be spent").left_the_token_alone();
}
