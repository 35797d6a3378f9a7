//! `loopin logout`: the provider first, then the file.

use std::fs;
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::herd::LOCK;
use crate::locks::somebody_has_the_lock;
use crate::support::*;
use crate::trust::Trap;

fn has_no_refresh_token(world: &World) {
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("refresh_token")));
}

fn provider_lacks(world: &World, key: &str) {
    let provider = world.read("acme.toml").replace(key, &format!("# {key}"));
    world.writes("acme.toml", provider);
}

/// The provider was told, and the file is gone.
#[track_caller]
fn is_done(outcome: &Outcome<'_>) {
    outcome.ends(OK).prints_nothing();
    assert!(!outcome.world.path("token.json").exists());
}

/// Nothing was lost.
#[track_caller]
fn is_not_done(outcome: &Outcome<'_>, code: i32) {
    outcome.ends(code).prints_nothing().left_the_token_alone();
    assert!(outcome.world.path("token.json").exists());
}

#[test]
fn the_login_ends_everywhere() {
    for world in [World::like_strava(), World::standard()] {
        world.is_logged_in();
        let refresh_token = world.token()["refresh_token"].clone();
        let outcome = world.run("logout").finish();
        is_done(&outcome);
        outcome.says("everywhere").asked_for_a_token(1);
        let revocations = world.server.revocations();
        assert_eq!(revocations.len(), 1);
        assert_eq!(refresh_token, revocations[0].get("token"));
        assert_eq!(revocations[0].get("token_type_hint"), "refresh_token");
    }
}

#[test]
fn without_a_refresh_token_the_access_token_is_revoked() {
    let world = World::like_strava();
    world.is_logged_in();
    let access_token = world.token()["access_token"].clone();
    has_no_refresh_token(&world);
    is_done(&world.run("logout").finish());
    let revocations = world.server.revocations();
    assert_eq!(access_token, revocations[0].get("token"));
    assert_eq!(revocations[0].get("token_type_hint"), "access_token");
}

#[test]
fn an_expired_login_ends_without_a_refresh() {
    let world = World::like_strava();
    world.has_expired_token();
    is_done(world.run("logout").finish().asked_for_a_token(1));
    assert_eq!(world.server.revocations().len(), 1);
}

#[test]
fn the_file_goes_only_after_the_answer() {
    let world = World::like_strava();
    world.is_logged_in();
    let before = world.read("token.json");
    let held = world.server.holds_its_revocation();
    let logout = world.run("logout").start();
    logout.wait_until_it_says("everywhere");
    held.wait_until_asked();
    assert_eq!(world.read("token.json"), before);
    held.release();
    is_done(&logout.finish());
}

#[test]
fn a_second_logout_finds_nothing_to_do() {
    let world = World::like_strava();
    for _ in 0..2 {
        let outcome = world.run("logout").finish();
        outcome.ends(OK).says("token.json").left_the_token_alone();
    }
    world.is_logged_in();
    is_done(&world.run("logout").finish());
    is_done(&world.run("logout").finish());
    assert_eq!(world.server.revocations().len(), 1);
}

#[test]
fn the_same_file_may_be_logged_out_twice() {
    let world = World::like_strava();
    world.is_logged_in();
    let document = world.read("token.json");
    for times in 1..=2 {
        world.writes("token.json", &document);
        is_done(&world.run("logout").finish());
        assert_eq!(world.server.revocations().len(), times);
    }
}

#[test]
fn a_login_that_is_over_already_counts_as_done() {
    for (status, body) in [
        (200, json!({})),
        (204, Value::Null),
        (400, json!({ "error": "invalid_grant" })),
        (400, json!({ "error": "invalid_token" })),
        (401, json!({ "error": "invalid_token" })),
        (
            400,
            fault("Bad Request", "RefreshToken", "refresh_token", "invalid"),
        ),
    ] {
        let world = World::like_strava();
        world.is_logged_in();
        let answer = Answer::json(status, &body);
        world.server.answers_revocation(answer);
        is_done(&world.run("logout").finish());
        assert_eq!(world.server.revocations().len(), 1);
    }
}

