//! A token endpoint that gives no token: what it means, and what is not tried again.

use std::net::{TcpListener, TcpStream};

use serde_json::json;

use crate::exchange::ends_with;
use crate::support::*;

#[test]
fn a_refused_code_is_not_sent_again() {
    for (status, error) in [
        (400, json!({ "error": "invalid_grant" })),
        (
            400,
            json!({ "error": "invalid_grant", "error_description": "expired" }),
        ),
        (
            400,
            fault("Bad Request", "AuthorizationCode", "code", "invalid"),
        ),
        (
            400,
            fault("Bad Request", "AuthorizationCode", "", "expired"),
        ),
    ] {
        let said = ends_with(LOGIN, Answer::json(status, &error));
        assert!(said.contains("loopin login"), "{said}");
    }
}

#[test]
fn a_client_that_the_provider_does_not_know_is_told_to_look_at_its_id_and_secret() {
    for (status, error) in [
        (401, json!({ "error": "invalid_client" })),
        (400, json!({ "error": "invalid_client" })),
        (401, json!({})),
        (
            400,
            fault("Bad Request", "Application", "client_id", "invalid"),
        ),
        (
            401,
            fault("Authorization Error", "Application", "", "invalid"),
        ),
    ] {
        let said = ends_with(PROVIDER, Answer::json(status, &error));
        assert!(said.contains("client secret"), "{said}");
    }
}

#[test]
fn a_wrong_secret_is_found_out_by_the_server() {
    for world in [World::like_strava(), World::standard()] {
        let id = ["123456", "acme-client"].into_iter();
        let id = id
            .rev()
            .find(|id| world.read("client_secrets.txt").starts_with(id));
        world.writes(
            "client_secrets.txt",
            format!("{},{}-not\n", id.unwrap(), world.marks.word(Secret::Client)),
        );
        let outcome = world.login().approved();
        outcome
            .ends(PROVIDER)
            .asked_for_a_token(1)
            .left_the_token_alone();
    }
}

#[test]
fn an_error_that_is_not_understood_is_not_taken_for_a_dead_grant() {
    for body in [
        "",
        "<html>",
        "{\"error\":\"odd\"}",
        "{\"error\":{\"message\":\"x\"}}",
        "[1]",
    ] {
        ends_with(PROVIDER, Answer::typed(400, "application/json", body));
    }
    ends_with(
        PROVIDER,
        Answer::json(200, &json!({ "error": "bad_verification_code" })),
    );
    ends_with(
        PROVIDER,
        Answer::json(200, &json!({ "ok": false, "error": "odd" })),
    );
}

#[test]
fn a_server_in_trouble_or_a_limit_is_a_reason_to_try_later() {
    let page = "<html><h1>mark-page</h1></html>";
    for status in [500, 502, 503, 504, 408, 425, 429] {
        let said = ends_with(TEMPORARY, Answer::typed(status, "text/html", page));
        assert!(!said.contains("mark-page"), "{said}");
    }
    let limit = json!({ "message": "Too Many Requests", "errors": "Rate Limit Exceeded" });
    let limit = Answer::json(429, &limit).and_header("Retry-After", "1000000000");
    ends_with(TEMPORARY, limit);
}

#[test]
fn what_the_server_says_reaches_the_terminal_without_its_control_characters() {
    let hostile = "\u{1b}[2J\u{202e}\r\nloopin: error: no\u{9b}31m";
    let described = json!({ "error": "invalid_request", "error_description": hostile });
    for error in [described, json!({ "error": hostile })] {
        let said = ends_with(PROVIDER, Answer::json(400, &error));
        let odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(
            !said.contains(odd) && !said.contains("loopin: error: no"),
            "{said}"
        );
    }
}

#[test]
fn a_request_that_is_refused_is_not_sent_again_without_its_verifier() {
    let error = json!({ "error": "invalid_request" });
    ends_with(PROVIDER, Answer::json(400, &error));
}

#[test]
fn a_provider_that_wants_its_tokens_bound_to_a_key_is_named() {
    for code in ["use_dpop_nonce", "invalid_dpop_proof"] {
        let error = json!({ "error": code });
        let said = ends_with(PROVIDER, Answer::json(400, &error));
        assert!(said.contains(code) && said.contains("DPoP"), "{said}");
        assert!(!said.contains("redirect URI"), "{said}");
    }
}

#[test]
fn an_error_that_repeats_a_secret_is_not_quoted() {
    let world = World::like_strava();
    let secret = world.marks.word(Secret::Client);
    let error = json!({ "error": secret, "error_description": secret });
    world.server.answers(Answer::json(400, &error));
    // The checks after every command look for it.
    world.login().approved().ends(PROVIDER);
}

#[test]
fn a_redirect_is_never_followed_with_the_secrets() {
    nobody_follows_redirects(ends_with);
}

/// Whatever the request is: none of the answers that lead elsewhere is followed.
pub fn nobody_follows_redirects(ends_with: fn(i32, Answer) -> String) {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    let there = format!("http://{}/oauth/token", trap.local_addr().unwrap());
    for status in [301, 302, 303, 307, 308] {
        ends_with(PROVIDER, Answer::redirect(status, &there));
    }
    ends_with(PROVIDER, Answer::redirect(307, "/elsewhere"));
    trap.set_nonblocking(true).unwrap();
    assert!(trap.accept().is_err(), "somebody followed the redirect");
}

#[test]
fn a_server_that_is_not_there_is_a_reason_to_try_later() {
    let world = World::like_strava();
    // The port of an open connection is taken, and nobody listens on it.
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = TcpStream::connect(somebody.local_addr().unwrap()).unwrap();
    let nobody = format!("\"http://{}/oauth/token\"", taken.local_addr().unwrap());
    world.provider_has("token_endpoint", &nobody);
    let outcome = world.login().approved();
    outcome
        .ends(TEMPORARY)
        .asked_for_a_token(0)
        .left_the_token_alone();
}

#[test]
fn a_server_that_hangs_up_or_says_nothing_is_not_asked_twice() {
    for answer in [Answer::Silence, Answer::Lost, Answer::Cut, Answer::Never] {
        ends_with(TEMPORARY, answer);
    }
}
