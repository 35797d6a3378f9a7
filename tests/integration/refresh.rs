//! A refresh in which everybody behaves.

use serde_json::{Value, json};

use crate::support::*;

/// Every command that refreshes an expired token, each in its own words.
pub fn refreshing(world: &World) -> [Loopin<'_>; 3] {
    let login = world.login().with("--interactive", "never");
    [world.run("token"), world.run("refresh"), login]
}

#[test]
fn an_expired_token_is_refreshed_by_every_command_that_needs_a_good_one() {
    for world in [World::like_strava(), World::standard()] {
        world.is_logged_in();
        for (n, command) in refreshing(&world).into_iter().enumerate() {
            world.token_is_expired();
            let outcome = command.finish();
            outcome.ends(OK).after_refreshes(n + 1).opened_nothing();
            outcome.has_token("/access_token", &world.server.current_access_token());
            assert!(outcome.token()["expires_at"].as_u64() > Some(now() + 3600));
        }
    }
}

#[test]
fn the_new_token_is_printed_and_the_next_command_finds_it_good() {
    let world = World::like_strava();
    world.has_expired_token();
    let old = world.token();
    let outcome = world.run("token").finish();
    outcome.ends(OK).after_refreshes(1).prints_the_token();
    assert_ne!(world.token()["access_token"], old["access_token"]);
    let again = world.run("token").finish();
    again.ends(OK).after_refreshes(1).prints_the_token();
    again.left_the_token_alone();
}

#[test]
fn what_the_answer_does_not_mention_stays_as_it_was() {
    let world = World::like_strava();
    world.has_expired_token();
    world.edits_token(|token| token["ours"] = json!({ "deep": [1, null, "ä"] }));
    let mut old = world.token();
    world.run("token").finish().ends(OK);
    let mut new = world.token();
    for token in [&mut old, &mut new] {
        for member in ["access_token", "refresh_token", "expires_at"] {
            let removed = token.as_object_mut().unwrap().remove(member);
            assert!(removed.is_some(), "{member}");
        }
    }
    assert_eq!(new, old);
}

/// Two refreshes; was the refresh token replaced by the first?
#[track_caller]
fn is_replaced(rotation: Rotation, edit: fn(&mut Value)) -> bool {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.rules(|rules| rules.rotation = rotation);
    let old = world.token();
    world.server.answers(Answer::edited(edit));
    world.run("token").finish().ends(OK).prints_the_token();
    let new = world.token();
    world.token_is_expired();
    let again = world.run("token").finish();
    again.ends(OK).after_refreshes(2).prints_the_token();
    new["refresh_token"] != old["refresh_token"]
}

#[test]
fn a_refresh_token_is_replaced_by_a_new_one_and_by_nothing_else() {
    assert!(is_replaced(Rotation::Rotates, |_| ()));
    assert!(!is_replaced(Rotation::Keeps, |_| ()));
    assert!(!is_replaced(Rotation::Omits, |_| ()));
    let empty = |answer: &mut Value| answer["refresh_token"] = "".into();
    assert!(!is_replaced(Rotation::Omits, empty));
    let null = |answer: &mut Value| answer["refresh_token"] = Value::Null;
    assert!(!is_replaced(Rotation::Omits, null));
}

#[test]
fn answers_that_differ_only_in_taste_are_accepted() {
    let odd: [fn(&mut Value); 6] = [
        |token| token["token_type"] = "bearer".into(),
        |token| token["token_type"] = "BEARER".into(),
        |token| token["unknown"] = json!({ "nested": [1, null, { "a": [] }] }),
        |token| token["athlete"] = json!({ "id": 227615, "city": "anywhere" }),
        |token| token["expires_in"] = "21600".into(),
        |token| drop(token.as_object_mut().unwrap().remove("expires_at")),
    ];
    for edit in odd {
        let world = World::like_strava();
        world.has_expired_token();
        world.server.answers(Answer::edited(edit));
        world.run("token").finish().ends(OK).prints_the_token();
        assert!(world.token()["expires_at"].as_u64() > Some(now() + 3600));
    }
}

#[test]
fn a_byte_order_mark_and_a_charset_do_no_harm() {
    let world = World::like_strava();
    world.has_expired_token();
    let access = format!("{}-x", world.marks.word(Secret::Access));
    let token = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 21600 });
    let body = format!("\u{feff}{token}");
    let answer = Answer::typed(200, "application/json; charset=UTF-8", body);
    world.server.answers(answer);
    let outcome = world.run("token").finish();
    outcome.ends(OK).prints(&format!("{access}\n"));
}

