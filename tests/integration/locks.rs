//! Others who use the same file at the same moment: other commands, other programs, and what killed ones left behind.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

use serde_json::Value;

use crate::disk::WITHOUT_PRIVILEGES;
use crate::herd::LOCK;
use crate::support::*;

/// Somebody has the lock of the token file; dropped, it is free.
pub fn somebody_has_the_lock(world: &World) -> File {
    let options = File::options().create(true).append(true).clone();
    let lock = options.open(world.path(LOCK)).unwrap();
    lock.lock().unwrap();
    lock
}

/// Another program that writes as it should: beside the file first.
fn somebody_replaces_the_token(world: &World, edit: impl FnOnce(&mut Value)) {
    let mut token = world.token();
    edit(&mut token);
    world.writes("theirs", token.to_string());
    fs::rename(world.path("theirs"), world.path("token.json")).unwrap();
}

#[test]
fn whoever_waited_for_the_lock_looks_at_the_file_again() {
    let world = World::like_strava();
    world.has_expired_token();
    let lock = somebody_has_the_lock(&world);
    let token = world.run("token").start();
    token.wait_until_it_has_open(LOCK);
    let theirs = format!("{}-theirs", world.marks.word(Secret::Access));
    somebody_replaces_the_token(&world, |token| {
        token["access_token"] = theirs.clone().into();
        token["expires_at"] = (now() + 3600).into();
    });
    drop(lock);
    let outcome = token.finish();
    outcome.ends(OK).after_refreshes(0);
    outcome.prints(&format!("{theirs}\n"));
}

#[test]
fn the_refresh_token_that_is_sent_is_the_one_that_is_there_under_the_lock() {
    let world = World::like_strava();
    world.has_expired_token();
    world.server.forgets_all_grants();
    let theirs = format!("{}-theirs", world.marks.word(Secret::Refresh));
    world.server.knows_refresh_token(&theirs);
    let lock = somebody_has_the_lock(&world);
    let token = world.run("token").start();
    token.wait_until_it_has_open(LOCK);
    somebody_replaces_the_token(&world, |token| token["refresh_token"] = theirs.into());
    drop(lock);
    let outcome = token.finish();
    outcome.ends(OK).after_refreshes(1).prints_the_token();
}

#[test]
fn a_file_that_somebody_is_just_writing_is_no_reason_to_give_up() {
    let world = World::like_strava();
    world.has_expired_token();
    let lock = somebody_has_the_lock(&world);
    let herd: Vec<_> = (0..4).map(|_| world.run("token").start()).collect();
    herd.iter().for_each(|one| one.wait_until_it_has_open(LOCK));
    // Not as we write it: for a moment the file is empty.
    for n in 0..500 {
        world.edits_token(|token| token["ours"] = n.into());
    }
    drop(lock);
    let ended: Vec<_> = herd.into_iter().map(Running::end).collect();
    for token in ended {
        token.ends(OK).after_refreshes(1).prints_the_token();
    }
}

#[test]
fn members_that_somebody_adds_during_the_request_survive() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    world.edits_token(|token| token["ours"] = "kept".into());
    held.release();
    let outcome = token.finish();
    outcome.ends(OK).after_refreshes(1).prints_the_token();
    outcome.has_token("/ours", "kept");
    outcome.has_token("/access_token", &world.server.current_access_token());
}

#[test]
fn a_grant_that_somebody_writes_during_the_request_is_not_overwritten_and_ours_is_not_lost() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    let theirs = format!("{}-theirs", world.marks.word(Secret::Refresh));
    world.edits_token(|token| token["refresh_token"] = theirs.clone().into());
    held.release();
    let outcome = token.finish();
    outcome.after_refreshes(1).says("/loopin/recovered/");
    outcome.has_token("/refresh_token", &theirs);
    let ours = world.server.current_access_token();
    let files = world.snapshot().into_iter();
    let mut rescued = files.filter(|(path, _)| path.contains("/recovered/"));
    assert!(rescued.any(|(_, (_, bytes))| String::from_utf8_lossy(&bytes).contains(&ours)));
}

#[test]
fn a_token_that_was_set_aside_is_not_said_to_be_in_the_file() {
    for command in ["refresh", "login"] {
        let world = World::like_strava();
        world.has_expired_token();
        let held = world.server.holds_its_answer();
        let refresh = world.run(command).flag("--json").start();
        held.wait_until_asked();
        let theirs = format!("{}-theirs", world.marks.word(Secret::Refresh));
        world.edits_token(|token| token["refresh_token"] = theirs.into());
        held.release();
        let outcome = refresh.finish();
        outcome.ends(OK).never_says("saved in token.json");
        let told: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let place = told["token_file"].as_str().unwrap();
        assert!(place.contains("/loopin/recovered/"), "{place}");
    }
}

#[test]
fn a_file_that_vanishes_during_the_request_is_written_again() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    world.removes("token.json");
    held.release();
    let outcome = token.finish();
    outcome.ends(OK).after_refreshes(1).prints_the_token();
    outcome.has_token("/access_token", &world.server.current_access_token());
}

#[test]
fn what_a_killed_refresh_left_behind_is_cleaned_up_and_nothing_else() {
    let world = World::like_strava();
    world.has_expired_token();
    for name in [".token.json.a1b2c3.tmp", ".token.json.Zz9zZ0.tmp"] {
        world.writes(name, "{\"refresh_token\":\"r\"");
        let readable = fs::Permissions::from_mode(0o644);
        fs::set_permissions(world.path(name), readable).unwrap();
    }
    world.writes(".token.json.mine.tmp", "x");
    world.writes("token.json.bak", "x");
    world.run("token").finish().ends(OK).prints_the_token();
    assert!(!world.path(".token.json.a1b2c3.tmp").exists());
    assert!(!world.path(".token.json.Zz9zZ0.tmp").exists());
    assert!(world.path(".token.json.mine.tmp").exists());
    assert!(world.path("token.json.bak").exists());
}

