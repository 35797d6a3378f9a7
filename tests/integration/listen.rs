//! Listening elsewhere than the redirect URI says: what a container needs.

use std::net::TcpListener;

use crate::ports::free_port;
use crate::support::*;

fn listening<'w>(world: &'w World, on: &str) -> Running<'w> {
    world.login().with("--listen", on).start()
}

#[test]
fn what_leads_here_from_elsewhere_brings_the_answer() {
    let world = World::like_strava();
    let login = listening(&world, "0.0.0.0");
    let person = login.person();
    let (outside, host) = (format!("127.0.0.2:{}", person.port()), person.host());
    let page = person.goes_to(&outside, &host, &person.approval());
    assert_eq!(page.status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn the_redirect_uri_stays_what_it_is() {
    let world = World::like_strava();
    let port = free_port();
    let login = world.login().with("--listen", "0.0.0.0");
    let login = login.with("--port", &port.to_string()).start();
    let uri = format!("http://127.0.0.1:{port}/authorization");
    assert_eq!(login.person().asked.redirect_uri, uri);
    login.still_logs_in();
}

#[test]
fn listening_for_other_machines_is_a_warning() {
    for everywhere in ["0.0.0.0", "[::]", "::"] {
        let world = World::like_strava();
        let login = listening(&world, everywhere);
        login.wait_until_it_says("loopin: warning: other machines");
        login.still_logs_in();
    }
}

#[test]
fn listening_for_this_machine_alone_is_none() {
    for here in ["127.0.0.1", "127.0.0.2"] {
        let world = World::like_strava();
        let login = listening(&world, here);
        let person = login.person();
        let (here, host) = (format!("{here}:{}", person.port()), person.host());
        let page = person.goes_to(&here, &host, &person.approval());
        assert_eq!(page.status(), 200);
        login.finish().ends(OK).never_says("warning:");
    }
}

#[test]
fn only_the_redirect_uris_own_host_counts_wherever_it_is_listened() {
    let world = World::like_strava();
    let login = listening(&world, "0.0.0.0");
    let person = login.person();
    let outside = format!("127.0.0.2:{}", person.port());
    for host in [&outside, "0.0.0.0", "evil.example", ""] {
        let page = person.goes_to(&outside, host, &person.approval());
        assert!(page.is_refusal(), "Host: {host}: {}", page.text());
    }
    login.still_logs_in();
}

#[test]
fn another_port_may_be_listened_on() {
    let world = World::like_strava();
    let (registered, published) = (free_port(), free_port());
    let here = format!("127.0.0.1:{published}");
    let login = world.login().with("--port", &registered.to_string());
    let login = login.with("--listen", &here).start();
    let person = login.person();
    assert_eq!(person.port(), registered);
    let page = person.goes_to(&here, &person.host(), &person.approval());
    assert_eq!(page.status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn the_variable_does_what_the_option_does() {
    let world = World::like_strava();
    let login = world.login().env("LOOPIN_LISTEN", "127.0.0.2").start();
    let person = login.person();
    let here = format!("127.0.0.2:{}", person.port());
    person.goes_to(&here, &person.host(), &person.approval());
    login.finish().ends(OK);
}

#[test]
fn the_command_to_run_again_listens_there_too() {
    let world = World::like_strava();
    let login = world.login().with("--listen", "0.0.0.0");
    let outcome = login.with("--timeout", "1s").finish();
    outcome.ends(TIMEOUT).says(" --listen 0.0.0.0");
}

#[test]
fn a_port_that_somebody_has_is_named() {
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = somebody.local_addr().unwrap().to_string();
    let world = World::like_strava();
    let outcome = world.login().with("--listen", &taken).finish();
    outcome.ends(LOCAL).says(&taken).opened_nothing();
}

#[test]
fn an_address_of_another_machine_is_named() {
    let world = World::like_strava();
    let outcome = world.login().with("--listen", "192.0.2.1").finish();
    outcome.ends(LOCAL).says("192.0.2.1").opened_nothing();
}

#[test]
fn what_is_no_address_is_said() {
    let world = World::like_strava();
    for text in [
        "localhost",
        "localhost:5000",
        ":5000",
        "5000",
        "*",
        "0.0.0.0:",
        "0.0.0.0:99999",
        "0.0.0.0:-1",
        "0.0.0.0:5000/x",
        "256.1.1.1",
        "0.0.0.0,::",
        "http://0.0.0.0",
        "[::1",
        "[127.0.0.1]:5000x",
        " ",
        "\u{1b}[31m0.0.0.0",
    ] {
        let outcome = world.login().with("--listen", text).finish();
        outcome.ends(USAGE).says("--listen").opened_nothing();
    }
}
