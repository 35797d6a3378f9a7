//! More of what `loopin doctor` looks at.

use std::net::TcpListener;

use crate::doctor::{doctor, finds, is_a_work_tree, is_content, set_mode};
use crate::ports::free_port;
use crate::support::*;

#[test]
fn a_parameter_that_is_ours_is_named_as_a_login_names_it() {
    let world = World::like_strava();
    let login = world.login().with("--param", "state=x").finish();
    login.ends(USAGE).says("state").opened_nothing();
    let error = login
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("loopin: error: "));
    let doctor = doctor(&world).with("--param", "state=x");
    finds(doctor, "options", error.unwrap(), USAGE);
}

#[test]
fn a_program_on_another_address_is_not_taken_for_the_holder_of_the_port() {
    let port = free_port();
    let _elsewhere = TcpListener::bind(("127.0.0.2", port)).unwrap();
    let port = port.to_string();
    let world = World::like_strava();
    is_content(doctor(&world).with("--port", &port), "port", " is free");
    let holder = world.login().with("--port", &port).start();
    holder.person();
    let outcome = doctor(&world).with("--port", &port).start().end();
    let found = outcome
        .ends(LOCAL)
        .stdout
        .lines()
        .find(|line| line.starts_with("✗ port"));
    let mend = outcome
        .stdout
        .lines()
        .find(|line| line.contains("holds the port"));
    assert!(found.is_some() && mend.is_some(), "{}", outcome.stdout);
    assert!(mend.unwrap().contains("end loopin (pid "), "{mend:?}");
    holder.still_logs_in();
}

#[test]
fn secrets_that_others_can_read_come_with_a_chmod() {
    let world = World::like_strava();
    for mode in [0o644, 0o604, 0o640] {
        set_mode(&world, "client_secrets.txt", mode);
        finds(
            doctor(&world),
            "client",
            "others can read client_secrets.txt",
            LOCAL,
        );
        let stdout = doctor(&world).finish().stdout.clone();
        assert!(
            stdout.contains("\n  mend: chmod 600 client_secrets.txt\n"),
            "{stdout}"
        );
    }
}

#[test]
fn a_work_tree_without_a_git_is_content() {
    let world = World::like_strava();
    is_a_work_tree(&world);
    let doctor = doctor(&world).env("PATH", "/nowhere");
    is_content(doctor, "git", "no git here that could be asked");
}
