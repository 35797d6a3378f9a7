//! For which resources a token is meant (RFC 8707), and parameters that are nobody's but ours.

use serde_json::json;

use crate::support::*;

const RESOURCES: [&str; 2] = ["https://api.example/v1?x=a%20b", "urn:acme:files"];

fn login(world: &World) -> Loopin<'_> {
    let login = world.login().and("--resource", RESOURCES[0]);
    login.and("--resource", RESOURCES[1])
}

#[test]
fn a_resource_is_named_to_the_person_and_with_the_code() {
    for world in [
        World::standard(),
        World::of_an_issuer(),
        World::like_strava(),
    ] {
        let running = login(&world).start();
        let person = running.person();
        assert_eq!(person.asked.resources, RESOURCES);
        person.approve();
        running.finish().ends(OK);
        let requests = world.server.token_requests();
        assert_eq!(requests[0].all("resource"), RESOURCES);
    }
}

#[test]
fn a_refresh_is_for_the_same_resources() {
    let world = World::standard();
    login(&world).approved().ends(OK);
    world.run("refresh").finish().ends(OK).after_refreshes(1);
    let requests = world.server.token_requests();
    assert_eq!(requests[1].all("resource"), RESOURCES);
}

#[test]
fn what_the_token_is_for_is_shown() {
    let world = World::of_an_issuer();
    login(&world).approved().ends(OK);
    let status = world.run("status").finish();
    let line = format!("resource  {}\n", RESOURCES.join(" "));
    assert!(status.stdout.contains(&line), "{}", status.stdout);
    let status = world.run("status").flag("--json").finish();
    assert!(status.stdout.contains(&json!(RESOURCES).to_string()));
}

#[test]
fn a_login_without_resources_names_none() {
    let world = World::standard();
    let running = world.login().start();
    assert!(running.person().asked.resources.is_empty());
    running.person().approve();
    running.finish().ends(OK);
    world.run("refresh").finish().ends(OK);
    for request in world.server.token_requests() {
        assert!(!request.has("resource"), "{request:?}");
    }
}

#[test]
fn a_token_for_other_resources_does_not_do() {
    let world = World::standard();
    login(&world).approved().ends(OK);
    login(&world).finish().ends(OK).opened_nothing();
    let one = world.login().and("--resource", RESOURCES[1]);
    one.finish().ends(OK).opened_nothing();
    world.login().finish().ends(OK).opened_nothing();
    let another = world.login().and("--resource", "https://other.example/");
    another.approved().ends(OK).asked_for_a_token(2);
}

#[test]
fn what_cannot_be_a_resource_is_a_wrong_option() {
    let world = World::standard();
    for odd in [
        "",
        "api",
        "/v1",
        "//api.example",
        "https://api.example/#v1",
        "https://api.example/#",
        "a b:c",
    ] {
        let login = world.login().and("--resource", odd);
        login.finish().ends(USAGE).opened_nothing();
    }
    assert_eq!(world.server.connections(), 0);
}

#[test]
fn a_resource_that_the_provider_does_not_know_is_named_as_the_cause() {
    let world = World::standard();
    let running = login(&world).start();
    running.person().is_told("invalid_target");
    running.finish().ends(PROVIDER).says("invalid_target");
    let error = json!({ "error": "invalid_target" });
    world.server.answers(Answer::json(400, &error));
    let outcome = login(&world).approved();
    outcome
        .ends(PROVIDER)
        .says("invalid_target")
        .says("--resource");
    outcome.left_the_token_alone();
}

#[test]
fn parameters_that_are_ours_are_not_the_persons() {
    let world = World::standard();
    for name in [
        "resource",
        "nonce",
        "state",
        "scope",
        "client_id",
        "client_secret",
        "redirect_uri",
        "response_type",
        "response_mode",
        "code_challenge",
        "code_challenge_method",
        "request",
        "request_uri",
    ] {
        let login = world.login().with("--param", &format!("{name}=x"));
        login.finish().ends(USAGE).says(name).opened_nothing();
    }
    assert_eq!(world.server.connections(), 0);
}