#[test]
fn a_token_that_revokes_itself_and_is_not_known_any_more_is_done() {
    for body in ["", "{}", "{\"error\":\"invalid_token\"}"] {
        let world = World::standard();
        world.provider_has("revocation_endpoint_auth_method", "\"bearer\"");
        world.server.rules(|rules| rules.revokes_the_bearer = true);
        world.is_logged_in();
        let answer = Answer::typed(401, "application/json", body);
        world.server.answers_revocation(answer);
        let outcome = world.run("logout").finish();
        is_done(outcome.after_refreshes(1));
        assert_eq!(world.server.revocations().len(), 2);
    }
}

#[test]
fn an_access_token_that_has_died_does_not_save_the_grant() {
    let world = World::standard();
    world.provider_has("revocation_endpoint_auth_method", "\"bearer\"");
    world.server.rules(|rules| rules.revokes_the_bearer = true);
    world.is_logged_in();
    let refused = Answer::json(401, &json!({ "error": "expired_access_token" }));
    world.server.answers_the_first_revocation(refused);
    is_done(world.run("logout").finish().after_refreshes(1));
    assert_eq!(world.server.revocations().len(), 2);
}

#[test]
fn a_provider_in_trouble_is_a_reason_to_try_later() {
    let page = |status| Answer::typed(status, "text/html", "<h1>mark-page</h1>");
    for answer in [
        page(429).and_header("Retry-After", "900"),
        page(500),
        page(502),
        page(503),
        Answer::Silence,
    ] {
        let world = World::like_strava();
        world.is_logged_in();
        world.server.answers_revocation(answer);
        let outcome = world.run("logout").finish();
        is_not_done(outcome.never_says("mark-page"), TEMPORARY);
        assert_eq!(world.server.revocations().len(), 1);
        world.server.answers_revocation(Answer::Genuine);
        is_done(&world.run("logout").finish());
    }
}

#[test]
fn a_provider_that_is_not_there_is_a_reason_to_try_later() {
    let world = World::like_strava();
    world.is_logged_in();
    // The port of an open connection is taken, and nobody listens on it.
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(somebody.local_addr().unwrap()).unwrap();
    let nobody = format!("\"http://{}/revoke\"", taken.local_addr().unwrap());
    world.provider_has("revocation_endpoint", &nobody);
    is_not_done(&world.run("logout").finish(), TEMPORARY);
}

#[test]
fn a_provider_that_refuses_is_told_apart_from_one_that_is_done() {
    let trap = Trap::set();
    let error = |code: &str| Answer::json(400, &json!({ "error": code }));
    for answer in [
        error("unsupported_token_type"),
        error("invalid_request"),
        error("something_of_its_own"),
        Answer::typed(404, "text/html", "<h1>no such page</h1>"),
        Answer::redirect(307, &trap.url("/oauth/revoke")),
    ] {
        let world = World::like_strava();
        world.is_logged_in();
        world.server.answers_revocation(answer);
        let outcome = world.run("logout").finish();
        is_not_done(&outcome, PROVIDER);
        outcome.says("hint: ").says("--local");
    }
    trap.is_untouched();
}

#[test]
fn an_app_that_the_provider_does_not_know_ends_no_login() {
    for world in [World::like_strava(), World::standard()] {
        world.is_logged_in();
        let secrets = world.read("client_secrets.txt");
        world.writes("client_secrets.txt", format!("{}-not\n", secrets.trim()));
        is_not_done(&world.run("logout").finish(), PROVIDER);
        world
            .server
            .answers_revocation(Answer::json(400, &json!({ "error": "invalid_client" })));
        is_not_done(&world.run("logout").finish(), PROVIDER);
    }
}

#[test]
fn without_the_apps_secret_nobody_is_asked() {
    let world = World::like_strava();
    world.is_logged_in();
    world.removes("client_secrets.txt");
    is_not_done(&world.run("logout").finish(), USAGE);
    assert!(world.server.revocations().is_empty());
}

