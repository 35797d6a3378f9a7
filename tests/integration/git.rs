//! What the git that is asked gets, and what it can do to us.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::doctor::{doctor, finds};
use crate::guards::{BOTH, in_a_work_tree};
use crate::support::*;

/// A work tree, and a git of the test's own that does this.
fn with_a_git_that(does: &str) -> World {
    let world = in_a_work_tree(BOTH);
    fs::create_dir(world.path("home/bin")).unwrap();
    world.writes("home/bin/git", format!("#!/bin/sh\n{does}\n"));
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(world.path("home/bin/git"), executable).unwrap();
    world
}

/// With that git in front of all others.
fn meets_it<'w>(world: &World, run: Loopin<'w>) -> Loopin<'w> {
    let bin = world.path("home/bin").to_string_lossy().into_owned();
    run.env("PATH", &format!("{bin}:/usr/bin:/bin"))
}

fn setup(world: &World) -> Loopin<'_> {
    Loopin::new(world, "setup ./acme.toml").flag("--force")
}

#[test]
fn git_gets_no_secret() {
    let world = with_a_git_that("env >> \"$HOME/got\"");
    world.writes("home/got", "");
    let secret = world.marks.word(Secret::Client);
    let knows = |run| {
        let run = meets_it(&world, run).env("ACME_CLIENT_ID", "123456");
        let run = run.env("ACME_CLIENT_SECRET", &secret);
        let run = run.env("STRAVA_CLIENT_SECRET", &secret);
        run.env("ACME_ACCESS_TOKEN", "x")
            .env("STRAVA_ACCESS_TOKEN", "x")
    };
    knows(world.login()).approved().ends(OK);
    knows(doctor(&world)).finish();
    knows(setup(&world))
        .reads(format!("123456,{secret}\n"))
        .ends(OK);
    let got = world.read("home/got");
    assert!(got.matches("GIT_OPTIONAL_LOCKS=").count() >= 3, "{got}");
    for name in ["_CLIENT_SECRET", "_ACCESS_TOKEN", &secret] {
        assert!(!got.contains(name), "{got}");
    }
}

#[test]
fn a_git_that_never_ends_keeps_nobody_waiting_for_ever() {
    let world = with_a_git_that("read line < \"$HOME/never\"");
    let mut mkfifo = Command::new("mkfifo");
    let made = mkfifo.arg(world.path("home/never")).status();
    assert!(made.unwrap().success());
    let login = meets_it(&world, world.login()).approved();
    login
        .ends(OK)
        .says("git does not say what it would publish");
    finds(
        meets_it(&world, doctor(&world)),
        "git",
        "git does not say",
        LOCAL,
    );
    let line = format!("123456,{}\n", world.marks.word(Secret::Client));
    meets_it(&world, setup(&world)).reads(line).ends(OK);
}
