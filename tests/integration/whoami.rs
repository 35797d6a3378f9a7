//! `loopin whoami`: whose token it is, as the provider says it.

use serde_json::{Value, json};

use crate::support::*;
use crate::trust::Trap;

fn printed(outcome: &Outcome<'_>) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|e| panic!("{e}: {}", outcome.stdout))
}

#[test]
fn the_providers_answer_is_printed() {
    for world in [World::like_strava(), World::standard()] {
        world.is_logged_in();
        let asked = world.server.userinfo_requests();
        let outcome = world.run("whoami").finish();
        outcome.ends(OK).left_the_token_alone().asked_for_a_token(1);
        let mut account = Value::Null;
        world.server.rules(|rules| account = rules.account.clone());
        assert_eq!(printed(&outcome), account);
        assert!(outcome.stdout.ends_with("}\n"));
        assert_eq!(world.server.userinfo_requests(), asked + 1);
    }
}

#[test]
fn an_expired_token_is_refreshed_first() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.rules(|rules| rules.strict_userinfo = true);
    let outcome = world.run("whoami").finish();
    outcome.ends(OK).opened_nothing();
    assert_eq!(printed(&outcome)["id"], 227615);
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(world.server.userinfo_requests(), 1);
}

#[test]
fn a_token_that_the_provider_no_longer_knows_is_refreshed_once() {
    let world = World::like_strava();
    world.is_logged_in();
    world.server.rules(|rules| rules.strict_userinfo = true);
    let stale = format!("{}-0", world.marks.word(Secret::Access));
    world.edits_token(|token| token["access_token"] = stale.into());
    let outcome = world.run("whoami").finish();
    outcome.ends(OK).has_token("/account/id", "227615");
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(world.server.userinfo_requests(), 2);
}

#[test]
fn a_provider_that_knows_no_token_of_ours_needs_a_login() {
    let world = World::like_strava();
    world.is_logged_in();
    let unauthorized = json!({ "message": "Authorization Error" });
    world
        .server
        .answers_userinfo(Answer::json(401, &unauthorized));
    let outcome = world.run("whoami").finish();
    outcome.ends(LOGIN).prints_nothing().says("loopin login");
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(world.server.userinfo_requests(), 2);
}

#[test]
fn a_token_that_cannot_be_refreshed_needs_a_login() {
    let world = World::like_strava();
    world.is_logged_in();
    world.server.rules(|rules| rules.strict_userinfo = true);
    world.server.forgets_all_grants();
    let refused = world.run("whoami").finish();
    refused.ends(LOGIN).prints_nothing().left_the_token_alone();
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("refresh_token")));
    let none = world.run("whoami").finish();
    none.ends(LOGIN).prints_nothing().left_the_token_alone();
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn without_a_token_the_way_to_one_is_named() {
    let world = World::like_strava();
    let outcome = world.run("whoami").finish();
    outcome.ends(LOGIN).prints_nothing().says("loopin login");
    outcome.opened_nothing();
    assert_eq!(world.server.userinfo_requests(), 0);
}

#[test]
fn a_provider_in_trouble_is_a_reason_to_try_later() {
    let world = World::like_strava();
    world.is_logged_in();
    let page = "<html><h1>mark-page</h1></html>";
    let answer = |status| Answer::typed(status, "text/html", page);
    for answer in [
        answer(429).and_header("Retry-After", "900"),
        answer(500),
        answer(502),
        answer(503),
        Answer::Silence,
    ] {
        world.server.answers_userinfo(answer);
        let outcome = world.run("whoami").finish();
        outcome
            .ends(TEMPORARY)
            .prints_nothing()
            .never_says("mark-page");
        outcome.left_the_token_alone().asked_for_a_token(1);
    }
}

#[test]
fn an_answer_that_is_none_is_the_providers_fault() {
    let world = World::like_strava();
    world.is_logged_in();
    let trap = Trap::set();
    for answer in [
        Answer::typed(200, "text/html", "<html>mark-page</html>"),
        Answer::typed(200, "application/json", "{\"id\":"),
        Answer::typed(200, "application/json", ""),
        Answer::typed(403, "application/json", "{}"),
        Answer::json(403, &json!({ "error": "insufficient_scope" })),
        Answer::typed(404, "text/html", "mark-page"),
        Answer::redirect(302, &trap.url("/athlete")),
        Answer::Endless,
    ] {
        world.server.answers_userinfo(answer);
        let outcome = world.run("whoami").finish();
        outcome
            .ends(PROVIDER)
            .prints_nothing()
            .never_says("mark-page");
        outcome.left_the_token_alone().asked_for_a_token(1);
    }
    trap.is_untouched();
}

#[test]
fn what_the_provider_says_reaches_the_terminal_without_its_control_characters() {
    let world = World::like_strava();
    world.is_logged_in();
    let hostile = json!({ "name": "\u{1b}[2J\u{7}\u{9b}\u{202e}" });
    world.server.answers_userinfo(Answer::json(200, &hostile));
    let outcome = world.run("whoami").finish();
    outcome.ends(OK);
    assert_eq!(printed(&outcome), hostile);
    let odd = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
    assert_eq!(
        outcome.stdout.chars().find(odd),
        None,
        "{:?}",
        outcome.stdout
    );
}

#[test]
fn a_provider_that_cannot_be_asked_is_a_wrong_option() {
    let world = World::like_strava();
    world.is_logged_in();
    let provider = world.read("acme.toml");
    let provider = provider.replace("userinfo_endpoint", "# userinfo_endpoint");
    world.writes("acme.toml", provider);
    let outcome = world.run("whoami").finish();
    outcome.ends(USAGE).prints_nothing().left_the_token_alone();
}

#[test]
fn a_provider_that_is_not_there_is_a_reason_to_try_later() {
    let world = World::like_strava();
    world.is_logged_in();
    // The port of an open connection is taken, and nobody listens on it.
    let somebody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = std::net::TcpStream::connect(somebody.local_addr().unwrap()).unwrap();
    let nobody = format!("\"http://{}/athlete\"", taken.local_addr().unwrap());
    world.provider_has("userinfo_endpoint", &nobody);
    let outcome = world.run("whoami").finish();
    outcome
        .ends(TEMPORARY)
        .prints_nothing()
        .left_the_token_alone();
}

#[test]
fn a_token_that_cannot_be_one_is_not_sent() {
    let world = World::like_strava();
    world.is_logged_in();
    for odd in ["a b", "a\nb", "a\u{1b}b"] {
        world.edits_token(|token| token["access_token"] = odd.into());
        let connections = world.server.connections();
        world.run("whoami").finish().ends(PROVIDER).says("--force");
        assert_eq!(world.server.connections(), connections);
    }
}
