//! id_tokens that claim, or are, what they should not, beyond what `openid.rs` has.

use serde_json::{Value, json};

use crate::openid::login_ends;
use crate::support::*;
use crate::trust::Trap;

/// Every id_token claims this, and is refused.
#[track_caller]
fn is_refused(claims: impl Fn(&mut Value) + Send + Sync + 'static) {
    login_ends(PROVIDER, |world| world.server.claims(claims));
}

#[track_caller]
fn is_accepted(claims: impl Fn(&mut Value) + Send + Sync + 'static) {
    login_ends(OK, |world| world.server.claims(claims));
}

#[test]
fn an_audience_that_is_not_ours_alone_is_refused() {
    is_refused(|claims| {
        claims["aud"] = json!(["acme-client", "another-client"]);
        claims["azp"] = "acme-client".into();
    });
    for audience in [
        json!([]),
        json!(""),
        json!(7),
        json!({}),
        json!("ACME-CLIENT"),
    ] {
        is_refused(move |claims| claims["aud"] = audience.clone());
    }
}

#[test]
fn an_authorized_party_is_ours_or_nobodys() {
    is_accepted(|claims| claims["azp"] = "acme-client".into());
    for party in [json!("another-client"), json!(["acme-client"]), json!(7)] {
        is_refused(move |claims| claims["azp"] = party.clone());
    }
}

#[test]
fn a_clock_that_is_a_minute_off_does_no_harm() {
    is_accepted(|claims| claims["iat"] = (now() + 60).into());
    is_accepted(|claims| {
        claims["iat"] = (now() - 120).into();
        claims["exp"] = (now() - 30).into();
    });
}

#[test]
fn a_token_of_tomorrow_is_refused() {
    is_refused(|claims| {
        claims["iat"] = (now() + 24 * 3600).into();
        claims["exp"] = (now() + 25 * 3600).into();
    });
    is_refused(|claims| claims["nbf"] = (now() + 24 * 3600).into());
}

#[test]
fn times_are_numbers() {
    let later = now() + 600;
    for name in ["exp", "iat"] {
        for odd in [
            json!(later.to_string()),
            json!(null),
            json!([later]),
            json!(true),
        ] {
            is_refused(move |claims| claims[name] = odd.clone());
        }
    }
    is_accepted(|claims| claims["exp"] = json!(now() as f64 + 600.5));
}

#[test]
fn whose_token_it_is_is_a_text() {
    for odd in [json!(""), json!(7), json!(null), json!(["u-1"])] {
        is_refused(move |claims| claims["sub"] = odd.clone());
    }
}

#[test]
fn an_id_is_never_altered_so_one_that_would_be_is_refused() {
    let long = "u".repeat(256);
    for odd in ["u\u{1b}[2J1", "u\n1", "u\u{202e}1", &long] {
        let odd = odd.to_owned();
        is_refused(move |claims| claims["sub"] = odd.clone().into());
    }
}

#[test]
fn a_name_reaches_nobody_with_what_steers_a_terminal_or_a_page() {
    let world = World::of_an_issuer();
    let name = "\u{1b}[2J<b>Mari</b>\u{202e}\u{7}";
    world
        .server
        .claims(move |claims| claims["name"] = name.into());
    let (page, outcome) = world.login().approved_with_page();
    outcome.ends(OK).says("Mari");
    outcome.has_token("/account/name", "[2J<b>Mari</b>");
    page.shows_no("<b>Mari");
}

#[test]
fn people_are_called_by_what_the_provider_knows_of_them() {
    for (name, expected) in [
        ("preferred_username", "mari"),
        ("email", "mari@acme.example"),
    ] {
        let world = World::of_an_issuer();
        world.server.claims(move |claims| {
            without("name")(claims);
            claims[name] = expected.into();
        });
        let outcome = world.login().approved();
        outcome.ends(OK).has_token("/account/name", expected);
        assert_eq!(world.server.userinfo_requests(), 0);
    }
}

#[test]
fn somebody_elses_token_is_kept_beside_the_stored_one() {
    let world = World::of_an_issuer();
    world.is_logged_in();
    world.server.claims(|claims| claims["sub"] = "u-2".into());
    let outcome = world.login().flag("--force").approved();
    outcome
        .ends(LOCAL)
        .says("--switch-account")
        .left_the_token_alone();
    assert_eq!(world.token_in("token.u-2.json")["account"]["id"], "u-2");
    let wanted = world
        .login()
        .flag("--switch-account")
        .with("--account", "u-3");
    wanted.approved().ends(LOCAL).left_the_token_alone();
}

#[test]
fn claims_that_are_no_object_are_refused() {
    for odd in ["", "null", "[]", "\"sub\"", "7", "{", "{}}"] {
        login_ends(PROVIDER, |world| {
            world.server.writes_claims(|_| odd.to_owned());
        });
    }
}

#[test]
fn claims_that_are_not_one_object_are_not_taken_for_a_wrong_signature() {
    for odd in ["[]", "{\"sub\":\"u-1\",\"sub\":\"u-2\"}"] {
        let world = World::of_an_issuer();
        world.server.writes_claims(|_| odd.to_owned());
        let outcome = world.login().approved();
        outcome.ends(PROVIDER).says("not one JSON object");
        outcome.never_says("signature").left_the_token_alone();
    }
}

