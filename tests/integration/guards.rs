//! Files that must not be published, in git work trees of all kinds.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::process::Command;

use crate::support::*;

pub const BOTH: &str = "client_secrets.txt\ntoken.json\ntoken.*.json\n.token.json.*\n";

/// Runs git in the test's folder.
pub fn git(world: &World, words: &[&str]) {
    let git = ["-c", "user.name=x", "-c", "user.email=x"];
    let mut command = Command::new("git");
    let done = command.args(git).args(words).current_dir(world.folder());
    let done = done.env("HOME", world.path("home")).output().unwrap();
    assert!(done.status.success(), "{words:?}: {done:?}");
}

/// A login whose files lie in a work tree that ignores what this says.
pub fn in_a_work_tree(ignored: &str) -> World {
    let world = World::like_strava();
    git(&world, &["init", "-q"]);
    world.writes(".gitignore", ignored);
    world
}

/// Does what the hints of this command say, as a person would type it.
pub fn does_what_is_hinted(outcome: &Outcome<'_>) {
    let hints = outcome.stderr.lines();
    let hints = hints.filter_map(|line| line.strip_prefix("hint: to ")?.split_once(": "));
    for (_, hint) in hints {
        let mut sh = Command::new("sh");
        let sh = sh
            .args(["-ec", hint])
            .current_dir(outcome.world.folder())
            .status();
        assert!(sh.unwrap().success(), "{hint}");
    }
}

#[test]
fn files_that_git_ignores_are_not_spoken_of() {
    let world = in_a_work_tree(BOTH);
    world.is_logged_in().never_says("git");
    world.login().finish().ends(OK).never_says("git");
}

#[test]
fn files_that_git_does_not_ignore_are_named_at_every_login_until_it_does() {
    let world = in_a_work_tree("");
    world.is_logged_in();
    let valid = world.login().finish();
    valid
        .ends(OK)
        .says("warning: git does not ignore token.json");
    valid.says("warning: git does not ignore client_secrets.txt");
    does_what_is_hinted(&valid);
    assert!(world.read(".gitignore").contains("\ntoken.*.json\n"));
    world.login().finish().ends(OK).never_says("git");
}

#[test]
fn files_that_git_tracks_are_named_until_it_does_not() {
    let world = in_a_work_tree(BOTH);
    world.is_logged_in();
    git(&world, &["add", "-f", "client_secrets.txt", "token.json"]);
    let outcome = world.login().finish();
    outcome.ends(OK).says("warning: git tracks token.json");
    outcome.says("git tracks client_secrets.txt").says("pushed");
    does_what_is_hinted(&outcome);
    assert!(world.path("token.json").exists());
    world.login().finish().ends(OK).never_says("git");
}

#[test]
fn a_setup_names_what_git_tracks_already() {
    let world = in_a_work_tree("");
    git(&world, &["add", "client_secrets.txt"]);
    let setup = Loopin::new(&world, "setup ./acme.toml").flag("--force");
    let outcome = setup.reads(world.read("client_secrets.txt"));
    outcome.ends(OK).says("git tracks client_secrets.txt");
    assert!(world.read(".gitignore").contains("client_secrets.txt\n"));
}

#[test]
fn each_file_is_named_once() {
    let world = in_a_work_tree("");
    world.is_logged_in();
    git(&world, &["add", "token.json"]);
    let stderr = world.login().finish().stderr.clone();
    assert_eq!(stderr.matches("git tracks").count(), 1, "{stderr}");
    assert_eq!(stderr.matches("git does not ignore").count(), 1, "{stderr}");
}

#[test]
fn a_failed_login_names_them_as_well() {
    let world = in_a_work_tree("");
    world.writes("token.json", "no token");
    let outcome = world.login().finish();
    outcome.ends(LOCAL).says("git does not ignore token.json");
}

#[test]
fn a_link_is_judged_by_what_it_leads_to() {
    let world = in_a_work_tree("linked\n");
    world.is_logged_in();
    fs::create_dir(world.path("linked")).unwrap();
    for name in ["token.json", "client_secrets.txt"] {
        let moved = world.path("linked").join(name);
        fs::rename(world.path(name), &moved).unwrap();
        symlink(moved, world.path(name)).unwrap();
    }
    world.login().finish().ends(OK).never_says("git");
    world.writes(".gitignore", "/token.json\n");
    let outcome = world.login().finish();
    outcome.says("git does not ignore token.json");
    does_what_is_hinted(&outcome);
    world.login().finish().ends(OK).never_says("git");
}

#[test]
fn files_of_another_work_tree_are_judged_by_that() {
    let world = in_a_work_tree(BOTH);
    git(&world, &["init", "-q", "other"]);
    world.writes("other/mine.json", "{\"access_token\":\"x\"}");
    fs::rename(
        world.path("client_secrets.txt"),
        world.path("other/-odd [1].txt"),
    )
    .unwrap();
    let login = || {
        let login = world.login().with("--token-file", "other/mine.json");
        let login = login.with("--client-secrets", "other/-odd [1].txt");
        login.finish()
    };
    let outcome = login();
    outcome.says("ignore mine.json").says("ignore -odd [1].txt");
    does_what_is_hinted(&outcome);
    git(
        &world,
        &["-C", "other", "add", "-f", "./-odd [1].txt", "mine.json"],
    );
    let outcome = login();
    outcome.says("tracks mine.json").says("tracks -odd [1].txt");
    does_what_is_hinted(&outcome);
    login().ends(OK).never_says("git");
}

