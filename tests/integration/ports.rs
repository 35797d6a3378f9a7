//! Where the listener listens.

use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU16, Ordering};

use crate::support::*;

/// A port that somebody else has taken.
fn taken() -> (TcpListener, u16) {
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = somebody.local_addr().unwrap().port();
    (somebody, port)
}

fn registered_at(port: u16, redirect_port: &str) -> World {
    let world = World::like_strava();
    let uri = format!("\"http://127.0.0.1:{port}/authorization\"");
    world.provider_has("redirect_uri", &uri);
    world.provider_has("redirect_port", &format!("{redirect_port:?}"));
    world
}

/// The port is named, and nobody is sent to a browser.
#[track_caller]
fn gives_up(login: Loopin<'_>, port: u16) {
    let outcome = login.finish();
    outcome.ends(LOCAL).says(&port.to_string());
    outcome.opened_nothing().left_the_token_alone();
}

#[test]
fn a_taken_port_is_no_obstacle_where_the_provider_looks_at_the_host_only() {
    let (_somebody, port) = taken();
    let world = registered_at(port, "any");
    let login = world.login().without("--port").start();
    assert_ne!(login.person().port(), port);
    login.still_logs_in();
}

#[test]
fn a_taken_port_that_the_provider_fixed_is_named() {
    let (_somebody, port) = taken();
    let world = registered_at(port, "exact");
    let login = world.login().without("--port");
    let outcome = login.finish();
    outcome.ends(LOCAL).says(&port.to_string()).says("--port");
    outcome.opened_nothing();
}

#[test]
fn a_taken_port_that_the_person_fixed_is_named() {
    let (_somebody, port) = taken();
    let world = World::like_strava();
    gives_up(world.login().with("--port", &port.to_string()), port);
    let uri = format!("http://127.0.0.1:{port}/authorization");
    let login = world.login().without("--port").with("--redirect-uri", &uri);
    gives_up(login, port);
}

#[test]
fn a_port_that_is_taken_on_one_of_two_stacks_is_taken() {
    let Ok(somebody) = TcpListener::bind("[::1]:0") else {
        return; // This machine has one stack only.
    };
    let port = somebody.local_addr().unwrap().port();
    let world = World::like_strava();
    let uri = format!("http://localhost:{port}/authorization");
    let login = world.login().without("--port");
    gives_up(login.with("--redirect-uri", &uri), port);
    world.provider_has("redirect_uri", &format!("{uri:?}"));
    let login = world.login().without("--port").start();
    assert_ne!(login.person().port(), port);
    login.still_logs_in();
}

#[test]
fn any_free_port_is_no_redirect_uri_where_the_port_is_registered() {
    let world = registered_at(5001, "exact");
    let zero = "http://127.0.0.1:0/authorization";
    let uri = world.login().without("--port").with("--redirect-uri", zero);
    for login in [world.login(), uri] {
        let outcome = login.finish();
        outcome
            .ends(USAGE)
            .says("redirects only to the port that is registered");
        outcome
            .says("http://127.0.0.1:5001/authorization")
            .opened_nothing();
    }
    let own = world.login().with("--port", &free_port().to_string());
    own.start().still_logs_in();
}

#[test]
fn a_taken_port_opens_no_browser() {
    let (_somebody, port) = taken();
    let world = World::like_strava();
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    gives_up(login.with("--port", &port.to_string()), port);
    assert!(browser.was_never_opened());
}

#[test]
fn the_same_port_can_be_used_again_at_once() {
    let world = World::like_strava();
    let port = free_port().to_string();
    for _ in 0..3 {
        let login = world.login().flag("--force").with("--port", &port).start();
        assert_eq!(login.person().port().to_string(), port);
        assert_eq!(login.person().approve().status(), 200);
        login.finish().ends(OK);
    }
}

#[test]
fn the_path_that_is_registered_is_the_one_that_is_listened_on() {
    let world = World::like_strava();
    let uri = format!("http://127.0.0.1:{}/here/back", free_port());
    let login = world.login().without("--port").with("--redirect-uri", &uri);
    let login = login.start();
    assert_eq!(login.person().asked.redirect_uri, uri);
    assert_eq!(login.person().get("/authorization").status(), 404);
    login.still_logs_in();
}

#[test]
fn a_redirect_that_says_localhost_is_answered_under_that_name_only() {
    let world = World::like_strava();
    let uri = format!("http://localhost:{}/authorization", free_port());
    let login = world.login().without("--port").with("--redirect-uri", &uri);
    let login = login.start();
    let person = login.person();
    let (target, number) = (person.approval().target(), person.address());
    let reply = person.request("GET", &target, &[&format!("Host: {number}")]);
    assert!(matches!(reply.status(), 400 | 403));
    login.still_logs_in();
}

#[test]
fn a_redirect_that_says_localhost_is_listened_for_on_both_stacks() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // This machine has one stack only.
    }
    let world = World::like_strava();
    let uri = format!("http://localhost:{}/authorization", free_port());
    let login = world.login().without("--port").with("--redirect-uri", &uri);
    let login = login.start();
    let person = login.person();
    let (target, host) = (person.approval().target(), person.host());
    let stream = TcpStream::connect(("::1", person.port())).expect("it listens on ::1");
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    assert_eq!(Reply::over(stream, request.as_bytes()).status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_number_that_is_no_port_is_a_wrong_option() {
    let world = World::like_strava();
    for port in ["65536", "-1", "abc", ""] {
        let outcome = world
            .login()
            .without("--port")
            .flag(&format!("--port={port}"));
        outcome.finish().ends(USAGE).opened_nothing();
    }
}

#[test]
fn a_redirect_to_anywhere_but_this_machine_is_a_wrong_option() {
    let world = World::like_strava();
    for uri in [
        "http://example.com/authorization",
        "http://0.0.0.0:5000/authorization",
        "https://127.0.0.1:5000/authorization",
        "http://127.0.0.1:5000/authorization#fragment",
        "ftp://127.0.0.1/",
        "http://127.0.0.1:5000/a b",
        "http://127.0.0.1:5000/a\tb",
        "authorization",
    ] {
        let login = world.login().without("--port").with("--redirect-uri", uri);
        login.finish().ends(USAGE).opened_nothing();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn only_this_machine_can_reach_the_listener() {
    let world = World::like_strava();
    let login = world.login().start();
    let hexadecimal = format!("0100007F:{:04X} 00000000:0000 0A", login.person().port());
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
    assert!(sockets.contains(&hexadecimal), "{hexadecimal} in {sockets}");
    login.still_logs_in();
}

/// A free port that no other test is given by chance: the system hands out higher ones.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(20_000);
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
