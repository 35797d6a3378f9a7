//! Clocks that are wrong, or jump: `faketime`.

use std::process::Command;
use std::time::SystemTime;

use serde_json::{Value, json};

use super::support::tool;
use crate::support::*;

const WRONG: [&str; 4] = ["@1970-01-01 00:10:00", "-1d", "+1d", "@2106-03-01 00:00:00"];

/// On a machine with this clock on the wall.
fn where_it_is<'w>(clock: &str, command: Loopin<'w>) -> Loopin<'w> {
    tool("faketime");
    command.through(&["faketime", "--exclude-monotonic", "-f", clock])
}

/// The server tells the time with the token that it answers.
fn tells_the_time(world: &World) -> String {
    let access = format!("{}-x", world.marks.word(Secret::Access));
    let token = json!({ "access_token": access, "token_type": "Bearer", "expires_in": 3600 });
    let date = httpdate::fmt_http_date(SystemTime::now());
    let answer = Answer::json(200, &token).and_header("Date", &date);
    world.server.answers(answer);
    access + "\n"
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn a_wrong_clock_is_warned_about_and_the_token_lasts_by_it() {
    for clock in WRONG {
        let world = World::like_strava();
        world.has_expired_token();
        world.edits_token(|token| token["expires_at"] = 10.into());
        let access = tells_the_time(&world);
        let first = where_it_is(clock, world.run("token")).finish();
        first.ends(OK).prints(&access).after_refreshes(1);
        first.says("loopin: warning: ").says("clock");
        let again = where_it_is(clock, world.run("token")).finish();
        again.ends(OK).prints(&access).after_refreshes(1);
        again.never_says("clock");
    }
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn a_clock_that_is_a_day_late_costs_one_refresh_and_no_login() {
    let world = World::like_strava();
    world.is_logged_in();
    let token = where_it_is("+1d", world.run("token")).finish();
    token.ends(OK).prints_the_token().after_refreshes(1);
    let early = where_it_is("-1d", world.run("token")).finish();
    early.ends(OK).prints_the_token();
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn an_id_token_is_judged_by_the_providers_clock() {
    for clock in WRONG {
        let world = World::of_an_issuer();
        world.server.claims_at_refresh(|_| {});
        world.server.answers(Answer::Dated);
        let login = where_it_is(clock, world.login()).approved();
        login.ends(OK).says("clock").has_token("/account/id", "u-1");
        let refresh = where_it_is(clock, world.run("refresh")).finish();
        refresh.ends(OK).after_refreshes(1);
    }
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn an_id_token_without_a_date_is_judged_by_this_machines_clock() {
    for clock in WRONG {
        let world = World::of_an_issuer();
        let login = where_it_is(clock, world.login()).approved();
        login.ends(PROVIDER).says("id_token").left_the_token_alone();
        login.says("hint: check this machine's clock");
        world.is_logged_in();
        world.server.claims_at_refresh(|_| {});
        let refresh = where_it_is(clock, world.run("refresh")).finish();
        refresh.ends(PROVIDER).says(", by this machine's clock");
        refresh.left_the_token_alone();
    }
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn where_it_is_1970_the_clock_is_named_beside_the_certificate() {
    let world = World::of_an_issuer_over_https();
    world.has_expired_token();
    let refresh = where_it_is(WRONG[0], world.run("refresh")).finish();
    refresh
        .ends(PROVIDER)
        .says("its certificate is not valid before ");
    refresh.says("this machine's clock").after_refreshes(0);
    refresh.left_the_token_alone();
}

/// On a machine whose clocks are set by the file `clock`.
fn where_clocks_are_set<'w>(world: &World, command: Loopin<'w>) -> Loopin<'w> {
    let mut faketime = Command::new(tool("faketime"));
    faketime.args(["-f", "+0", "printenv", "LD_PRELOAD"]);
    let preload = String::from_utf8(faketime.output().unwrap().stdout).unwrap();
    let clock = world.path("clock").display().to_string();
    let command = command.env("LD_PRELOAD", preload.trim());
    let command = command.env("FAKETIME_TIMESTAMP_FILE", &clock);
    command.env("FAKETIME_NO_CACHE", "1")
}

/// A login on a machine whose clock on the wall is set so, and is right so far.
fn where_clocks_jump(world: &World) -> Loopin<'_> {
    world.writes("clock", "+0");
    let login = where_clocks_are_set(world, world.login());
    login.env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn a_clock_that_jumps_while_a_login_waits_does_not_end_the_wait() {
    for jump in ["-1d", "+1d", "+100y"] {
        let world = World::like_strava();
        let login = where_clocks_jump(&world).start();
        login.person();
        world.writes("clock", jump);
        let page = login.person().approve();
        page.shows("You are logged in");
        let outcome = login.finish();
        outcome.ends(OK);
        let expires_at = outcome.token().get("expires_at").and_then(Value::as_u64);
        assert_eq!(expires_at.unwrap() > now(), jump != "-1d", "{jump}");
    }
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn a_clock_that_jumps_back_while_a_login_waits_does_not_prolong_the_wait() {
    let world = World::like_strava();
    let login = where_clocks_jump(&world).with("--timeout", "2s").start();
    login.person();
    world.writes("clock", "-1d");
    login.finish().ends(TIMEOUT);
}

#[test]
#[ignore = "needs faketime: tests/run"]
fn an_answer_that_came_while_the_program_was_stopped_is_taken() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    // Time stands still, however slow this machine is, but for the jump.
    world.writes("clock", "2030-01-01 00:00:00");
    let token = where_clocks_are_set(&world, world.run("token")).start();
    held.wait_until_asked();
    token.signal("STOP");
    eventually("it stops", || token.is_stopped());
    world.writes("clock", "2030-01-01 00:00:20");
    held.release();
    token.signal("CONT");
    token
        .finish()
        .ends(OK)
        .prints_the_token()
        .after_refreshes(1);
}