#[test]
fn a_form_instead_of_json_is_understood() {
    let world = World::like_strava();
    world.has_expired_token();
    let access = world.marks.word(Secret::Access);
    let form = format!("access_token={access}-x&token_type=bearer&expires_in=21600");
    let kind = "application/x-www-form-urlencoded";
    world.server.answers(Answer::typed(200, kind, form));
    let outcome = world.run("token").finish();
    outcome.ends(OK).prints(&format!("{access}-x\n"));
}

#[test]
fn the_same_access_token_again_is_worth_one_request_and_a_warning() {
    let world = World::like_strava();
    world.server.rules(|rules| {
        rules.same_access_token = true;
        rules.token_life = 7200;
    });
    world.is_logged_in();
    for (n, command) in ["token", "refresh", "login"].into_iter().enumerate() {
        let mut command = world.run(command);
        if n != 1 {
            command = command.with("--min-ttl", "5h");
        }
        let outcome = command.finish();
        outcome.ends(OK).after_refreshes(n + 1);
        outcome.says("loopin: warning: ").opened_nothing();
        outcome.has_token("/access_token", &world.server.current_access_token());
    }
}

#[test]
fn a_token_that_lives_long_enough_for_what_is_asked_is_not_refreshed() {
    let world = World::like_strava();
    world.is_logged_in();
    world.token_is_good_for(90);
    let enough = world.run("token").finish();
    enough.ends(OK).after_refreshes(0).prints_the_token();
    let longer = world.run("token").with("--min-ttl", "2m").finish();
    longer.ends(OK).after_refreshes(1).prints_the_token();
}

#[test]
fn a_token_of_unknown_life_is_used_until_somebody_asks_for_another() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("expires_at")));
    let outcome = world.run("token").finish();
    outcome.ends(OK).after_refreshes(0).prints_the_token();
    world.run("refresh").finish().ends(OK).after_refreshes(1);
    assert!(world.token()["expires_at"].is_u64());
}

#[test]
fn a_file_of_the_tutorials_is_refreshed_and_knows_afterwards_whose_it_is() {
    let world = World::like_strava();
    let refresh = format!("{}-theirs", world.marks.word(Secret::Refresh));
    world.server.knows_refresh_token(&refresh);
    world.server.rules(|rules| rules.rotation = Rotation::Omits);
    for missing in ["nothing", "access_token", "expires_at"] {
        let mut file = json!({
            "access_token": format!("{}-theirs", world.marks.word(Secret::Access)),
            "refresh_token": refresh,
            "expires_at": 1_500_000_000,
            "note": 7,
        });
        file.as_object_mut().unwrap().remove(missing);
        world.writes("token.json", file.to_string());
        let outcome = world.run("refresh").finish();
        outcome.ends(OK).has_token("/note", "7");
        outcome.has_token("/client_id", "123456");
        outcome.has_token("/access_token", &world.server.current_access_token());
    }
}

#[test]
fn a_public_client_refreshes_without_a_secret() {
    let world = World::of_a_public_client();
    world.has_expired_token();
    let outcome = world.run("token").finish();
    outcome.ends(OK).after_refreshes(1).prints_the_token();
}

#[test]
fn a_token_that_cannot_be_refreshed_needs_a_login() {
    let world = World::like_strava();
    world.has_expired_token();
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("refresh_token")));
    for command in refreshing(&world) {
        let outcome = command.finish();
        outcome.ends(LOGIN).says("loopin login").opened_nothing();
        outcome.left_the_token_alone().after_refreshes(0);
    }
    world.login().approved().ends(OK).after_refreshes(0);
    assert!(world.token()["refresh_token"].is_string());
}

#[test]
fn scopes_that_shrink_are_stored_as_they_are_and_told() {
    let world = World::standard();
    world.has_expired_token();
    world
        .server
        .answers(Answer::edited(|token| token["scope"] = "profile".into()));
    let outcome = world.run("token").finish();
    outcome.ends(OK).prints_the_token();
    outcome.has_token("/scope", "profile");
    outcome.has_token("/requested_scope", "profile data.read");
    let login = world.login().finish();
    login.ends(OK).says("data.read").opened_nothing();
}

#[test]
fn a_login_that_needs_the_browser_anyway_sends_no_refresh_token() {
    let world = World::like_strava();
    world.has_expired_token();
    world.login().flag("--force").approved().ends(OK);
    world.token_is_expired();
    let more = world.login().with("--scope", "read_all").approved();
    more.ends(OK).after_refreshes(0).asked_for_a_token(3);
}
