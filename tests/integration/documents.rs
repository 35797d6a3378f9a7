//! An issuer's two documents: which of them is believed, and what one of them may lack.

use std::io::Write;
use std::net::TcpListener;
use std::thread;

use serde_json::Value;

use crate::support::*;

/// What OAuth's address has is that of another issuer.
fn world_with_another_first() -> World {
    let world = World::of_an_issuer();
    let theirs = |metadata: &mut Value| metadata["issuer"] = "https://other.example".into();
    world.server.answers_at(RFC_8414, Answer::edited(theirs));
    world
}

#[test]
fn a_document_of_somebody_else_does_not_hide_the_right_one() {
    let world = world_with_another_first();
    let outcome = world.login().approved();
    outcome.ends(OK).has_token("/account/id", "u-1");
    let asked = world.server.was_asked_about_itself();
    assert_eq!(asked, [RFC_8414, OPENID]);
}

#[test]
fn somebody_else_is_named_only_where_nobody_is_the_right_one() {
    let world = world_with_another_first();
    world.server.says_of_itself(without("token_endpoint"));
    let unusable = world.login().finish();
    unusable.ends(PROVIDER).says("token_endpoint");
    unusable.never_says("other.example").opened_nothing();
    world
        .server
        .answers_at(OPENID, Answer::typed(404, "text/html", ""));
    let none = world.login().finish();
    none.ends(PROVIDER).opened_nothing();
    none.says("another issuer, https://other.example\n");
}

#[test]
fn what_signs_for_people_is_worth_trying_later_for() {
    for answer in [Answer::Silence, Answer::typed(503, "text/html", "")] {
        let world = World::of_an_issuer();
        let keyless = Answer::edited(without("jwks_uri"));
        world.server.answers_at(RFC_8414, keyless);
        world.server.answers_at(OPENID, answer);
        let outcome = world.login().finish();
        outcome
            .ends(TEMPORARY)
            .opened_nothing()
            .asked_for_a_token(0);
        assert_eq!(world.server.was_asked_about_itself(), [RFC_8414, OPENID]);
    }
}

#[test]
fn a_server_that_is_ill_at_the_one_address_may_be_well_at_the_other() {
    for answer in [500, 501, 503] {
        let world = World::of_an_issuer();
        let ill = Answer::typed(answer, "text/html", "");
        world.server.answers_at(RFC_8414, ill);
        world.server.answers_at(OPENID, Answer::Genuine);
        world
            .login()
            .approved()
            .ends(OK)
            .has_token("/account/id", "u-1");
    }
}

#[test]
fn the_second_document_is_read_where_the_first_names_no_keys() {
    let world = World::of_an_issuer();
    let poor = Answer::edited(|metadata| {
        for name in [
            "jwks_uri",
            "scopes_supported",
            "id_token_signing_alg_values_supported",
        ] {
            metadata.as_object_mut().unwrap().remove(name);
        }
    });
    world.server.answers_at(RFC_8414, poor);
    world.server.answers_at(OPENID, Answer::Genuine);
    let login = world.login().with("--scope", "openid");
    login.approved().ends(OK).has_token("/account/id", "u-1");
}

#[test]
fn nobody_is_asked_who_they_are_where_that_could_not_be_verified() {
    let world = World::of_an_issuer();
    world.server.says_of_itself(without("jwks_uri"));
    let outcome = world.login().with("--scope", "openid").finish();
    outcome.ends(USAGE).says("jwks_uri").opened_nothing();
}

#[test]
fn one_who_stands_for_many_issuers_is_told_as_such() {
    let world = World::of_an_issuer_at("/common/v2.0");
    let many = world.server.url("/{tid}/v2.0");
    world
        .server
        .says_of_itself(|metadata| metadata["issuer"] = many.clone().into());
    let outcome = world.login().finish();
    outcome.ends(PROVIDER).opened_nothing();
    outcome.says(&format!("that of many issuers, {many}: name one"));
    outcome.never_says("another issuer");
}

#[test]
fn a_server_without_tls_is_told_as_such() {
    let world = World::standard();
    world.writes("authority.pem", Authority::new().pem());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("https://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    });
    let login = world.login().with("--provider", &issuer);
    let outcome = login.env("SSL_CERT_FILE", "authority.pem").finish();
    outcome.ends(PROVIDER).says("it does not speak TLS");
    outcome.opened_nothing();
}
