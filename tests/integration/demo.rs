//! The provider that is built in.

use url::form_urlencoded::Serializer;

use crate::support::*;

fn demo(world: &World) -> Loopin<'_> {
    world.removes("client_secrets.txt");
    Loopin::new(world, "demo").flag("-vv")
}

#[test]
fn the_demo_finishes_by_itself_where_nobody_can_open_a_browser() {
    let world = World::like_strava();
    let outcome = demo(&world).finish();
    outcome.ends(OK).says("logged in to ");
    outcome
        .has_token("/provider", "demo")
        .has_token("/token_type", "Bearer");
    let token = outcome.token();
    for secret in ["access_token", "refresh_token"] {
        outcome.never_says(token[secret].as_str().unwrap());
    }
}

#[test]
fn a_demo_can_be_told_to_play_the_person_itself() {
    let world = World::like_strava();
    let outcome = demo(&world)
        .flag("--headless")
        .env("DISPLAY", ":99")
        .finish();
    outcome.ends(OK).has_token("/provider", "demo");
    outcome.says("the page says \"You are logged in as Ada Demo\"");
}

#[test]
fn a_demo_may_be_played_again() {
    let world = World::like_strava();
    demo(&world).finish().ends(OK);
    let again = Loopin::new(&world, "demo").finish();
    again.ends(OK).has_token("/provider", "demo");
}

#[test]
fn a_demo_overwrites_no_other_token() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = demo(&world).finish();
    outcome
        .ends(LOCAL)
        .says("--token-file")
        .left_the_token_alone();
}

#[test]
fn a_demo_token_may_stand_elsewhere() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = demo(&world).with("--token-file", "demo.json").finish();
    outcome.ends(OK).has_token("/provider", "demo");
}

#[test]
fn a_demo_token_is_no_obstacle_to_a_real_login() {
    let world = World::like_strava();
    let secrets = world.read("client_secrets.txt");
    demo(&world).finish().ends(OK);
    world.writes("client_secrets.txt", secrets);
    let outcome = world.login().approved();
    outcome.ends(OK).asked_for_a_token(1);
    assert_ne!(outcome.token()["provider"], "demo");
    assert_eq!(outcome.token()["account"]["id"], "227615");
}

/// A demo whose URL is there for a person to open.
fn demo_for_a_person(world: &World) -> Loopin<'_> {
    demo(world).with("--browser", "none").with("--port", "0")
}

/// A person at the demo's consent page, in a browser that follows the redirect.
fn decides(url: &str, decision: &str, ticked: &[&str]) -> Reply {
    let page = Reply::get(url);
    let (_, rest) = page.body().split_once("name=\"request\" value=\"").unwrap();
    let request = rest.split('"').next().unwrap();
    let form = Serializer::new(String::new())
        .append_pair("request", request)
        .extend_pairs(ticked.iter().map(|scope| ("scope", scope)))
        .append_pair("decision", decision)
        .finish();
    let consent = url.split('?').next().unwrap();
    let answer = Reply::post(consent, &form);
    let back = answer.header("location");
    Reply::get(&back.expect("the consent page sends the browser back"))
}

#[test]
fn a_person_may_untick_a_scope_of_the_demo() {
    let world = World::like_strava();
    let login = demo_for_a_person(&world).start();
    let page = decides(&login.printed_url(), "authorize", &["read_all"]);
    page.shows("profile:read_all");
    let outcome = login.finish();
    outcome
        .ends(OK)
        .says("profile:read_all")
        .has_token("/scope", "read_all");
}

#[test]
fn a_person_may_refuse_the_demo() {
    let world = World::like_strava();
    let login = demo_for_a_person(&world).start();
    decides(&login.printed_url(), "cancel", &[]).shows("You were not logged in");
    login.finish().ends(DENIED).left_the_token_alone();
}

#[test]
fn the_consent_page_keeps_to_itself() {
    let world = World::like_strava();
    let login = demo_for_a_person(&world).start();
    let page = Reply::get(&login.printed_url());
    let header = |name| page.header(name).unwrap_or_default();
    let policy = header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"));
    assert!(policy.contains("script-src 'none'") && policy.ends_with("frame-ancestors 'none'"));
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-content-type-options"), "nosniff");
}

#[test]
fn a_served_demo_is_a_provider_for_other_logins() {
    let world = World::like_strava();
    let server = logged_in_at_a_served_demo(&world);
    server.signal("TERM");
    server.finish().ends_by_signal(15);
}

/// The served demo, its provider file and its client, and somebody who has logged in there.
fn logged_in_at_a_served_demo(world: &World) -> Running<'_> {
    world.writes("demo.toml", "");
    let into_a_file = ["sh", "-c", "exec \"$@\" >demo.toml", "sh"];
    let server = Loopin::new(world, "demo").flag("--serve");
    let server = server.through(&into_a_file).start();
    server.wait_until_it_says("until Ctrl-C");
    let printed = world.read("demo.toml");
    let first = printed.lines().next().unwrap();
    world.writes("client_secrets.txt", first.rsplit(' ').next().unwrap());
    let login = world.login().with("--provider", "./demo.toml").start();
    decides(&login.printed_url(), "authorize", &["read_all"]);
    login.finish().ends(OK).has_token("/scope", "read_all");
    server
}

fn at_the_demo<'w>(world: &'w World, command: &str) -> Loopin<'w> {
    world.run(command).with("--provider", "./demo.toml")
}

#[test]
fn a_token_of_a_served_demo_has_a_whole_life() {
    let world = World::like_strava();
    let _server = logged_in_at_a_served_demo(&world);
    let first = world.token();
    at_the_demo(&world, "refresh").finish().ends(OK);
    assert_ne!(world.token()["refresh_token"], first["refresh_token"]);
    let whoami = at_the_demo(&world, "whoami").finish();
    assert!(whoami.ends(OK).stdout.contains("Ada"), "{}", whoami.stdout);
    let kept = world.read("token.json");
    at_the_demo(&world, "logout").finish().ends(OK);
    for ended in [first.to_string(), kept] {
        world.writes("token.json", ended);
        at_the_demo(&world, "refresh").finish().ends(LOGIN);
        at_the_demo(&world, "whoami").finish().ends(LOGIN);
    }
}
