//! What the token endpoint says is a token, and what is taken for one.

use std::process::Command;

use serde_json::json;

use crate::support::*;

/// A person approves, and the token endpoint answers this.
#[track_caller]
pub fn ends_with(code: i32, answer: Answer) -> String {
    let world = World::like_strava();
    world.server.answers(answer);
    let (page, outcome) = world.login().approved_with_page();
    outcome
        .ends(code)
        .asked_for_a_token(1)
        .left_the_token_alone();
    page.shows_no("logged in to");
    outcome.stderr.clone()
}

#[test]
fn answers_that_differ_only_in_taste_are_accepted() {
    let odd: [fn(&mut serde_json::Value); 10] = [
        |token| token["token_type"] = "bearer".into(),
        |token| token["token_type"] = "BEARER".into(),
        |token| token["error"] = false.into(),
        |token| token["error"] = json!(null),
        |token| token["error"] = "".into(),
        |token| token["scope"] = 5.into(),
        |token| token["unknown"] = json!({ "nested": [1, null, { "a": [] }] }),
        |token| token["expires_in"] = "21600".into(),
        |token| drop(token.as_object_mut().unwrap().remove("expires_at")),
        |token| drop(token.as_object_mut().unwrap().remove("token_type")),
    ];
    for edit in odd {
        let world = World::like_strava();
        world.server.answers(Answer::edited(edit));
        let outcome = world.login().approved();
        outcome.ends(OK).asked_for_a_token(1);
        assert!(outcome.token()["expires_at"].is_u64());
    }
}

#[test]
fn a_token_that_was_created_is_one() {
    let world = World::like_strava();
    let access_token = format!("{}-1", world.marks.word(Secret::Access));
    let token = json!({ "access_token": access_token, "token_type": "Bearer" });
    world.server.answers(Answer::json(201, &token));
    let login = world.login().approved();
    login.ends(OK).has_token("/access_token", &access_token);
}

#[test]
fn a_byte_order_mark_and_a_charset_do_no_harm() {
    let world = World::like_strava();
    let token = json!({
        "access_token": format!("{}-1", world.marks.word(Secret::Access)),
        "token_type": "Bearer",
        "expires_in": 21600,
    });
    let body = format!("\u{feff}{token}");
    let answer = Answer::typed(200, "application/json; charset=UTF-8", body);
    world.server.answers(answer);
    world.login().approved().ends(OK);
}

