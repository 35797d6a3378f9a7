//! Many processes and one expired token, at a server where a refresh token that is sent twice costs the grant.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use serde_json::Value;

use crate::support::*;

pub const LOCK: &str = ".token.json.lock";

fn world_with_an_expired_token() -> World {
    let world = World::like_strava();
    world.server.rules(|rules| rules.reuse_is_a_fault = true);
    world.has_expired_token();
    world
}

/// Starts `n` commands, of which one gets to the server; returns once all others wait for its lock.
fn wait_together<'w>(n: usize, command: impl Fn(usize) -> Loopin<'w>) -> Vec<Running<'w>> {
    let herd: Vec<_> = (0..n).map(|i| command(i).start()).collect();
    for one in &herd {
        one.wait_until_it_has_open(LOCK);
    }
    herd
}

/// All end well, with the same answer, which is what the server gave last.
#[track_caller]
fn have_one_token(herd: Vec<Running<'_>>) {
    // Only when all have ended, nothing may be left in the folder.
    let ended: Vec<_> = herd.into_iter().map(Running::end).collect();
    for one in ended {
        one.check_invariants();
        one.ends(OK).opened_nothing();
        one.has_token("/access_token", &one.world.server.current_access_token());
        if matches!(one.task, Task::Token | Task::Exec) {
            one.prints_the_token();
        }
    }
}

#[test]
fn a_herd_of_sixty_four_sends_one_request_and_has_one_answer() {
    let world = world_with_an_expired_token();
    let held = world.server.holds_its_answer();
    let herd = wait_together(64, |_| world.run("token"));
    held.wait_until_asked();
    held.release();
    have_one_token(herd);
    assert_eq!((world.server.refreshes(), world.server.reused()), (1, 0));
}

#[test]
fn a_herd_that_nobody_holds_up_sends_one_request_too() {
    let world = world_with_an_expired_token();
    let herd: Vec<_> = (0..16).map(|_| world.run("token").start()).collect();
    have_one_token(herd);
    assert_eq!((world.server.refreshes(), world.server.reused()), (1, 0));
}

#[test]
fn a_mixed_herd_sends_one_request() {
    let world = world_with_an_expired_token();
    let held = world.server.holds_its_answer();
    let commands = ["token", "refresh", "login", "exec"];
    let printing = ["--", "printenv", "ACME_ACCESS_TOKEN"];
    let herd = wait_together(24, |i| match commands[i % 4] {
        "exec" => world.run("exec").args(&printing),
        other => world.run(other),
    });
    held.wait_until_asked();
    held.release();
    have_one_token(herd);
    assert_eq!((world.server.refreshes(), world.server.reused()), (1, 0));
}

#[test]
fn a_herd_that_comes_by_two_names_of_the_file_sends_one_request() {
    let world = world_with_an_expired_token();
    symlink("token.json", world.path("alias.json")).unwrap();
    let held = world.server.holds_its_answer();
    let names = ["token.json", "alias.json"];
    let herd = wait_together(8, |i| world.run("token").with("--token-file", names[i % 2]));
    held.wait_until_asked();
    held.release();
    have_one_token(herd);
    assert_eq!((world.server.refreshes(), world.server.reused()), (1, 0));
    assert!(world.path("alias.json").is_symlink());
}

/// In how many places this very process has the lock file open.
fn open_here(world: &World) -> usize {
    let files = fs::read_dir("/proc/self/fd").unwrap().flatten();
    let paths = files.filter_map(|file| fs::read_link(file.path()).ok());
    paths.filter(|path| *path == world.path(LOCK)).count()
}