#[test]
fn a_claim_that_stands_there_twice_is_refused() {
    for again in [
        "\"sub\":\"u-2\"",
        "\"iss\":\"https://evil.example\"",
        "\"nonce\":\"x\"",
    ] {
        login_ends(PROVIDER, move |world| {
            let first = format!("{{{again},");
            let twice = move |text: String| text.replacen('{', &first, 1);
            world.server.writes_claims(twice);
        });
    }
}

#[test]
fn depth_without_end_is_refused() {
    login_ends(PROVIDER, |world| {
        let deep = format!("{{\"x\":{}{},", "[".repeat(50_000), "]".repeat(50_000));
        world
            .server
            .writes_claims(move |text| text.replacen('{', &deep, 1));
    });
}

#[test]
fn many_groups_are_no_reason_to_refuse() {
    let groups: Vec<_> = (0..2000).map(|n| format!("group-{n}")).collect();
    is_accepted(move |claims| claims["groups"] = json!(groups));
}

#[test]
fn what_is_no_token_at_all_is_refused() {
    for odd in [
        json!(null),
        json!(""),
        json!(7),
        json!({}),
        json!("a.b"),
        json!(".."),
    ] {
        login_ends(PROVIDER, move |world| {
            let edit = move |token: &mut Value| token["id_token"] = odd.clone();
            world.server.answers(Answer::edited(edit));
        });
    }
    let encrypted: fn(String) -> String = |token| format!("{token}.eA.eA");
    let padded: fn(String) -> String = |token| format!("{token}==");
    let broken: fn(String) -> String = |token| token.replacen('.', "!.", 1);
    for spoil in [encrypted, padded, broken] {
        login_ends(PROVIDER, move |world| world.server.spoils_id_tokens(spoil));
    }
}

#[test]
fn a_token_that_does_not_come_though_openid_was_granted_is_missed() {
    login_ends(PROVIDER, |world| {
        world.server.answers(Answer::edited(without("id_token")));
    });
}

#[test]
fn a_token_that_nobody_granted_is_not_missed() {
    let world = World::of_an_issuer();
    let login = world.login().start();
    login.person().approve_only(&["profile", "offline_access"]);
    let outcome = login.finish();
    outcome.ends(OK).says("loopin: warning: ").says("openid");
    outcome.has_token("/account/id", "u-1");
}

#[test]
fn every_login_has_a_nonce_of_its_own_which_is_no_state() {
    let world = World::of_an_issuer();
    let nonces = [(); 2].map(|()| {
        let login = world.login().flag("--force").start();
        let person = login.person();
        let nonce = person.parameter("nonce");
        assert_ne!(nonce, person.parameter("state"));
        person.approve();
        login.finish().ends(OK);
        nonce
    });
    assert_ne!(nonces[0], nonces[1]);
}

#[test]
fn a_token_from_the_redirect_is_none() {
    let world = World::of_an_issuer();
    let key = world.server.key();
    let forged = key.sign(&key.header(), &json!({ "sub": "u-2" }).to_string());
    let login = world.login().start();
    let person = login.person();
    person.go(&person.approval().with("id_token", &forged));
    login.finish().ends(OK).has_token("/account/id", "u-1");
}

#[test]
fn no_signature_is_a_signature_however_it_is_spelt() {
    for alg in [
        json!("None"),
        json!("NONE"),
        json!(""),
        json!(null),
        json!(["ES256"]),
    ] {
        login_ends(PROVIDER, move |world| {
            let server = &world.server;
            server.heads_id_tokens(move |header| header["alg"] = alg.clone());
        });
    }
}

#[test]
fn a_secret_that_the_client_has_too_signs_nothing() {
    let world = World::of_an_issuer();
    world
        .server
        .heads_id_tokens(|header| header["alg"] = "HS256".into());
    let secret = world.marks.word(Secret::Client);
    world.server.spoils_id_tokens(move |token| {
        let signed = token.rsplit_once('.').unwrap().0;
        let signature = sign_with_secret(signed.as_bytes(), secret.as_bytes());
        format!("{signed}.{signature}")
    });
    world
        .login()
        .approved()
        .ends(PROVIDER)
        .left_the_token_alone();
}

#[test]
fn a_key_that_the_token_brings_along_is_not_believed() {
    let trap = Trap::set();
    let mine = Key::es256().named("mine");
    let (url, jwk) = (trap.url("/jwks"), mine.jwk.clone());
    login_ends(PROVIDER, |world| {
        let server = &world.server;
        let real = server.key();
        server.signs_with(mine);
        server.publishes([&real]);
        server.heads_id_tokens(move |header| {
            header["jwk"] = jwk.clone();
            header["jku"] = url.clone().into();
            header["x5u"] = url.clone().into();
        });
    });
    trap.is_untouched();
}

#[test]
fn what_the_header_calls_critical_is_not_overlooked() {
    login_ends(PROVIDER, |world| {
        world.server.heads_id_tokens(|header| {
            header["crit"] = json!(["https://acme.example/odd"]);
            header["https://acme.example/odd"] = true.into();
        });
    });
}

#[test]
fn eddsa_is_a_signature_too() {
    login_ends(OK, |world| {
        world.server.signs_with(Key::ed25519().named("ed"))
    });
}