#[test]
fn a_provider_without_the_endpoint_has_a_page_for_it() {
    let (app, account) = ("https://as.example/apps", "https://as.example/account");
    for (account_page, page) in [(None, app), (Some(account), account)] {
        let world = World::like_strava();
        world.provider_has("app_page", &format!("{app:?}"));
        if let Some(account_page) = account_page {
            world.provider_has("account_page", &format!("{account_page:?}"));
        }
        provider_lacks(&world, "revocation_endpoint");
        for secrets in [true, false] {
            world.is_logged_in();
            if !secrets {
                world.removes("client_secrets.txt");
            }
            is_done(world.run("logout").finish().says(page));
        }
        assert!(world.server.revocations().is_empty());
    }
}

#[test]
fn a_login_may_be_forgotten_here_only() {
    let world = World::like_strava();
    world.is_logged_in();
    let connections = world.server.connections();
    world.removes("acme.toml");
    world.removes("client_secrets.txt");
    let logout = world.run("logout").without("--provider");
    let outcome = logout.flag("--local").finish();
    is_done(&outcome);
    assert_eq!(world.server.connections(), connections);
}

#[test]
fn a_token_is_not_forgotten_while_somebody_saves_one() {
    let world = World::like_strava();
    world.is_logged_in();
    let lock = somebody_has_the_lock(&world);
    let logout = world.run("logout").flag("--local").start();
    logout.wait_until_it_has_open(LOCK);
    drop(lock);
    is_done(&logout.finish());
}

#[test]
fn what_is_no_token_is_left_where_it_is() {
    let world = World::like_strava();
    for content in ["", "{}", "not JSON", "{\"access_token\":"] {
        world.writes("token.json", content);
        is_not_done(&world.run("logout").finish(), LOCAL);
        is_not_done(&world.run("logout").flag("--local").finish(), LOCAL);
    }
    world.removes("token.json");
    fs::create_dir(world.path("token.json")).unwrap();
    world.run("logout").flag("--local").finish().ends(LOCAL);
    assert!(world.path("token.json").is_dir());
    assert_eq!(world.server.connections(), 0);
}

#[test]
fn a_token_of_another_provider_is_not_sent_to_this_one() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| token["provider"] = "elsewhere".into());
    is_not_done(&world.run("logout").finish(), LOCAL);
    assert!(world.server.revocations().is_empty());
}

#[test]
fn what_a_refresh_brings_meanwhile_is_logged_out_too() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    let logout = world.run("logout").start();
    logout.wait_until_it_says("everywhere");
    held.release();
    token.end().ends(OK).prints_the_token();
    is_done(&logout.end());
    assert_eq!(world.server.refreshes(), 1);
    let revocations = world.server.revocations();
    assert_eq!(revocations.len(), 1);
    let refreshed = world.server.token_requests()[1]
        .get("refresh_token")
        .to_owned();
    assert_ne!(revocations[0].get("token"), refreshed);
}

#[test]
fn a_refresh_that_comes_too_late_brings_nothing_back() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_revocation();
    let logout = world.run("logout").start();
    held.wait_until_asked();
    let token = world.run("token").start();
    token.wait_until_it_has_open(".token.json.lock");
    held.release();
    is_done(&logout.end());
    token.end().ends(LOGIN).prints_nothing();
    assert!(!world.path("token.json").exists());
    assert_eq!(world.server.refreshes(), 0);
}

#[test]
fn a_link_goes_with_what_it_leads_to_and_is_in_nobodys_way() {
    let world = World::like_strava();
    world.is_logged_in();
    let (link, target) = (world.path("token.json"), world.path("real.json"));
    std::fs::rename(&link, &target).unwrap();
    std::os::unix::fs::symlink(&target, &link).unwrap();
    world.run("logout").finish().ends(OK);
    assert!(!link.is_symlink() && !target.exists());
    world
        .run("logout")
        .finish()
        .ends(OK)
        .says("nobody is logged in");
    world.is_logged_in();
}
