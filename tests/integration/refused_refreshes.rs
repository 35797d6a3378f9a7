//! A token endpoint that gives no new token: the stored one is kept whatever it says, and nothing is sent again.

use serde_json::{Value, json};

use crate::refresh::refreshing;
use crate::refusals::nobody_follows_redirects;
use crate::support::*;

/// An expired token is to be refreshed, and the token endpoint answers this.
#[track_caller]
pub fn ends_with(code: i32, answer: Answer) -> String {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.answers(answer);
    let outcome = world.run("token").finish();
    outcome.ends(code).prints_nothing().after_refreshes(1);
    outcome.left_the_token_alone();
    outcome.stderr.clone()
}

#[track_caller]
fn breaks_the_protocol(edit: impl Fn(&mut Value) + Send + Sync + 'static) -> String {
    ends_with(PROVIDER, Answer::edited(edit))
}

#[test]
fn a_dead_grant_needs_a_login_and_costs_nothing_that_is_stored() {
    for world in [World::like_strava(), World::standard()] {
        world.has_expired_token();
        world.server.forgets_all_grants();
        for (n, command) in refreshing(&world).into_iter().enumerate() {
            let outcome = command.finish();
            outcome.ends(LOGIN).says("loopin login").opened_nothing();
            outcome.after_refreshes(n + 1).left_the_token_alone();
        }
    }
}

#[test]
fn a_login_with_a_dead_grant_goes_to_the_browser() {
    for world in [World::like_strava(), World::standard()] {
        world.has_expired_token();
        world.server.forgets_all_grants();
        let outcome = world.login().approved();
        outcome.ends(OK).after_refreshes(1).asked_for_a_token(3);
        outcome.has_token("/access_token", &world.server.current_access_token());
    }
}

/// A refresh that is refused, and what another program does to the file before the answer comes.
fn refused_while(world: &World, edit: impl FnOnce(&mut Value)) -> Outcome<'_> {
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    world.edits_token(edit);
    held.release();
    token.finish()
}

#[test]
fn a_refused_refresh_token_is_believed_to_be_dead_only_if_the_file_still_holds_it() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.forgets_all_grants();
    let theirs = format!("{}-theirs", world.marks.word(Secret::Refresh));
    world.server.knows_refresh_token(&theirs);
    let outcome = refused_while(&world, |token| token["refresh_token"] = theirs.into());
    outcome.ends(OK).after_refreshes(2).prints_the_token();
}

#[test]
fn a_second_refusal_is_believed() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.forgets_all_grants();
    let unheard_of = |token: &mut Value| token["refresh_token"] = "unheard-of".into();
    let outcome = refused_while(&world, unheard_of);
    outcome.ends(LOGIN).after_refreshes(2).prints_nothing();
    assert_eq!(world.token()["refresh_token"], "unheard-of");
}

#[test]
fn a_refusal_does_not_matter_to_whom_the_file_has_a_good_token_by_now() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.forgets_all_grants();
    let theirs = format!("{}-theirs", world.marks.word(Secret::Access));
    let outcome = refused_while(&world, |token| {
        token["access_token"] = theirs.clone().into();
        token["refresh_token"] = "theirs".into();
        token["expires_at"] = (now() + 3600).into();
    });
    outcome.ends(OK).after_refreshes(1);
    outcome.prints(&format!("{theirs}\n"));
}

#[test]
fn a_client_that_is_rejected_is_told_to_look_at_its_id_and_secret() {
    let rejects = fault("Bad Request", "Application", "client_id", "invalid");
    let unauthorized = fault("Authorization Error", "Application", "", "invalid");
    for (status, error) in [
        (401, json!({ "error": "invalid_client" })),
        (400, json!({ "error": "invalid_client" })),
        (401, json!({})),
        (400, rejects),
        (401, unauthorized),
    ] {
        let said = ends_with(PROVIDER, Answer::json(status, &error));
        assert!(said.contains("client secret"), "{said}");
    }
}

#[test]
fn a_wrong_secret_is_found_out_by_the_server_and_costs_nothing() {
    let world = World::standard();
    world.has_expired_token();
    let wrong = format!("acme-client,{}-not\n", world.marks.word(Secret::Client));
    world.writes("client_secrets.txt", wrong);
    for command in refreshing(&world) {
        command.finish().ends(PROVIDER).left_the_token_alone();
    }
    world.writes(
        "client_secrets.txt",
        format!("acme-client,{}\n", world.marks.word(Secret::Client)),
    );
    world.run("token").finish().ends(OK).prints_the_token();
}

#[test]
fn an_error_that_is_not_understood_is_not_taken_for_a_dead_grant() {
    for body in [
        "",
        "<html>mark</html>",
        "{\"error\":\"odd\"}",
        "{\"error\":{\"message\":\"x\"}}",
        "{\"message\":\"Bad Request\",\"errors\":[{\"resource\":\"Odd\"}]}",
        "[1]",
    ] {
        let said = ends_with(PROVIDER, Answer::typed(400, "application/json", body));
        assert!(!said.contains("<html>"), "{said}");
    }
}

