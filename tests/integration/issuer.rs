//! Whose answer it is (RFC 9207): the issuer in the redirect.

use crate::support::*;

const ISSUER: &str = "https://as.example/tenant";

fn world(promised: bool) -> World {
    let world = World::standard();
    world.provider_has("issuer", &format!("\"{ISSUER}\""));
    let parameter = "authorization_response_iss_parameter_supported";
    world.provider_has(parameter, &promised.to_string());
    world
}

#[track_caller]
fn ends_the_login(login: Running<'_>) {
    let outcome = login.finish();
    outcome.ends(PROVIDER).says("issuer");
    outcome.asked_for_a_token(0).left_the_token_alone();
}

#[test]
fn the_right_issuer_is_welcome_whether_promised_or_not() {
    for promised in [true, false] {
        let world = world(promised);
        let login = world.login().start();
        let person = login.person();
        person.go(&person.approval().with("iss", ISSUER));
        login.finish().ends(OK).asked_for_a_token(1);
    }
}

#[test]
fn an_issuer_that_nobody_promised_may_be_missing() {
    let world = world(false);
    world.login().approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn an_issuer_that_was_promised_may_not_be_missing() {
    let world = world(true);
    let login = world.login().start();
    login.person().approve();
    ends_the_login(login);
}

#[test]
fn another_issuer_ends_the_login_before_the_code_goes_anywhere() {
    for other in [
        "https://evil.example",
        "https://as.example/tenant/",
        "https://AS.example/tenant",
        "https://as.example:443/tenant",
        "",
    ] {
        let world = world(true);
        let login = world.login().start();
        let person = login.person();
        person.go(&person.approval().with("iss", other));
        ends_the_login(login);
    }
}

#[test]
fn two_issuers_are_none() {
    let world = world(false);
    let login = world.login().start();
    let person = login.person();
    let twice = person.approval().with("iss", ISSUER).with("iss", ISSUER);
    person.go(&twice);
    ends_the_login(login);
}

#[test]
fn an_empty_issuer_is_not_a_missing_one() {
    let world = world(false);
    let login = world.login().start();
    let person = login.person();
    person.go(&person.approval().with("iss", ""));
    ends_the_login(login);
}

#[test]
fn an_error_of_another_issuer_is_not_believed_either() {
    let world = world(true);
    let login = world.login().start();
    let person = login.person();
    let refusal = person.back().with("error", "access_denied");
    let page = person.go(&refusal.with("iss", "https://evil.example"));
    page.shows_no("You refused");
    ends_the_login(login);
}
