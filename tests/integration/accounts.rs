//! Whose token it is.

use crate::support::*;

#[test]
fn another_accounts_token_is_kept_beside_the_stored_one() {
    let world = World::like_strava();
    world.is_logged_in();
    world.another_account(99);
    let (page, outcome) = world.login().flag("--force").approved_with_page();
    outcome
        .ends(LOCAL)
        .says("--switch-account")
        .says("token.99.json");
    outcome.left_the_token_alone();
    assert_eq!(world.token_in("token.99.json")["account"]["id"], "99");
    page.shows("token.99.json");
}

#[test]
fn the_token_beside_is_replaced_by_a_newer_one_of_the_same_account() {
    let world = World::like_strava();
    world.is_logged_in();
    world.another_account(99);
    let other = || world.login().flag("--force").approved();
    other().ends(LOCAL).says("token.99.json");
    let first = world.token_in("token.99.json");
    other().ends(LOCAL).says("token.99.json");
    let second = world.token_in("token.99.json");
    assert_ne!(first["access_token"], second["access_token"]);
}

#[test]
fn another_account_may_replace_the_stored_one_when_the_person_says_so() {
    let world = World::like_strava();
    world.is_logged_in();
    world.another_account(99);
    let outcome = world.login().flag("--switch-account").approved();
    outcome.ends(OK).says("Jaan Maasikas (99)");
    outcome.has_token("/account/id", "99");
}

#[test]
fn the_account_that_is_wanted_and_stored_needs_no_browser() {
    let world = World::like_strava();
    world.is_logged_in();
    let same = world.login().with("--account", "227615");
    same.finish().ends(OK).opened_nothing();
    let switch = world
        .login()
        .with("--account", "227615")
        .flag("--switch-account");
    switch.finish().ends(OK).opened_nothing();
}

#[test]
fn an_account_that_is_not_the_stored_one_is_refused_before_anybody_is_asked() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = world.login().with("--account", "99").finish();
    outcome.ends(LOCAL).opened_nothing().left_the_token_alone();
}

#[test]
fn an_account_that_was_wanted_replaces_the_stored_one_when_the_person_says_so() {
    let world = World::like_strava();
    world.is_logged_in();
    world.another_account(99);
    let login = world
        .login()
        .with("--account", "99")
        .flag("--switch-account");
    login.approved().ends(OK).has_token("/account/id", "99");
}

#[test]
fn whoever_is_not_the_account_that_is_wanted_gets_no_file() {
    let world = World::like_strava();
    let (page, outcome) = world.login().with("--account", "99").approved_with_page();
    outcome.ends(LOCAL).says("99").says("227615");
    outcome.left_the_token_alone();
    assert!(!world.path("token.227615.json").exists());
    page.shows_no("You are logged in");
}

#[test]
fn the_same_account_may_log_in_again() {
    let world = World::like_strava();
    world.is_logged_in();
    let again = world.login().flag("--force").with("--account", "227615");
    again.approved().ends(OK).asked_for_a_token(2);
}

#[test]
fn an_account_named_like_a_path_stays_in_the_folder() {
    let world = World::standard();
    world.is_logged_in();
    let path = "../../outside/x";
    world
        .server
        .rules(|rules| rules.account["sub"] = path.into());
    let outcome = world.login().flag("--force").approved();
    // The checks after every login look at what is new in the folder.
    outcome.ends(LOCAL).left_the_token_alone();
    let names = world.snapshot().into_keys();
    let beside = names.filter(|name| name.starts_with("token.") && name != "token.json");
    assert_eq!(beside.count(), 1);
}
