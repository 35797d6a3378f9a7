//! What the program says of an issuer before anybody logs in there.

use crate::doctor::{doctor, finds, is_content};
use crate::support::*;

#[test]
fn what_was_found_is_shown_with_what_to_register_and_how_to_go_on() {
    let world = World::of_an_issuer();
    let issuer = world.server.issuer();
    let shown = world.run("providers").args(&[&issuer]).finish();
    shown.ends(OK);
    for line in [
        "http://127.0.0.1:5000/authorization".to_owned(),
        format!("loopin login --provider {issuer}"),
        format!("token_endpoint = \"{issuer}/oauth/token\""),
    ] {
        assert!(shown.stdout.contains(&line), "{line} in {}", shown.stdout);
    }
}

#[test]
fn what_is_shown_is_a_provider_file() {
    let world = World::of_an_issuer();
    let issuer = world.server.issuer();
    let shown = world.run("providers").args(&[&issuer]).finish();
    world.server.was_asked_about_itself();
    world.server.publishes_at(&[]);
    world.writes("shown.toml", &shown.stdout);
    let login = world.login().with("--provider", "./shown.toml");
    let login = login.start();
    assert_ne!(login.person().parameter("nonce"), "");
    login.person().approve();
    login.finish().ends(OK).has_token("/account/id", "u-1");
    assert!(world.server.was_asked_about_itself().is_empty());
}

#[test]
fn of_an_issuer_that_is_not_believed_nothing_is_shown() {
    let world = World::of_an_issuer();
    let endpoint = "http://evil.example/authorize";
    world
        .server
        .says_of_itself(|metadata| metadata["authorization_endpoint"] = endpoint.into());
    let issuer = world.server.issuer();
    let shown = world.run("providers").args(&[&issuer]).finish();
    shown.ends(PROVIDER).prints_nothing();
}

#[test]
fn half_a_client_in_the_environment_is_told_which_variable_is_missing() {
    let world = World::of_an_issuer();
    world.removes("client_secrets.txt");
    let secret = world.marks.word(Secret::Client);
    let login = world.login().env("LOOPIN_CLIENT_SECRET", &secret).finish();
    login.ends(USAGE).says("LOOPIN_CLIENT_ID is not");
    login.says("hint: ").says("set both variables");
    login.opened_nothing();
}

#[test]
fn the_checks_of_a_login_include_the_metadata() {
    let world = World::of_an_issuer();
    world.is_logged_in();
    world.server.was_asked_about_itself();
    is_content(doctor(&world), "provider", &world.server.issuer());
    assert_eq!(world.server.was_asked_about_itself(), [RFC_8414, OPENID]);
    world
        .server
        .says_of_itself(|metadata| metadata["issuer"] = "https://evil.example".into());
    finds(doctor(&world), "provider", "another issuer", PROVIDER);
    world.server.publishes_at(&[]);
    finds(doctor(&world), "provider", "well-known", PROVIDER);
}
