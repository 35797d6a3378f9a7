//! What was asked for, what was granted, and who hears of the difference.

use serde_json::json;

use crate::support::*;

#[test]
fn a_scope_that_was_not_granted_is_named_with_the_way_to_ask_again() {
    let world = World::like_strava();
    let login = world.login().start();
    let page = login.person().approve_only(&["read"]);
    page.shows("activity:read_all");
    let outcome = login.finish();
    outcome
        .ends(OK)
        .says("loopin: warning: ")
        .says("activity:read_all");
    outcome.says("hint: ").says("--force");
    outcome.has_token("/scope", "read");
    outcome.has_token("/requested_scope", "read activity:read_all");
}

#[test]
fn very_many_scopes_are_no_reason_to_be_late_with_the_token() {
    let world = World::standard();
    let many: Vec<String> = (0..100_000).map(|n| format!("s{n}")).collect();
    let many = many.join(" ");
    let answer = Answer::edited(move |token| token["scope"] = many.clone().into());
    world.server.answers(answer);
    world.login().approved().ends(OK);
    world.token_is_expired();
    world.run("token").finish().ends(OK).after_refreshes(1);
}

#[test]
fn a_scope_that_was_not_granted_is_a_warning_each_time_but_never_another_browser() {
    let world = World::like_strava();
    let login = world.login().start();
    login.person().approve_only(&["read"]);
    login.finish().ends(OK);
    let again = world.login().finish();
    again.ends(OK).opened_nothing().says("activity:read_all");
}

#[test]
fn a_login_that_will_not_last_says_what_would_make_it_last() {
    for (lists, scope, is_told) in [
        (true, "openid", true),
        (true, "openid offline_access", false),
        (false, "openid", false),
    ] {
        let world = World::of_an_issuer();
        if !lists {
            world
                .server
                .says_of_itself(|metadata| metadata["scopes_supported"] = json!(["openid"]));
        }
        world
            .server
            .answers(Answer::edited(without("refresh_token")));
        let outcome = world.login().with("--scope", scope).approved();
        let hint = "add offline_access to --scope";
        assert_eq!(outcome.ends(OK).stderr.contains(hint), is_told);
    }
}

#[test]
fn require_scopes_takes_all_or_nothing() {
    let world = World::like_strava();
    let login = world.login().flag("--require-scopes").start();
    let page = login.person().approve_only(&["read"]);
    page.shows("activity:read_all").shows_no("logged in to");
    let outcome = login.finish();
    outcome.ends(DENIED).says("activity:read_all");
    outcome.left_the_token_alone();
}

#[test]
fn require_scopes_is_content_when_all_are_granted() {
    let world = World::like_strava();
    let outcome = world.login().flag("--require-scopes").approved();
    outcome.ends(OK).never_says("warning");
}

#[test]
fn require_scopes_is_not_content_with_a_token_that_has_fewer() {
    let world = World::like_strava();
    let login = world.login().start();
    login.person().approve_only(&["read"]);
    login.finish().ends(OK);
    let outcome = world.login().flag("--require-scopes").approved();
    outcome.ends(OK).asked_for_a_token(2);
    outcome.has_token("/scope", "read activity:read_all");
}

#[test]
fn scopes_are_a_set() {
    for granted in [
        vec!["activity:read_all", "read"],
        vec!["read", "activity:read_all", "read"],
        vec!["read", "activity:read_all", "profile:read_all"],
        vec!["read activity:read_all"],
    ] {
        let world = World::like_strava();
        let login = world.login().flag("--require-scopes").start();
        login.person().approve_only(&granted);
        login.finish().ends(OK).never_says("warning");
    }
}

/// Both are legal (RFC 6749 §3.3).
#[test]
fn scopes_with_markup_in_them_are_text_on_the_page() {
    let world = World::like_strava();
    let login = world.login().start();
    let page = login
        .person()
        .approve_only(&["read", "<b>not</b><script>alert(1)</script>"]);
    page.shows("read")
        .shows_no("<b>not")
        .shows_no("<script>alert");
    login.finish().ends(OK);
}

#[test]
fn scopes_differ_by_case() {
    let world = World::like_strava();
    let login = world.login().flag("--require-scopes").start();
    login.person().approve_only(&["READ", "activity:read_all"]);
    login.finish().ends(DENIED).left_the_token_alone();
}

#[test]
fn a_provider_that_says_nothing_of_scopes_granted_all() {
    let world = World::like_strava();
    let login = world.login().flag("--require-scopes").start();
    let person = login.person();
    person.go(&person.approval().without("scope"));
    let outcome = login.finish();
    outcome
        .ends(OK)
        .has_token("/scope", "read activity:read_all");
}

#[test]
fn a_provider_that_grants_nothing_is_believed() {
    let world = World::like_strava();
    let login = world.login().flag("--require-scopes").start();
    login.person().approve_only(&[""]);
    login.finish().ends(DENIED).left_the_token_alone();
}

#[test]
fn the_token_answer_tells_the_scopes_too() {
    let world = World::standard();
    let login = world.login().flag("--require-scopes").start();
    login.person().approve_only(&["profile"]);
    login.finish().ends(DENIED).says("data.read");
}

#[test]
fn scopes_of_the_persons_own_replace_the_providers() {
    let world = World::like_strava();
    let login = world
        .login()
        .with("--scope", "read_all,activity:write")
        .start();
    assert_eq!(login.person().parameter("scope"), "read_all,activity:write");
    login.person().approve();
    let outcome = login.finish();
    outcome
        .ends(OK)
        .has_token("/scope", "read_all activity:write");
}

#[test]
fn scopes_may_be_given_one_by_one_or_with_spaces() {
    let world = World::like_strava();
    let login = world
        .login()
        .and("--scope", "a b")
        .and("--scope", "c,a")
        .start();
    assert_eq!(login.person().parameter("scope"), "a,b,c");
    login.person().approve();
    login.finish().ends(OK).has_token("/scope", "a b c");
}

#[test]
fn a_token_that_covers_less_than_what_is_asked_for_now_is_not_enough() {
    let world = World::like_strava();
    world.login().with("--scope", "read").approved().ends(OK);
    world
        .login()
        .with("--scope", "read")
        .finish()
        .ends(OK)
        .opened_nothing();
    let more = world
        .login()
        .with("--scope", "read,activity:write")
        .approved();
    more.ends(OK).asked_for_a_token(2);
    more.has_token("/scope", "read activity:write");
}
