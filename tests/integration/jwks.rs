//! The keys of an OpenID provider, which are looked at before the code is spent.

use serde_json::{Value, json};

use crate::openid::login_ends;
use crate::support::*;
use crate::trust::Trap;

/// A login whose code is still good, for the keys are not to be had.
#[track_caller]
fn ends_before_the_code_is_spent(code: i32, answer: Answer) {
    let world = World::of_an_issuer();
    world.server.answers_for_keys(answer);
    let (page, outcome) = world.login().approved_with_page();
    outcome
        .ends(code)
        .asked_for_a_token(0)
        .left_the_token_alone();
    page.shows_no("You are logged in");
}

/// The provider publishes these beside its own key.
#[track_caller]
fn login_ends_beside(code: i32, others: impl Fn(&World) -> Vec<Value>) {
    login_ends(code, |world| {
        let keys = [others(world), vec![world.server.key().jwk]].concat();
        let keys = json!({ "keys": keys });
        world.server.answers_for_keys(Answer::json(200, &keys));
    });
}

/// The provider's own key is published like this.
#[track_caller]
fn is_refused_when(edit: impl FnOnce(&mut Value)) {
    login_ends(PROVIDER, |world| {
        let mut key = world.server.key();
        edit(&mut key.jwk);
        world.server.publishes([&key]);
    });
}

#[test]
fn keys_that_cannot_be_had_now_are_a_reason_to_try_later() {
    for answer in [
        Answer::typed(503, "text/html", "<h1>mark-page</h1>"),
        Answer::typed(429, "text/plain", ""),
        Answer::Silence,
    ] {
        ends_before_the_code_is_spent(TEMPORARY, answer);
    }
}

#[test]
fn keys_that_are_none_are_the_providers_fault() {
    let many = format!("{{\"keys\":[{}null]}}", "null,".repeat(1_000_000));
    for answer in [
        Answer::typed(404, "text/html", "<h1>?</h1>"),
        Answer::typed(200, "text/html", "<h1>?</h1>"),
        Answer::typed(200, "application/json", ""),
        Answer::typed(200, "application/json", "[]"),
        Answer::typed(200, "application/json", "{\"keys\":{}}"),
        Answer::typed(200, "application/json", many),
        Answer::Endless,
    ] {
        ends_before_the_code_is_spent(PROVIDER, answer);
    }
}

#[test]
fn nobody_is_led_elsewhere_for_keys() {
    let trap = Trap::set();
    for status in [301, 302, 307, 308] {
        let elsewhere = Answer::redirect(status, &trap.url("/jwks"));
        ends_before_the_code_is_spent(PROVIDER, elsewhere);
    }
    trap.is_untouched();
}

#[test]
fn keys_that_nobody_understands_stand_beside_the_right_one() {
    login_ends_beside(OK, |_| {
        vec![
            json!({ "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "future" }),
            json!({ "kty": "EC", "crv": "secp256k1", "x": "AAAA", "y": "AAAA", "kid": "odd" }),
            json!({ "kty": "RSA", "n": "!", "e": "AQAB", "kid": "broken" }),
            json!({ "kty": "RSA", "kid": "empty" }),
            json!({ "kid": 7 }),
            json!(null),
        ]
    });
}

#[test]
fn a_signature_without_the_name_of_its_key_is_tried_with_thirty_two_keys() {
    for (others, code) in [(31, OK), (32, PROVIDER)] {
        login_ends_beside(code, |world| {
            world.server.heads_id_tokens(without("kid"));
            let mut other = world.server.key().jwk;
            other["x"] = other["y"].clone();
            vec![other; others]
        });
    }
}

#[test]
fn a_key_for_something_else_verifies_nothing() {
    is_refused_when(|jwk| jwk["use"] = "enc".into());
    is_refused_when(|jwk| jwk["alg"] = "ES384".into());
    is_refused_when(|jwk| jwk["key_ops"] = json!(["deriveKey"]));
}

#[test]
fn a_key_of_another_name_verifies_nothing() {
    is_refused_when(|jwk| jwk["kid"] = "second".into());
}

#[test]
fn a_key_that_says_little_of_itself_will_do() {
    login_ends(OK, |world| {
        let mut key = world.server.key();
        without("use")(&mut key.jwk);
        without("alg")(&mut key.jwk);
        world.server.publishes([&key]);
    });
}

#[test]
fn no_keys_verify_nothing() {
    login_ends(PROVIDER, |world| world.server.publishes([]));
}

#[test]
fn a_secret_that_is_published_signs_nothing() {
    let secret = json!({ "kty": "oct", "k": encoded("everybody"), "kid": "oct", "alg": "HS256" });
    login_ends(PROVIDER, |world| {
        let keys = json!({ "keys": [secret] });
        world.server.answers_for_keys(Answer::json(200, &keys));
        world.server.heads_id_tokens(|header| {
            header["alg"] = "HS256".into();
            header["kid"] = "oct".into();
        });
        world.server.spoils_id_tokens(|token| {
            let signed = token.rsplit_once('.').unwrap().0;
            format!(
                "{signed}.{}",
                sign_with_secret(signed.as_bytes(), b"everybody")
            )
        });
    });
}

#[test]
fn keys_are_asked_for_once_a_login_and_once_a_refresh() {
    let world = World::of_an_issuer();
    world.is_logged_in();
    assert_eq!(world.server.asked_for_keys(), 1);
    world.run("token").finish().ends(OK).prints_the_token();
    assert_eq!(world.server.asked_for_keys(), 1);
    world.run("refresh").finish().ends(OK);
    assert_eq!(world.server.asked_for_keys(), 2);
}

#[test]
fn keys_that_could_not_be_had_while_the_person_was_away_are_asked_for_again() {
    let world = World::of_an_issuer();
    world.server.answers_for_keys_each([Answer::Silence]);
    world.login().approved().ends(OK).asked_for_a_token(1);
    assert_eq!(world.server.asked_for_keys(), 2);
}

#[test]
fn a_key_that_nobody_knows_is_looked_for_once_more() {
    let world = World::of_an_issuer();
    world
        .server
        .heads_id_tokens(|header| header["kid"] = "unknown".into());
    world.login().approved().ends(PROVIDER).says("id_token");
    assert_eq!(world.server.asked_for_keys(), 2);
}

#[test]
fn keys_that_nobody_verifies_anything_with_are_not_asked_for() {
    let world = World::of_an_issuer();
    let login = world.login().with("--scope", "profile offline_access");
    login.approved().ends(OK).has_token("/account/id", "u-1");
    world.run("refresh").finish().ends(OK);
    assert_eq!(world.server.asked_for_keys(), 0);
}

#[test]
fn no_refresh_token_is_spent_before_the_keys_are_there() {
    let world = World::of_an_issuer();
    world.has_expired_token();
    world.server.answers_for_keys(Answer::Silence);
    let token = world.run("token").finish();
    token.ends(TEMPORARY).prints_nothing().after_refreshes(0);
    token.left_the_token_alone();
}

#[test]
fn a_key_that_cannot_be_had_any_more_costs_no_refresh_token_but_its_claims_are_not_believed() {
    let world = World::of_an_issuer();
    world.is_logged_in();
    world
        .server
        .claims_at_refresh(|claims| claims["sub"] = "u-2".into());
    world
        .server
        .heads_id_tokens(|header| header["kid"] = "unknown".into());
    let keys = [Answer::Genuine, Answer::Silence];
    world.server.answers_for_keys_each(keys);
    let outcome = world.run("refresh").finish();
    outcome.ends(OK).has_token("/account/id", "u-1");
    outcome.has_token("/access_token", &world.server.current_access_token());
}
