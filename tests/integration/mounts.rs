//! File systems that take nothing: found before anything is spent.

use crate::disk::writes_nothing;
use crate::support::*;

/// Mounts of its own, and whoever starts it is root there.
const MACHINE: [&str; 3] = ["unshare", "--map-root-user", "--mount"];

const READ_ONLY: &str =
    r#"folder=$PWD; mount -o bind,ro "$folder" "$folder"; cd "$folder"; exec "$@""#;

/// As the single file that somebody mounts into a container.
const ALONE: &str = r#"mount --bind token.json token.json; exec "$@""#;

/// Beyond a rename's reach, in a folder that takes files, until the command has ended.
const IMMUTABLE: &str = r#"trap 'chattr -i token.json' EXIT; chattr +i token.json; "$@""#;
const APPENDED_TO: &str = r#"trap 'chattr -a token.json' EXIT; chattr +a token.json; "$@""#;
const IN_A_LOG: &str = r#"trap 'chattr -a .' EXIT; chattr +a .; "$@""#;

/// A program that sees its folder so.
fn mounted(script: &str) -> Vec<&str> {
    [&MACHINE[..], &["sh", "-ec", script, "sh"]].concat()
}

#[test]
#[ignore = "needs unshare: tests/run"]
fn a_file_system_that_is_read_only_is_found_before_the_refresh_token_is_spent() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let world = World::like_strava();
    world.is_logged_in();
    writes_nothing(&world, &mounted(READ_ONLY));
    world.run("token").finish().ends(OK).prints_the_token();
}

#[test]
#[ignore = "needs unshare: tests/run"]
fn a_token_file_that_is_mounted_by_itself_is_found_before_the_refresh_token_is_spent() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let world = World::like_strava();
    world.is_logged_in();
    writes_nothing(&world, &mounted(ALONE));
    let login = world.login().flag("--force").through(&mounted(ALONE));
    let outcome = login.finish();
    outcome
        .ends(LOCAL)
        .opened_nothing()
        .says("mount its folder instead");
    world.run("token").finish().ends(OK).prints_the_token();
}

/// A token, where somebody may fix files; where nobody may, it is said that nothing is shown.
fn fixable() -> Option<World> {
    let world = World::like_strava();
    world.is_logged_in();
    let at_hand = format!("cd '{}'; {IMMUTABLE}", world.path("").display());
    namespaces::are_possible(&["sh", "-ec", &at_hand, "sh"]).then_some(world)
}

#[test]
fn a_token_file_that_is_immutable_is_found_before_the_refresh_token_is_spent() {
    let Some(world) = fixable() else { return };
    for script in [IMMUTABLE, APPENDED_TO] {
        writes_nothing(&world, &["sh", "-ec", script, "sh"]);
    }
    world.run("token").finish().ends(OK).prints_the_token();
}

#[test]
fn a_folder_for_appending_only_is_found_before_the_refresh_token_is_spent() {
    let Some(world) = fixable() else { return };
    world.token_is_expired();
    let token = world.run("token").through(&["sh", "-ec", IN_A_LOG, "sh"]);
    token.finish().ends(LOCAL).says("lsattr -d");
    world.run("token").finish().ends(OK).after_refreshes(1);
}

#[test]
fn what_cannot_be_removed_is_found_before_the_grant_is_ended() {
    let Some(world) = fixable() else { return };
    for script in [IMMUTABLE, APPENDED_TO] {
        let logout = world.run("logout").through(&["sh", "-ec", script, "sh"]);
        logout.finish().ends(LOCAL).left_the_token_alone();
        assert!(world.server.revocations().is_empty());
    }
    world.run("logout").finish().ends(OK);
}
