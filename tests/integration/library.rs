//! The crate inside somebody else's program: what it promises to embedders, seen through its public API.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use loopin::{Client, Error, ErrorKind, Kept, Pending, Provider, Token, TokenFile};
use serde_json::json;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use crate::support::*;

/// An embedder that keeps the token in its memory.
async fn in_memory(_: Token) -> Result<Kept, Error> {
    Ok(Kept::default())
}

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
    let login = login(&world).run(
        move |login| open.send(login.url().to_owned()).unwrap(),
        in_memory,
    );
    let browser = async { Arc::new(world.person(&url.await.unwrap())) };
    let token = runtime.block_on(async {
        let person = async {
            let person = browser.await;
            person.goes_meanwhile(&person.approval())
        };
        let (token, page) = tokio::join!(login, person);
        assert_eq!(page.join().unwrap().status(), 200);
        token.unwrap()
    });
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
    assert!(!page.is_finished());
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
fn a_login_that_is_dropped_closes_its_port_and_its_connections() {
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

/// Runs a test of this program in a process of its own, in an empty folder that is its home too.
fn alone_in(folder: &Path, test: &str) -> (String, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
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
    let astray = second.person.address_bar(&first.person.back());
    assert!(Reply::get(&astray).is_refusal());
    for (world, login) in worlds.iter().zip(logins).rev() {
        login.person.approve().shows("You are logged in");
        let token = embedder.end_of(login).unwrap();
        assert_eq!(token.access_token(), world.server.current_access_token());
    }
}

/// A page of an embedder that escapes nothing.
fn own_page(outcome: Result<&Token, &Error>) -> String {
    match outcome {
        Ok(token) => format!(
            "<title>Ours</title><p>Welcome, {}",
            token.account().unwrap()
        ),
        Err(error) => format!("<title>Ours</title><p>Sorry: {error}"),
    }
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
    page.shows("<title>Ours</title><p>Welcome, Mari Maasikas");
    page.shows_no("loopin").shows_no("data-outcome");
    is_bounded(&page);
    embedder.end_of(login).unwrap();
}

#[test]
fn an_embedder_shows_its_own_page_of_a_failure() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let login = embedder.starts(&world, login(&world).page(own_page), in_memory);
    let page = login.person.refuse();
    page.shows("<title>Ours</title><p>Sorry: ");
    is_bounded(&page);
    let error = embedder.end_of(login).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
}

/// An embedder with a token file, which holds the token of a login.
fn logged_in(world: &World, embedder: &Embedder) -> TokenFile {
    let file = TokenFile::new(world.path("token.json")).unwrap();
    let kept = file.clone();
    let keep = async move |token: Token| kept.keep(&token).await;
    let login = embedder.starts(world, login(world), keep);
    login.person.approve().shows("token.json");
    embedder.end_of(login).unwrap();
    file
}

/// The token of that file, good for another minute.
async fn valid_token(file: TokenFile, world: (Provider, Client)) -> Result<Token, Error> {
    let (provider, client) = world;
    file.valid_token(&provider, &client, Duration::from_secs(60))
        .await
}

#[test]
fn a_token_that_is_good_is_taken_as_it_is_and_nobody_is_asked() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = logged_in(&world, &embedder);
    let (before, asked) = (world.read("token.json"), world.server.connections());
    let token = valid_token(file, provider_and_client(&world));
    let token = embedder.0.block_on(token).unwrap();
    assert_eq!(token.access_token(), world.server.current_access_token());
    assert_eq!(world.server.connections(), asked);
    assert_eq!(world.read("token.json"), before);
}

#[test]
fn many_tasks_that_want_a_token_refresh_it_once() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = logged_in(&world, &embedder);
    world.token_is_expired();
    let tasks = [(); 16].map(|()| {
        let token = valid_token(file.clone(), provider_and_client(&world));
        embedder.0.spawn(token)
    });
    for task in tasks {
        let token = embedder.0.block_on(task).unwrap().unwrap();
        assert_eq!(token.access_token(), world.server.current_access_token());
    }
    assert_eq!(world.server.refreshes(), 1);
    assert_eq!(
        world.token()["access_token"],
        json!(world.server.current_access_token())
    );
}

#[test]
fn without_a_token_file_a_login_is_needed() {
    let (world, embedder) = (World::like_strava(), Embedder::new());
    let file = TokenFile::new(world.path("token.json")).unwrap();
    let token = valid_token(file, provider_and_client(&world));
    let error = embedder.0.block_on(token).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoginNeeded);
    assert_eq!(world.server.connections(), 0);
    assert!(!world.path("token.json").exists());
}

#[test]
fn the_example_of_an_embedder_is_shorter_than_20_lines() {
    let example = include_str!("../../examples/embed.rs");
    let (_, code) = example.split_once("#[tokio::main").unwrap();
    let lines = code.lines().filter(|line| !line.trim().is_empty());
    assert!(lines.count() < 20);
}