#[test]
fn threads_of_one_program_send_one_request() {
    let world = world_with_an_expired_token();
    let provider = loopin::Provider::from_file(world.path("acme.toml")).unwrap();
    let client = loopin::Client::with_secret("123456", world.marks.word(Secret::Client));
    let file = loopin::TokenFile::new(world.path("token.json")).unwrap();
    let held = world.server.holds_its_answer();
    let refresh = || {
        let refresh = loopin::Refresh::new(provider.clone(), client.clone());
        let file = file.clone();
        thread::spawn(move || runtime().block_on(refresh.run(&file)).unwrap())
    };
    let threads: Vec<_> = (0..16).map(|_| refresh()).collect();
    eventually("all threads to wait", || open_here(&world) == 16);
    held.wait_until_asked();
    held.release();
    let refreshed: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    let token = world.server.current_access_token();
    assert!(
        refreshed
            .iter()
            .all(|one| one.token.access_token() == token)
    );
    assert_eq!(refreshed.iter().filter(|one| one.is_new).count(), 1);
    assert_eq!((world.server.refreshes(), world.server.reused()), (1, 0));
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

#[test]
fn a_herd_of_logins_that_may_open_a_browser_opens_none() {
    let world = world_with_an_expired_token();
    let held = world.server.holds_its_answer();
    let herd = wait_together(16, |_| world.login());
    held.wait_until_asked();
    held.release();
    have_one_token(herd);
    assert_eq!((world.server.refreshes(), world.server.reused()), (1, 0));
}

#[test]
fn a_herd_whose_wish_cannot_be_met_is_content_with_what_the_one_request_brought() {
    let world = World::like_strava();
    world.server.rules(|rules| {
        rules.same_access_token = true;
        rules.token_life = 7200;
    });
    world.is_logged_in();
    let held = world.server.holds_its_answer();
    let herd = wait_together(16, |_| world.run("token").with("--min-ttl", "5h"));
    held.wait_until_asked();
    held.release();
    have_one_token(herd);
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn a_herd_goes_on_when_the_one_that_asks_is_killed() {
    let world = world_with_an_expired_token();
    let held = world.server.holds_its_answer();
    let first = world.run("token").start();
    held.wait_until_asked();
    let herd = wait_together(16, |_| world.run("token"));
    first.signal("KILL");
    first.end().ends_by_signal(9);
    drop(held);
    have_one_token(herd);
    assert_eq!((world.server.refreshes(), world.server.reused()), (2, 0));
}

#[test]
fn a_herd_that_cannot_have_a_longer_token_from_a_stopped_process_uses_the_one_there_is() {
    let world = World::like_strava();
    world.is_logged_in();
    world.token_is_good_for(7200);
    let held = world.server.holds_its_answer();
    let longer = |command| world.run(command).with("--min-ttl", "5h");
    let first = longer("token").start();
    held.wait_until_asked();
    first.signal("STOP");
    let tokens: Vec<_> = (0..3).map(|_| longer("token").start()).collect();
    let (login, refresh) = (longer("login").start(), world.run("refresh").start());
    let ended: Vec<_> = tokens.into_iter().map(Running::end).collect();
    for token in ended {
        token.ends(OK).says("loopin: warning: ").prints_the_token();
    }
    login.end().ends(OK).says("loopin: warning: ");
    let refresh = refresh.end();
    refresh.ends(TEMPORARY).says(LOCK).after_refreshes(1);
    refresh.left_the_token_alone();
}

/// Somebody who parses the token file again and again, and tells how often it was there.
fn reader(file: PathBuf, enough: Arc<AtomicBool>) -> JoinHandle<usize> {
    thread::spawn(move || {
        let mut reads = 0;
        while !enough.load(Ordering::Relaxed) {
            let text = fs::read_to_string(&file).expect("the file is there");
            let token: Value = serde_json::from_str(&text).expect("the document is whole");
            assert!(token["refresh_token"].is_string(), "{token}");
            reads += 1;
        }
        reads
    })
}

#[test]
fn whoever_reads_the_file_meanwhile_never_sees_a_broken_document() {
    let world = world_with_an_expired_token();
    let enough = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..20)
        .map(|_| reader(world.path("token.json"), Arc::clone(&enough)))
        .collect();
    for _ in 0..8 {
        let herd: Vec<_> = (0..4).map(|_| world.run("refresh").start()).collect();
        have_one_token(herd);
    }
    enough.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.join().expect("it read whole documents only") > 0);
    }
    assert_eq!(world.server.reused(), 0);
}