#[test]
fn a_killed_refresh_leaves_the_old_token_and_the_next_one_cleans_up() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    token.signal("KILL");
    let outcome = token.finish();
    outcome.ends_by_signal(9).left_the_token_alone();
    drop(held);
    world.run("token").finish().ends(OK).prints_the_token();
    let mut left = world.snapshot().into_keys();
    assert!(!left.any(|name| name.ends_with(".tmp")));
}

#[test]
fn a_lock_file_that_was_replaced_meanwhile_is_no_lock() {
    let world = World::like_strava();
    world.has_expired_token();
    let old = somebody_has_the_lock(&world);
    let token = world.run("token").start();
    token.wait_until_it_has_open(LOCK);
    world.removes(LOCK);
    let new = somebody_has_the_lock(&world);
    drop(old);
    // It had the old one, saw that this is the lock no more, and opened the new one.
    token.wait_until_it_has_open(LOCK);
    assert_eq!(world.server.refreshes(), 0);
    drop(new);
    let outcome = token.finish();
    outcome.ends(OK).after_refreshes(1).prints_the_token();
}

#[test]
fn a_command_that_goes_on_for_hours_keeps_nobody_from_refreshing() {
    let world = World::like_strava();
    world.has_expired_token();
    let made = Command::new("mkfifo").arg(world.path("end")).status();
    assert!(made.unwrap().success());
    let hours = ["--", "sh", "-c", "echo begins >&2; read line <end"];
    let exec = world.run("exec").args(&hours).start();
    exec.wait_until_it_says("begins");
    world.token_is_expired();
    let outcome = world.run("token").finish();
    outcome.ends(OK).after_refreshes(2).prints_the_token();
    fs::write(world.path("end"), "now\n").unwrap();
    exec.finish().ends(OK);
}

#[test]
fn two_files_are_refreshed_at_the_same_time() {
    let world = World::like_strava();
    world.has_expired_token();
    let other = world.login().with("--token-file", "other.json");
    other.approved().ends(OK);
    let held = world.server.holds_its_answer();
    let first = world.run("token").start();
    held.wait_until_asked();
    let other = world.run("refresh").with("--token-file", "other.json");
    other.finish().ends(OK).after_refreshes(2);
    held.release();
    first.finish().ends(OK).prints_the_token();
}

#[test]
fn a_login_that_ends_during_a_refresh_has_the_last_word() {
    let world = World::like_strava();
    world.has_expired_token();
    let login = world.login().flag("--force").start();
    let person = login.person();
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    let old = world.server.current_access_token();
    let page = person.goes_meanwhile(&person.approval());
    eventually("a token", || world.server.current_access_token() != old);
    let theirs = world.server.current_access_token();
    login.wait_until_it_has_open(LOCK);
    held.release();
    token.end().ends(OK).after_refreshes(1);
    assert_eq!(page.join().unwrap().status(), 200);
    login.finish().ends(OK).has_token("/access_token", &theirs);
}

#[test]
fn a_lock_file_that_is_somebody_elses_is_named() {
    let world = World::like_strava();
    world.has_expired_token();
    fs::remove_file(world.path(LOCK)).unwrap();
    fs::create_dir(world.path(LOCK)).unwrap();
    let outcome = world.run("token").finish();
    outcome
        .ends(LOCAL)
        .says("cannot open ")
        .says(LOCK)
        .says("hint: ");
    outcome.after_refreshes(0);
}

#[test]
fn a_lock_file_that_another_user_left_there_comes_with_the_command_that_mends_it() {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return; // Only root may give files away.
    }
    let world = World::like_strava();
    world.has_expired_token();
    chown(world.path(LOCK), Some(65534), None).unwrap();
    let token = || world.run("token").through(&WITHOUT_PRIVILEGES).finish();
    let outcome = token();
    outcome.ends(LOCAL).says("cannot open ").after_refreshes(0);
    let rm = outcome.stderr.split_once("made anew: ").unwrap().1;
    let mut sh = Command::new("sh");
    let rm = sh.args(["-c", rm]).current_dir(world.folder());
    assert!(rm.status().unwrap().success());
    token().ends(OK).prints_the_token();
}

/// What a refresh left in the recovery folder, because another program's grant stands in the file.
fn rescued_beside_another_grant(world: &World, signal: Option<&str>) -> Option<String> {
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let token = world
        .run("token")
        .through(&["env", "--default-signal=TERM"])
        .start();
    held.wait_until_asked();
    let theirs = format!("{}-theirs", world.marks.word(Secret::Refresh));
    world.server.knows_refresh_token(&theirs);
    world.edits_token(|token| token["refresh_token"] = theirs.into());
    signal.iter().for_each(|name| token.signal(name));
    held.release();
    token.finish();
    let mut files = world.snapshot().into_keys();
    files.find(|path| path.contains("/recovered/") && path.ends_with("json"))
}

#[test]
fn a_signal_while_another_grant_was_written_leaves_nothing_behind() {
    let world = World::like_strava();
    // The checks after every command look for temporary files.
    assert!(rescued_beside_another_grant(&world, Some("TERM")).is_some());
}

#[test]
fn what_was_rescued_beside_another_grant_stays_whatever_becomes_of_that() {
    let world = World::like_strava();
    let rescued = rescued_beside_another_grant(&world, None).unwrap();
    world.run("refresh").finish().ends(OK).after_refreshes(2);
    assert!(world.path(&rescued).exists());
}
