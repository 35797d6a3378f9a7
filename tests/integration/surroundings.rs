//! Surroundings that lack what nobody thinks of: standard streams, `/proc`, a home, a name, a sensible time zone.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::setup::{fails, setup, without_an_app};
use crate::support::*;

/// What a shell does before the program starts.
const CLOSED: [&str; 4] = ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"];

/// The program starts with these of its streams closed.
fn without_streams<'w>(command: Loopin<'w>, closed: &str) -> Loopin<'w> {
    command.through(&["sh", "-c", &format!("exec \"$@\" {closed}"), "sh"])
}

/// The checks after every command look that the file is a whole one.
#[track_caller]
fn ends_well(command: Loopin<'_>, closed: &str) {
    without_streams(command, closed).finish().ends(OK);
}

#[test]
fn streams_that_are_closed_cost_no_token() {
    for closed in CLOSED {
        let world = World::like_strava();
        world.has_expired_token();
        ends_well(world.run("token"), closed);
        world.token_is_expired();
        ends_well(world.run("exec").args(&["--", "true"]), closed);
        ends_well(world.run("refresh"), closed);
        ends_well(world.run("status"), closed);
        let doctor = world.run("doctor").with("--port", "0");
        without_streams(doctor, closed).finish();
        ends_well(world.login(), closed);
        let status = world.run("status").finish();
        status.ends(OK).after_refreshes(3).left_the_token_alone();
    }
}

#[test]
fn no_error_is_written_into_a_file_that_took_a_closed_streams_number() {
    for closed in CLOSED {
        let world = World::like_strava();
        world.has_expired_token();
        let gone = json!({ "error": "invalid_grant" });
        world.server.answers(Answer::json(400, &gone));
        let before = world.read("token.json");
        let fails = format!("\"$@\" {closed}; [ $? = {LOGIN} ]");
        let token = world.run("token").through(&["sh", "-c", &fails, "sh"]);
        token.finish().ends(OK).left_the_token_alone();
        assert_eq!(world.read("token.json"), before);
        assert_eq!(world.read(".token.json.lock"), "");
    }
}

#[test]
fn a_login_whose_streams_are_all_closed_opens_its_browser_and_ends_well() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    let login = without_streams(login, CLOSED[3]).start();
    login.person_at(&browser).approve();
    login.finish().ends(OK);
}

#[test]
fn a_setup_that_nobody_can_answer_says_so() {
    let world = without_an_app();
    fails(&without_streams(setup(&world), "<&-").finish(), USAGE);
}

/// Nothing is mounted where the kernel tells of processes.
const NO_PROC: [&str; 7] = [
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-ec",
    "mount -t tmpfs none /proc; exec \"$@\"",
    "sh",
];

#[test]
#[ignore = "needs unshare: tests/run"]
fn nothing_depends_on_proc() {
    if !namespaces::are_possible(&NO_PROC) {
        return;
    }
    let world = World::like_strava();
    world.has_expired_token();
    let token = world.run("token").through(&NO_PROC).finish();
    token.ends(OK).prints_the_token();
    let exec = world.run("exec").args(&["--", "echo", "started"]);
    let exec = exec.through(&NO_PROC).finish();
    exec.ends(OK).prints("started\n");
    let login = world.login().flag("--force").through(&NO_PROC);
    login.approved().ends(OK);
    let doctor = world.run("doctor").with("--port", "0");
    doctor.through(&NO_PROC).finish().never_says("bug");
    world.run("logout").through(&NO_PROC).finish().ends(OK);
}

/// Nobody in the list of users has this number; and there is no home.
const UNKNOWN: [&str; 8] = [
    "unshare",
    "--map-user=54321",
    "--map-group=54321",
    "env",
    "-u",
    "HOME",
    "-u",
    "TMPDIR",
];

#[test]
#[ignore = "needs unshare: tests/run"]
fn a_user_without_a_name_and_a_home_can_do_everything() {
    if !namespaces::are_possible(&UNKNOWN) {
        return;
    }
    let world = World::like_strava();
    world.login().through(&UNKNOWN).approved().ends(OK);
    world.token_is_expired();
    let token = world.run("token").through(&UNKNOWN).finish();
    token.ends(OK).prints_the_token();
    world.run("status").through(&UNKNOWN).finish().ends(OK);
    let doctor = world.run("doctor").with("--port", "0");
    doctor.through(&UNKNOWN).finish().never_says("bug");
}

#[test]
fn a_home_that_is_odd_changes_no_login() {
    for home in ["", "relative", "/", "/proc/nowhere"] {
        let world = World::like_strava();
        let login = world.login().env("HOME", home);
        let login = login.env("XDG_STATE_HOME", "relative");
        let login = login.env("XDG_CONFIG_HOME", "relative");
        login.env("XDG_RUNTIME_DIR", "/nowhere").approved().ends(OK);
        assert!(!world.path("relative").exists());
    }
}

#[test]
fn a_folder_with_the_name_of_a_time_zone_is_not_meant() {
    // A machine may have no time zones.
    if !Path::new("/usr/share/zoneinfo/Japan").exists() {
        return;
    }
    let world = World::like_strava();
    world.has_expired_token();
    fs::create_dir(world.path("Japan")).unwrap();
    for zone in ["Japan", ":Japan"] {
        let status = world.run("status").env("TZ", zone).finish();
        assert!(
            status.stdout.contains("2017-07-14 11:40"),
            "{}",
            status.stdout
        );
    }
}

#[test]
fn a_time_zone_without_an_end_is_not_read() {
    let world = World::like_strava();
    world.is_logged_in();
    world.has_a_pipe("zone");
    let pipe = world.path("zone").display().to_string();
    for zone in [pipe.as_str(), &format!(":{pipe}"), "zone", "/dev"] {
        let status = world.run("status").env("TZ", zone).finish();
        status.ends(OK);
    }
}
