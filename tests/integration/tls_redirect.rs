//! An https redirect URI, and a certificate of the person's own.

use std::io::Write;
use std::net::{Shutdown, TcpStream};

use loopin::Certificate;

use crate::support::*;

pub const LOCALHOST: &str = "localhost";

/// A world in which `cert.pem` and `key.pem` are for this name, and the authority that vouches for them.
pub fn has_a_certificate(name: &str) -> (World, Authority) {
    let (world, authority) = (World::like_strava(), Authority::new());
    writes(&world, &authority.vouches_for(name));
    (world, authority)
}

pub fn writes(world: &World, identity: &Identity) {
    world.writes("cert.pem", &identity.certificate);
    world.writes("key.pem", &identity.key);
}

/// Any command that is told of the certificate and of a redirect URI under this name.
pub fn under<'w>(command: Loopin<'w>, name: &str) -> Loopin<'w> {
    let uri = format!("https://{name}/authorization");
    let command = command.with("--redirect-uri", &uri);
    command
        .with("--tls-cert", "cert.pem")
        .with("--tls-key", "key.pem")
}

/// What a browser shows that trusts the authority.
fn visits(authority: &Authority, person: &Person, target: &str, headers: &str) -> Reply {
    let host = person.host();
    let name = host.rsplit_once(':').unwrap().0;
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n");
    let page = authority.visits(name, person.connects(), request.as_bytes());
    page.expect("a page, and the word that this is all of it")
}

/// The answer gets through after all that came before.
#[track_caller]
pub fn still_logs_in<'w>(login: Running<'w>, authority: &Authority) -> Outcome<'w> {
    let person = login.person();
    let page = visits(authority, &person, &person.approval().target(), "");
    page.shows("You are logged in as Mari Maasikas");
    let outcome = login.finish();
    outcome.ends(OK).asked_for_a_token(1);
    outcome
}

#[test]
fn an_https_redirect_brings_the_answer() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let login = under(world.login(), LOCALHOST).start();
    let uri = login.person().asked.redirect_uri.clone();
    assert!(uri.starts_with("https://localhost:"), "{uri}");
    let outcome = still_logs_in(login, &authority);
    outcome.never_says("warning: ");
}

#[test]
fn any_name_may_lead_to_this_machine() {
    let name = "login.example.dev";
    let (world, authority) = has_a_certificate(name);
    let login = under(world.login(), name).start();
    let person = login.person();
    assert_eq!(person.host(), format!("{name}:{}", person.port()));
    if let Ok(other_stack) = TcpStream::connect(("::1", person.port())) {
        let nothing = authority.visits(name, other_stack, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(nothing.unwrap().status(), 404);
    }
    still_logs_in(login, &authority).never_says("warning: ");
}

#[test]
fn a_provider_file_may_have_an_https_redirect_uri() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    world.provider_has("redirect_uri", "\"https://localhost/authorization\"");
    let login = under(world.login(), LOCALHOST).without("--redirect-uri");
    still_logs_in(login.start(), &authority);
}

#[test]
fn the_variables_do_what_the_options_do() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let login = world
        .login()
        .env("LOOPIN_REDIRECT_URI", "https://localhost/authorization")
        .env("LOOPIN_TLS_CERT", "cert.pem")
        .env("LOOPIN_TLS_KEY", "key.pem");
    still_logs_in(login.start(), &authority);
}

#[test]
fn one_file_may_hold_certificate_and_key_in_either_order() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let (certificate, key) = (world.read("cert.pem"), world.read("key.pem"));
    for both in [format!("{certificate}{key}"), key + "\n" + &certificate] {
        world.writes("both.pem", both);
        let login = under(world.login().flag("--force"), LOCALHOST);
        let login = login
            .with("--tls-cert", "both.pem")
            .with("--tls-key", "both.pem")
            .start();
        let person = login.person();
        visits(&authority, &person, &person.approval().target(), "").shows("You are logged in");
        login.finish().ends(OK);
    }
}