#[test]
fn a_firewall_before_the_provider_is_not_believed_about_the_grant() {
    let page = "<html><h1>Attention Required!</h1></html>";
    let said = ends_with(PROVIDER, Answer::typed(403, "text/html", page));
    assert!(said.contains("status 403"), "{said}");
    assert!(!said.contains("Attention"), "{said}");
}

#[test]
fn a_failure_that_calls_itself_a_success_is_one() {
    for body in [
        json!({ "error": "bad_verification_code" }),
        json!({ "ok": false }),
        json!({ "ok": false, "error": "odd" }),
        json!({ "status": 601, "body": {} }),
        json!({ "status": 0, "body": {} }),
        json!({ "error": "odd", "access_token": "a", "token_type": "Bearer" }),
        json!({}),
    ] {
        ends_with(PROVIDER, Answer::json(200, &body));
    }
    ends_with(
        LOGIN,
        Answer::json(200, &json!({ "error": "invalid_grant" })),
    );
}

#[test]
fn a_closed_api_is_named_as_such() {
    let said = ends_with(PROVIDER, Answer::typed(410, "text/plain", "gone"));
    assert!(said.contains("closed"), "{said}");
}

#[test]
fn a_redirect_is_never_followed_with_the_secrets() {
    nobody_follows_redirects(ends_with);
}

#[test]
fn a_body_that_is_no_token_answer_breaks_the_protocol() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let twice = r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#;
    let trailing = r#"{"access_token":"a","token_type":"Bearer"}970}"#;
    for body in [
        "", "null", "[]", "42", "<html>", &deep, twice, trailing, "{\"a",
    ] {
        let said = ends_with(PROVIDER, Answer::typed(200, "application/json", body));
        assert!(!said.contains("<html>"), "{said}");
    }
    let invalid = b"{\"access_token\":\"\xff\xfe\",\"token_type\":\"Bearer\"}";
    ends_with(PROVIDER, Answer::typed(200, "application/json", invalid));
    let packed = Answer::typed(200, "application/json", b"\x1f\x8b\x08\0\0\0\0\0");
    ends_with(PROVIDER, packed.and_header("Content-Encoding", "gzip"));
    ends_with(PROVIDER, Answer::Endless);
}

#[test]
fn a_form_that_says_something_twice_is_no_answer() {
    let form = "access_token=a&access_token=b&token_type=bearer";
    let kind = "application/x-www-form-urlencoded";
    ends_with(PROVIDER, Answer::typed(200, kind, form));
}

#[test]
fn an_access_token_that_is_none_is_refused_and_not_shown() {
    for broken in [
        json!(null),
        json!(""),
        json!(12),
        json!(["mark-odd"]),
        json!({ "mark-odd": 1 }),
        json!("mark-odd\n"),
        json!("mark-odd\0"),
        json!("mark-odd x"),
        json!("mark-odd\r\nX: y"),
        json!("mark-ödd"),
    ] {
        let said = breaks_the_protocol(move |token| token["access_token"] = broken.clone());
        assert!(!said.contains("mark-odd"), "{said}");
    }
    breaks_the_protocol(|token| drop(token.as_object_mut().unwrap().remove("access_token")));
}

#[test]
fn a_token_of_another_kind_is_refused() {
    for kind in [json!("mac"), json!("DPoP"), json!(7)] {
        breaks_the_protocol(move |token| token["token_type"] = kind.clone());
    }
    for odd in [json!(5), json!(["a"]), json!("a\nb")] {
        breaks_the_protocol(move |token| token["refresh_token"] = odd.clone());
    }
}

#[test]
fn another_accounts_token_is_kept_beside_the_stored_one() {
    for command in ["token", "refresh", "login"] {
        let world = World::like_strava();
        world.has_expired_token();
        let other = json!({ "id": 99, "firstname": "Jaan" });
        let edit = move |token: &mut Value| token["athlete"] = other.clone();
        world.server.answers(Answer::edited(edit));
        let outcome = world.run(command).finish();
        outcome.ends(PROVIDER).prints_nothing().after_refreshes(1);
        outcome.says("token.99.json").left_the_token_alone();
        let beside = world.token_in("token.99.json");
        assert_eq!(beside["access_token"], world.server.current_access_token());
        assert_eq!(beside["account"]["id"], "99");
    }
}

#[test]
fn a_refresh_that_grants_less_than_was_asked_for_is_not_enough() {
    let world = World::standard();
    world.has_expired_token();
    let less = Answer::edited(|token| token["scope"] = "profile".into());
    world.server.answers(less);
    let token = world.run("token").with("--scope", "profile data.read");
    let outcome = token.flag("--require-scopes").finish();
    outcome.ends(LOGIN).prints_nothing().says("data.read");
}
