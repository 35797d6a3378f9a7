//! Hints that fit the case: what they say can be done, and it helps.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::disk::WITHOUT_PRIVILEGES;
use crate::guards::{BOTH, does_what_is_hinted, git, in_a_work_tree};
use crate::support::*;

#[test]
fn a_tracked_token_of_another_name_is_ended_by_its_name() {
    let world = in_a_work_tree(BOTH);
    let login = || world.login().with("--token-file", "ada.json");
    login().approved().ends(OK);
    git(&world, &["add", "-f", "ada.json"]);
    let outcome = login().finish();
    outcome.ends(OK).says("git tracks ada.json");
    outcome.says(": loopin logout --provider ./acme.toml --token-file ada.json\n");
}

#[test]
fn a_last_line_of_gitignore_that_has_no_end_gets_one() {
    for before in ["*.log", "", "*.log\n"] {
        let world = in_a_work_tree(before);
        world.is_logged_in();
        does_what_is_hinted(&world.login().finish());
        world.login().finish().ends(OK).never_says("git");
        let text = world.read(".gitignore");
        let lines: Vec<_> = text.lines().collect();
        assert!(lines.contains(&"token.json"), "{text:?}");
        assert_eq!(lines.contains(&"*.log"), !before.is_empty(), "{text:?}");
    }
}

#[test]
fn an_address_that_this_machine_has_not_is_mended_by_the_option_that_named_it() {
    let world = World::like_strava();
    let outcome = world.login().with("--listen", "192.0.2.1").finish();
    outcome.ends(LOCAL).says("hint: ").says("by --listen");
    outcome.never_says("--port").opened_nothing();
}

#[test]
fn whoever_has_a_provider_file_is_not_told_of_the_built_in_ones() {
    for text in ["not TOML", "", "name = 12"] {
        let world = World::like_strava();
        world.writes("acme.toml", text);
        let outcome = world.login().finish();
        outcome.ends(USAGE).says("hint: mend the file");
        outcome.never_says("built in");
    }
    let world = World::like_strava();
    let unknown = world.login().with("--provider", "nobody").finish();
    unknown.ends(USAGE).says("hint: known by name: ");
}

#[test]
fn secrets_that_may_not_be_read_come_with_the_command_that_mends_it() {
    let world = World::like_strava();
    let nobodys = fs::Permissions::from_mode(0o000);
    fs::set_permissions(world.path("client_secrets.txt"), nobodys).unwrap();
    let login = world.login().through(&WITHOUT_PRIVILEGES);
    let outcome = login.finish();
    outcome.ends(USAGE).says("client_secrets.txt");
    outcome.says(": chmod 600 client_secrets.txt\n");
    does_what_is_hinted(&outcome);
    world.login().through(&WITHOUT_PRIVILEGES).approved();
}