#[test]
fn the_answer_can_be_pasted() {
    let (world, _) = has_a_certificate(LOCALHOST);
    let login = under(world.login().flag("--paste").in_a_pipe(), LOCALHOST).start();
    let person = login.person();
    let address = person.address_bar(&person.approval());
    assert!(address.starts_with("https://"));
    login.is_given(address.replacen("https:", "http:", 1) + "\n");
    login.wait_until_it_says("is not taken");
    login.is_given(address + "\n");
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn only_its_own_host_and_origin_count() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let login = under(world.login(), LOCALHOST).start();
    let person = login.person();
    let (target, host) = (person.approval().target(), person.host());
    for foreign in [
        "Origin: https://evil.example\r\n".to_owned(),
        format!("Origin: http://{host}\r\n"),
        format!("Host: {host}\r\n"),
    ] {
        let page = visits(&authority, &person, &target, &foreign);
        assert!(page.is_refusal(), "{foreign}: {}", page.text());
    }
    let number = format!(
        "GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
        person.port()
    );
    let page = authority.visits(LOCALHOST, person.connects(), number.as_bytes());
    assert_eq!(page.unwrap().status(), 403);
    let own = format!("Origin: https://{host}\r\n");
    assert_eq!(visits(&authority, &person, &target, &own).status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn what_is_no_tls_is_dropped() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let login = under(world.login(), LOCALHOST).start();
    let person = login.person();
    let target = person.approval().target();
    let plain = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", person.host());
    for noise in [
        plain.as_bytes(),
        b"\r\n\r\n",
        b"\0\0\0\0",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"SSH-2.0-x\r\n",
    ] {
        let mut stream = person.connects();
        let _ = stream.write_all(noise);
        let _ = stream.shutdown(Shutdown::Write);
        assert_eq!(Reply::read(stream).status(), 0);
    }
    still_logs_in(login, &authority);
}

#[test]
fn who_begins_a_handshake_and_says_no_more_keeps_nobody_waiting() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let login = under(world.login(), LOCALHOST).start();
    let person = login.person();
    let crowd: Vec<_> = (0..300)
        .map(|_| {
            let mut silent = person.connects();
            let _ = silent.write_all(b"\x16\x03\x01\x02");
            silent
        })
        .collect();
    still_logs_in(login, &authority);
    drop(crowd);
}

#[test]
fn half_a_handshake_is_not_waited_for_for_ever() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let login = under(world.login(), LOCALHOST).start();
    let mut half = login.person().connects();
    half.write_all(b"\x16\x03\x01\x02").unwrap();
    assert_eq!(Reply::read(half).status(), 0);
    still_logs_in(login, &authority);
}

#[test]
fn a_browser_that_does_not_trust_it_is_named() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let login = under(world.login(), LOCALHOST).start();
    let person = login.person();
    let expected = "another.example";
    let refused = authority.visits(expected, person.connects(), b"GET / HTTP/1.1\r\n\r\n");
    assert!(refused.is_err());
    login.wait_until_it_says("the browser does not trust the certificate");
    still_logs_in(login, &authority);
}

#[test]
fn an_embedders_login_receives_an_https_redirect() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let (embedder, own) = (Embedder::new(), world.read("cert.pem"));
    let certificate = Certificate::from_pem(&own, &world.read("key.pem")).unwrap();
    assert_eq!(format!("{certificate:?}"), "Certificate { .. }");
    let login = login(&world).redirect_uri("https://localhost:0/authorization");
    let login = login.unwrap().certificate(certificate).page(own_page);
    let login = embedder.starts(&world, login, in_memory);
    let target = login.person.approval().target();
    visits(&authority, &login.person, &target, "").shows("<p>Welcome, Mari Maasikas");
    embedder.end_of(login).unwrap();
}

#[test]
fn a_large_page_arrives_as_a_whole() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let certificate = Certificate::from_files(world.path("cert.pem"), world.path("key.pem"));
    let (embedder, words) = (Embedder::new(), "Welcome. ".repeat(200_000));
    let own = words.clone();
    let login = login(&world).redirect_uri("https://localhost:0/authorization");
    let login = login.unwrap().certificate(certificate.unwrap());
    let login = embedder.starts(&world, login.page(move |_| own.clone()), in_memory);
    let target = login.person.approval().target();
    let page = visits(&authority, &login.person, &target, "");
    assert!(page.body().starts_with(&words));
    embedder.end_of(login).unwrap();
}