#[test]
fn a_git_that_is_led_elsewhere_is_led_back() {
    let world = in_a_work_tree("");
    let elsewhere = world.path("home").to_string_lossy().into_owned();
    let login = world.login().env("GIT_DIR", &elsewhere);
    let login = login.env("GIT_WORK_TREE", &elsewhere);
    let login = login.env("GIT_ICASE_PATHSPECS", "1");
    login.approved().says("git does not ignore token.json");
}

#[test]
fn a_git_that_does_not_answer_is_said_and_none_is_not() {
    let world = in_a_work_tree("");
    world.is_logged_in();
    let without = world.login().env("PATH", "/nowhere").finish();
    without.ends(OK).never_says("git");
    world.writes(".git/config", "no configuration");
    let silent = world.login().finish();
    silent
        .ends(OK)
        .says("git does not say what it would publish");
}

/// A work tree whose configuration runs this program wherever git lets it; what git ignores stands in an object that is
/// to be fetched.
fn hostile(program: &str) -> World {
    let world = in_a_work_tree("x\n");
    git(&world, &["add", "acme.toml", ".gitignore"]);
    git(&world, &["commit", "-qm", "x"]);
    git(&world, &["update-index", "--skip-worktree", ".gitignore"]);
    world.removes(".gitignore");
    fs::remove_dir_all(world.path(".git/objects")).unwrap();
    fs::create_dir(world.path(".git/objects")).unwrap();
    world.writes(".git/info/attributes", "* filter=x\n");
    let program = world.path(program).to_string_lossy().into_owned();
    let config = format!(
        "[core]\nrepositoryFormatVersion = 1\nfsmonitor = {program}\npager = {program}\nsshCommand = {program}\n\
         [filter \"x\"]\nclean = {program}\nprocess = {program}\n[alias]\nls-files = !{program}\n\
         [extensions]\npartialClone = origin\n[protocol \"ext\"]\nallow = always\n\
         [remote \"origin\"]\npromisor = true\nurl = ext::{program} x\n"
    );
    world.writes(".git/config", config);
    world
}

#[test]
fn nothing_that_a_repository_configures_is_run() {
    let world = hostile("home/trap");
    world.writes("home/trap", "#!/bin/sh\n: > \"${0%/*}/trapped\"\n");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(world.path("home/trap"), executable).unwrap();
    world.is_logged_in().says("git does not ignore token.json");
    world.login().finish().ends(OK);
    assert!(!world.path("home/trapped").exists());
}

#[test]
fn outside_a_work_tree_no_git_is_started() {
    let world = World::like_strava();
    world.is_logged_in();
    fs::create_dir(world.path("home/bin")).unwrap();
    world.writes("home/bin/git", "#!/bin/sh\n: > home/started\n");
    let executable = fs::Permissions::from_mode(0o755);
    fs::set_permissions(world.path("home/bin/git"), executable).unwrap();
    let path = world.path("home/bin").to_string_lossy().into_owned();
    world.login().env("PATH", &path).finish().ends(OK);
    assert!(!world.path("home/started").exists());
    // The same in one: the trap works.
    git(&world, &["init", "-q"]);
    let ours = world.snapshot();
    world.login().env("PATH", &path).start().end();
    assert!(!ours.contains_key("home/started") && world.path("home/started").exists());
}

#[test]
fn commands_that_must_be_quick_ask_no_git() {
    let world = in_a_work_tree("");
    world.is_logged_in();
    for command in ["token", "status", "refresh"] {
        world.run(command).finish().ends(OK).never_says("git");
    }
}

#[test]
fn secrets_that_others_can_read_come_with_the_command_that_mends_it() {
    let world = World::like_strava();
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(world.path("client_secrets.txt"), readable).unwrap();
    let outcome = world.is_logged_in();
    outcome.says("warning: others can read client_secrets.txt");
    does_what_is_hinted(&outcome);
    let again = world.login().flag("--force").approved();
    again.ends(OK).never_says("others can read");
}

#[test]
fn secrets_that_a_link_leads_to_are_looked_at_there() {
    let world = World::like_strava();
    let secrets = world.path("client_secrets.txt");
    fs::rename(&secrets, world.path("real.txt")).unwrap();
    symlink("real.txt", &secrets).unwrap();
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(&secrets, readable).unwrap();
    let outcome = world.is_logged_in();
    outcome.says("warning: others can read client_secrets.txt");
}

#[test]
fn secrets_that_somebody_else_owns_come_with_a_warning() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return; // Only root may give files away.
    }
    let world = World::like_strava();
    chown(world.path("client_secrets.txt"), Some(65534), None).unwrap();
    let outcome = world.is_logged_in();
    outcome.says("client_secrets.txt belongs to another user");
    does_what_is_hinted(&outcome);
    let again = world.login().flag("--force").approved();
    again.ends(OK).never_says("belongs to");
}

#[test]
fn a_file_that_git_tracks_and_does_not_ignore_is_mended_by_one_command() {
    let world = in_a_work_tree("client_secrets.txt\n");
    world.is_logged_in();
    git(&world, &["add", "--force", "token.json"]);
    let told = world.login().finish();
    does_what_is_hinted(told.ends(OK).says("git tracks token.json"));
    world.login().finish().ends(OK).never_says("git");
}

#[test]
fn where_gitignore_is_a_link_the_mending_command_writes_elsewhere() {
    let world = in_a_work_tree("");
    world.removes(".gitignore");
    symlink("home/nowhere", world.path(".gitignore")).unwrap();
    does_what_is_hinted(&world.is_logged_in());
    assert!(!world.path("home/nowhere").exists());
    world.login().finish().ends(OK).never_says("git does not");
}
