//! `--param max_age=…`: how long ago a person may have been asked who they are (OpenID Connect Core §3.1.2.1).

use serde_json::{Value, json};

use crate::support::*;

/// The id_token tells this of when the person was asked; the answer has to be no older than five minutes.
#[track_caller]
fn login_ends(code: i32, auth_time: Value) {
    let world = World::of_an_issuer();
    world
        .server
        .claims(move |claims| claims["auth_time"] = auth_time.clone());
    let login = world.login().with("--param", "max_age=300");
    let outcome = login.approved();
    outcome.ends(code).asked_for_a_token(1);
    if code == OK {
        outcome.has_token("/account/id", "u-1");
    } else {
        outcome.says("lately enough").left_the_token_alone();
    }
}

#[test]
fn whoever_was_asked_lately_is_believed() {
    login_ends(OK, json!(now()));
    login_ends(OK, json!(now() - 200));
}

#[test]
fn a_clock_that_is_a_few_minutes_off_does_no_harm() {
    login_ends(OK, json!(now() - 400));
}

#[test]
fn whoever_was_asked_long_ago_is_not_believed() {
    login_ends(PROVIDER, json!(now() - 3600));
    login_ends(PROVIDER, json!(0));
}

#[test]
fn whoever_does_not_tell_is_not_believed() {
    for odd in [json!(null), json!(now().to_string()), json!([now()])] {
        login_ends(PROVIDER, odd);
    }
}

#[test]
fn a_time_beyond_all_clocks_is_no_reason_to_break() {
    login_ends(OK, json!(1e30));
}

#[test]
fn what_is_no_number_of_seconds_is_not_asked_for() {
    for odd in ["300.0", "5m", "-1", "1e3"] {
        let world = World::of_an_issuer();
        let login = world.login().with("--param", &format!("max_age={odd}"));
        login.finish().ends(USAGE).says("max_age").opened_nothing();
    }
}

#[test]
fn nobody_else_is_asked_when_that_was() {
    let world = World::of_an_issuer();
    world
        .server
        .claims(|claims| claims["auth_time"] = json!(now() - 3600));
    world.login().approved().ends(OK);
}
