//! Provider files that tell how id_tokens are to be verified, or do not, without asking an issuer.

use crate::support::*;

/// A provider file with endpoints and keys of its own, and this issuer.
fn world(issuer: &str) -> World {
    let world = World::of_an_issuer();
    for (key, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("jwks_uri", "/jwks"),
    ] {
        world.provider_has(key, &format!("{:?}", world.server.url(path)));
    }
    world.provider_has("issuer", &format!("{issuer:?}"));
    world.provider_has("scopes", "[\"openid\"]");
    world
        .server
        .says_of_itself(without("authorization_response_iss_parameter_supported"));
    world
}

/// An id_token of this issuer comes, and says so.
#[track_caller]
fn login_ends(world: &World, code: i32, iss: &'static str, tid: &'static str) {
    world.server.claims(move |claims| {
        claims["iss"] = iss.into();
        claims["tid"] = tid.into();
    });
    let login = world.login().with("--provider", "./acme.toml");
    let outcome = login.approved();
    outcome.ends(code).asked_for_a_token(1);
    if code == OK {
        outcome.has_token("/account/id", "u-1");
    } else {
        outcome.says("id_token").left_the_token_alone();
    }
    assert!(world.server.was_asked_about_itself().is_empty());
}

#[test]
fn a_file_that_names_all_there_is_needs_no_metadata() {
    let issuer = "https://login.example";
    login_ends(&world(issuer), OK, issuer, "");
    login_ends(&world(issuer), PROVIDER, "https://login.example/", "");
}

#[test]
fn an_issuer_with_a_claim_in_it_is_as_many_as_there_are_tenants() {
    let template = "https://login.example/{tid}/v2.0";
    for (code, iss, tid) in [
        (OK, "https://login.example/a-b/v2.0", "a-b"),
        (PROVIDER, "https://login.example/a-b/v2.0", "c-d"),
        (PROVIDER, "https://login.example/a-b/v1.0", "a-b"),
        (PROVIDER, "https://evil.example/a-b/v2.0", "a-b"),
        (PROVIDER, "https://login.example/a/b/v2.0", "a/b"),
        (PROVIDER, "https://login.example//v2.0", ""),
        (PROVIDER, "https://login.example/{tid}/v2.0", "{tid}"),
    ] {
        login_ends(&world(template), code, iss, tid);
    }
}

#[test]
fn a_refresh_verifies_as_a_login_does() {
    let issuer = "https://login.example";
    let world = world(issuer);
    login_ends(&world, OK, issuer, "");
    world.server.claims_at_refresh(|_| {});
    let refresh = || world.run("refresh").with("--provider", "./acme.toml");
    refresh().finish().ends(OK).after_refreshes(1);
    world
        .server
        .spoils_id_tokens(|token| with_another_signature(&token));
    let refused = refresh().finish();
    refused
        .ends(PROVIDER)
        .says("id_token")
        .left_the_token_alone();
}

#[test]
fn a_file_without_keys_knows_of_no_id_tokens() {
    let world = World::standard();
    world.provider_has("scopes", "[\"openid\", \"profile\"]");
    world.server.answers(Answer::edited(|token| {
        token["id_token"] = "not.a.token".into()
    }));
    let login = world.login().start();
    let person = login.person();
    assert_eq!(person.parameter("nonce"), "");
    person.approve();
    login.finish().ends(OK).has_token("/account/id", "u-1");
    assert_eq!(world.server.userinfo_requests(), 1);
}

#[test]
fn keys_without_an_issuer_are_a_file_that_is_wrong() {
    let world = World::standard();
    let jwks = format!("{:?}", world.server.url("/jwks"));
    world.provider_has("jwks_uri", &jwks);
    world.provider_has("scopes", "[\"openid\"]");
    world
        .login()
        .finish()
        .ends(USAGE)
        .says("issuer")
        .opened_nothing();
}