/// JSON in a text in JSON, and so on, under the name by which serde_json passes such texts on: as deep as a MiB holds.
fn json_in_texts() -> String {
    (0..250).fold("1".to_owned(), |inner, _| {
        let text = inner.replace('\\', r"\u005c").replace('"', r"\u0022");
        let (begin, end) = ("[".repeat(120), "]".repeat(120));
        format!(r#"{begin}{{"$serde_json::private::RawValue":"{text}"}}{end}"#)
    })
}

#[test]
fn json_in_texts_in_json_uses_no_stack_up() {
    let (world, stored) = (World::like_strava(), World::like_strava());
    world.has_expired_token();
    let body = format!(r#"{{"access_token":"a","x":{}}}"#, json_in_texts());
    let answer = Answer::typed(200, "application/json", body.clone());
    world.server.answers(answer);
    world.run("refresh").finish().ends(OK);
    stored.writes("token.json", body.replace("\"x\"", "\"account\""));
    stored.run("status").finish().ends(OK);
}

#[test]
fn a_life_that_nobody_told_is_not_made_up() {
    let world = World::like_strava();
    world.server.answers(Answer::edited(|token| {
        let members = token.as_object_mut().unwrap();
        members.retain(|name, _| !name.starts_with("expires"));
    }));
    let outcome = world.login().approved();
    outcome.ends(OK);
    assert_eq!(outcome.token().get("expires_at"), None);
    world.login().finish().ends(OK).opened_nothing();
}

#[test]
fn a_body_that_is_no_token_answer_breaks_the_protocol() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let nested = format!("{{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"x\":{deep}}}");
    let truncated = "{\"access_token\":\"a\",\"token_type\":\"Be";
    let trailing = "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}970}";
    let twice = "{\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"Bearer\"}";
    for body in [
        "",
        "null",
        "[]",
        "{}",
        "42",
        "<html>mark</html>",
        truncated,
        trailing,
        twice,
        &deep,
        &nested,
    ] {
        let said = ends_with(PROVIDER, Answer::typed(200, "application/json", body));
        assert!(!said.contains("<html>"), "the body is quoted: {said}");
    }
}

#[test]
fn a_body_that_is_no_text_breaks_the_protocol() {
    let invalid: [&[u8]; 2] = [
        b"{\"access_token\":\"\xff\xfe\",\"token_type\":\"Bearer\"}",
        b"{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"x\":\"\xff\xfe\"}",
    ];
    for body in invalid {
        ends_with(PROVIDER, Answer::typed(200, "application/json", body));
    }
}

#[test]
fn a_packed_answer_is_not_unpacked() {
    let token = r#"{"access_token":"a","token_type":"Bearer"}"#;
    let gzip = format!("printf %s '{token}' | gzip");
    let packed = Command::new("sh").args(["-c", &gzip]).output().unwrap();
    let packed = Answer::typed(200, "application/json", packed.stdout);
    ends_with(PROVIDER, packed.and_header("Content-Encoding", "gzip"));
}

#[test]
fn a_body_without_end_is_not_read_to_its_end() {
    ends_with(PROVIDER, Answer::Endless);
}

#[test]
fn an_access_token_that_is_none_is_refused_and_not_shown() {
    for broken in [
        json!(null),
        json!(""),
        json!(12),
        json!(["mark-odd"]),
        json!({ "mark-odd": 1 }),
    ] {
        let edit = move |token: &mut serde_json::Value| token["access_token"] = broken.clone();
        let said = ends_with(PROVIDER, Answer::edited(edit));
        assert!(!said.contains("mark-odd"), "{said}");
    }
    for odd in [
        "mark-odd\n",
        "mark-odd\0",
        "mark odd",
        "mark-odd\r\nX: y",
        "mark-ödd",
    ] {
        let edit = move |token: &mut serde_json::Value| token["access_token"] = odd.into();
        let said = ends_with(PROVIDER, Answer::edited(edit));
        assert!(!said.contains("mark-odd"), "{said}");
    }
}

#[test]
fn a_kind_of_token_that_is_not_understood_is_refused() {
    for token_type in [json!("mac"), json!("DPoP"), json!(7)] {
        ends_with(
            PROVIDER,
            Answer::edited(move |token| token["token_type"] = token_type.clone()),
        );
    }
}

#[test]
fn an_odd_life_is_refused_or_bounded_but_never_fatal() {
    for life in [
        json!(0),
        json!(-1),
        json!(3600.0),
        json!(1e300),
        json!(u64::MAX),
        json!("soon"),
        json!([]),
    ] {
        let world = World::like_strava();
        let edit = move |token: &mut serde_json::Value| {
            token.as_object_mut().unwrap().remove("expires_at");
            token["expires_in"] = life.clone();
        };
        world.server.answers(Answer::edited(edit));
        let outcome = world.login().approved();
        let ended = outcome.status.code();
        assert!(
            matches!(ended, Some(OK | PROVIDER)),
            "{ended:?}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn a_refresh_token_that_cannot_be_one_is_not_dropped_in_silence() {
    for odd in [json!(5), json!(["a"]), json!("a\nb")] {
        ends_with(
            PROVIDER,
            Answer::edited(move |token| token["refresh_token"] = odd.clone()),
        );
    }
}

#[test]
fn a_life_of_nothing_is_no_life_that_was_told() {
    for nothing in [json!(0), json!(-1), json!("0")] {
        let world = World::like_strava();
        world.server.answers(Answer::edited(move |token| {
            token["expires_in"] = nothing.clone();
            token.as_object_mut().unwrap().remove("expires_at");
        }));
        world.login().approved().ends(OK);
        assert_eq!(world.token().get("expires_at"), None);
    }
}

#[test]
fn scopes_that_come_as_a_list_are_read() {
    let world = World::like_strava();
    world
        .server
        .answers(Answer::edited(|token| token["scope"] = json!(["read"])));
    let login = world.login().flag("--require-scopes");
    login.approved().ends(DENIED).says("activity:read_all");
}

#[test]
fn a_token_before_a_mountain_of_spaces_is_no_answer() {
    let token = json!({ "access_token": "a", "token_type": "Bearer" });
    let body = format!("{token}{}", " ".repeat(3_000_000));
    ends_with(PROVIDER, Answer::typed(200, "application/json", body));
}

#[test]
fn a_server_in_trouble_is_not_believed_about_the_grant() {
    let body = json!({ "error": "invalid_grant" });
    ends_with(TEMPORARY, Answer::json(500, &body));
}
