//! A login inside somebody else's program: what the crate promises to embedders, seen through its public API.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::channel;

use loopin::{Error, ErrorKind, Kept, Pending, Token};
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::support::*;

#[test]
fn a_login_returns_the_token() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = embedder.starts(&world, login(&world), in_memory);
    login
        .person
        .approve()
        .shows("You are logged in as Mari Maasikas");
    let token = embedder.end_of(login).unwrap();
    assert_eq!(token.access_token(), world.server.current_access_token());
    assert_eq!(token.account().unwrap().id, "227615");
}

#[test]
fn a_login_runs_on_the_one_thread_of_a_program_too() {
    let world = World::like_strava();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (open, url) = oneshot::channel();
    let show = |login: Pending| open.send(login.url().to_owned()).unwrap();
    let login = login(&world).run(show, in_memory);
    let person = async {
        let person = Arc::new(world.person(&url.await.unwrap()));
        person.goes_meanwhile(&person.approval())
    };
    let (token, page) = runtime.block_on(async { tokio::join!(login, person) });
    assert_eq!(page.join().unwrap().status(), 200);
    let token = token.unwrap();
    assert_eq!(token.access_token(), world.server.current_access_token());
}

/// Where the token is becomes known only at the end of `keep`, and stands on the page.
#[test]
fn keep_is_awaited_before_the_page_is_shown() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let (is_kept, kept) = oneshot::channel::<&str>();
    let (begin, begun) = channel();
    let keep = async move |_: Token| {
        begin.send(()).unwrap();
        Ok(Kept::at(kept.await.unwrap()))
    };
    let login = embedder.starts(&world, login(&world), keep);
    let page = login.person.goes_meanwhile(&login.person.approval());
    begun.recv().unwrap();
    is_kept.send("vault").unwrap();
    page.join().unwrap().shows("vault");
    embedder.end_of(login).unwrap();
}

/// An embedder's own reason.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("the keyring of {0} is locked")]
struct Locked(&'static str);

#[test]
fn an_embedders_own_error_is_on_the_page_and_returned() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let keep = async |_: Token| Err(Error::not_kept(Locked("Mari")));
    let login = embedder.starts(&world, login(&world), keep);
    let page = login.person.approve();
    page.shows("data-outcome=\"failed\"")
        .shows("the keyring of Mari is locked");
    let error = embedder.end_of(login).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Local);
    let Error::NotKept { error } = error else {
        panic!("{error}")
    };
    assert_eq!(error.downcast_ref(), Some(&Locked("Mari")));
}

#[test]
fn a_login_that_ended_well_has_closed_its_port() {
    if !is_alone("library::a_login_that_ended_well_has_closed_its_port") {
        return; // A process that another test is about to start may hold the port for a moment.
    }
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = embedder.starts(&world, login(&world), in_memory);
    let person = Arc::clone(&login.person);
    assert_eq!(person.approve().status(), 200);
    embedder.end_of(login).unwrap();
    assert!(TcpStream::connect(person.address()).is_err());
}

#[test]
fn a_login_that_is_dropped_closes_its_port_and_its_connections() {
    if !is_alone("library::a_login_that_is_dropped_closes_its_port_and_its_connections") {
        return; // A process that another test is about to start may hold the port for a moment.
    }
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = embedder.starts(&world, login(&world), in_memory);
    let mut idle = login.person.connects();
    assert_eq!(login.person.get("/favicon.ico").status(), 404);
    login.task.abort();
    let ended = embedder.0.block_on(login.task).unwrap_err();
    assert!(ended.is_cancelled());
    assert!(TcpStream::connect(login.person.address()).is_err());
    let _ = idle.write_all(b"GET / HTTP/1.1\r\n\r\n");
    assert!(matches!(idle.read(&mut [0]), Ok(0) | Err(_)));
}

#[test]
fn the_port_of_a_login_that_was_dropped_can_be_taken_again_at_once() {
    if !is_alone("library::the_port_of_a_login_that_was_dropped_can_be_taken_again_at_once") {
        return; // A process that another test is about to start may hold the port for a moment.
    }
    let world = World::like_strava();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (open, opened) = oneshot::channel();
        let show = |login: Pending| open.send(login.redirect_port()).unwrap();
        let login = login(&world).run(show, in_memory);
        let port = tokio::select! { biased; _ = login => 0, port = opened => port.unwrap() };
        std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    });
}

#[test]
fn a_login_that_is_dropped_while_it_keeps_the_token_tells_the_browser_of_no_success() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let (begin, begun) = channel();
    let keep = async move |_: Token| {
        begin.send(()).unwrap();
        std::future::pending().await
    };
    let login = embedder.starts(&world, login(&world), keep);
    let (mut browser, target) = (login.person.connects(), login.person.approval().target());
    let host = login.person.host();
    write!(browser, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    begun.recv().unwrap();
    login.task.abort();
    let page = Reply::read(browser);
    assert_ne!(page.status(), 200);
    page.shows_no("You are logged in");
}

#[test]
fn a_login_prints_nothing_and_writes_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, stderr) = alone_in(folder.path(), "library::a_login_returns_the_token");
    let lines = stdout.lines().filter(|line| !line.is_empty());
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 3, "more than a test says of itself: {stdout}");
    assert_eq!(lines[1], "test library::a_login_returns_the_token ... ok");
    assert_eq!(stderr, "");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_login_installs_no_signal_handler() {
    let caught = || {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("SigCgt"));
        line.unwrap().to_owned()
    };
    if !is_alone("library::a_login_installs_no_signal_handler") {
        return;
    }
    let (world, embedder, before) = (World::like_strava(), Embedder::new(), caught());
    let login = embedder.starts(&world, login(&world), in_memory);
    assert_eq!(caught(), before);
    login.person.approve();
    embedder.end_of(login).unwrap();
    assert_eq!(caught(), before);
}

#[test]
fn two_logins_in_one_process_do_not_meet() {
    let worlds = [World::like_strava(), World::standard()];
    let embedder = Embedder::new();
    let logins = worlds
        .each_ref()
        .map(|world| embedder.starts(world, login(world), in_memory));
    let [first, second] = &logins;
    let astray = second.person.address_bar(&first.person.approval());
    assert!(Reply::get(&astray).is_refusal());
    for (world, login) in worlds.iter().zip(logins).rev() {
        login.person.approve().shows("You are logged in");
        let token = embedder.end_of(login).unwrap();
        assert_eq!(token.access_token(), world.server.current_access_token());
    }
}

#[test]
fn no_secret_shows_when_a_program_prints_what_it_has() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = login(&world);
    let mut shown = format!("{login:?}");
    let (tell, told) = channel();
    let tell = move |login: Pending| {
        tell.send((format!("{login:?}"), login.url().to_owned()))
            .unwrap();
    };
    let task = embedder.0.spawn(login.run(tell, in_memory));
    let (pending, url) = told.recv().unwrap();
    let person = world.person(&url);
    person.approve();
    shown += &format!("{pending} {:?}", embedder.0.block_on(task).unwrap());
    world.marks.look_for_leaks("what is shown", &shown, &[]);
    assert!(!shown.contains(&person.asked.state), "{shown}");
}

/// The documented policy, and the one line of script.
#[track_caller]
fn is_bounded(page: &Reply) {
    let policy = page.header("content-security-policy").unwrap();
    let script = policy
        .split("; ")
        .find(|part| part.starts_with("script-src"));
    let script = script.unwrap();
    assert!(script.starts_with("script-src 'sha256-"), "{policy}");
    assert_eq!(script.split(' ').count(), 2, "{policy}");
    for part in [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "img-src data:",
        "font-src data:",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.split("; ").any(|found| found == part), "{policy}");
    }
    page.shows("<script>history.replaceState(");
}

#[test]
fn an_embedder_shows_its_own_page_of_a_success() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = embedder.starts(&world, login(&world).page(own_page), in_memory);
    let page = login.person.approve();
    page.shows("<p>Welcome, Mari Maasikas");
    page.shows_no("loopin").shows_no("data-outcome");
    is_bounded(&page);
    embedder.end_of(login).unwrap();
}

#[test]
fn an_embedder_shows_its_own_page_of_a_failure() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = embedder.starts(&world, login(&world).page(own_page), in_memory);
    let page = login.person.refuse();
    page.shows("<p>Sorry: ");
    is_bounded(&page);
    let error = embedder.end_of(login).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
}

#[test]
fn the_example_of_an_embedder_is_shorter_than_20_lines() {
    let example = include_str!("../../examples/embed.rs");
    let (_, code) = example.split_once("#[tokio::main").unwrap();
    let lines = code.lines().filter(|line| !line.trim().is_empty());
    assert!(lines.count() < 20);
}
