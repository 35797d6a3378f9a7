//! Proxies that the environment names: good ones, bad ones, and what is no proxy at all.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::ports::free_port;
use crate::support::*;
use crate::trust::Trap;

/// All that name a proxy for https.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The provider is <https://as.example>, the token has expired, and no proxy is named any more. The good one's address.
fn without_a_proxy() -> (World, String) {
    let mut world = World::of_an_issuer_over_https();
    world.has_expired_token();
    let proxy = world
        .env
        .iter()
        .position(|(name, _)| *name == "HTTPS_PROXY");
    let (_, proxy) = world.env.remove(proxy.unwrap());
    (world, proxy)
}

/// A proxy that answers every request so, and tells what it heard.
fn proxy_that_answers(status: &'static str) -> (SocketAddr, Receiver<Request>) {
    let (tell, heard) = channel();
    let address = serves(move |mut stream| {
        let _ = tell.send(Request::read(&stream)?.unwrap());
        stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").as_bytes())
    });
    (address, heard)
}

/// Listens until the test's process ends.
fn serves(answer: impl Fn(TcpStream) -> io::Result<()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || listener.incoming().flatten().try_for_each(answer));
    address
}

/// A SOCKS 5 proxy (RFC 1928) that wants nobody's name, and leads wherever that http proxy does.
fn socks_before(proxy: SocketAddr) -> SocketAddr {
    serves(move |mut stream| {
        let mut said = [0; 512];
        assert_eq!(stream.read(&mut said)?, 3, "version, one method, none");
        stream.write_all(&[5, 0])?;
        let host = b"as.example";
        let length = stream.read(&mut said)?;
        assert_eq!(&said[5..length - 2], host, "the name is looked up there");
        stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
        let mut beyond = TcpStream::connect(proxy)?;
        beyond.write_all(b"CONNECT as.example:443 HTTP/1.1\r\n\r\n")?;
        let established = b"HTTP/1.1 200 Connection established\r\n\r\n";
        beyond.read_exact(&mut said[..established.len()])?;
        let (mut from, mut to) = (stream.try_clone()?, beyond.try_clone()?);
        thread::spawn(move || io::copy(&mut from, &mut to));
        thread::spawn(move || io::copy(&mut beyond, &mut stream));
        Ok(())
    })
}

#[test]
fn a_proxy_is_found_by_any_of_its_variables() {
    let (world, proxy) = without_a_proxy();
    for variable in VARIABLES {
        world.token_is_expired();
        world.run("token").env(variable, &proxy).finish().ends(OK);
    }
    // It may be given without a scheme.
    world.token_is_expired();
    let bare = proxy.trim_start_matches("http://");
    let token = world.run("token").env("HTTPS_PROXY", bare).finish();
    token.ends(OK).after_refreshes(5);
}

#[test]
fn a_dead_proxy_is_named_and_not_its_password() {
    let (world, _) = without_a_proxy();
    let port = free_port();
    for variable in VARIABLES {
        let dead = format!("http://mari:mark-password@127.0.0.1:{port}");
        let token = world.run("token").env(variable, &dead).finish();
        token.ends(TEMPORARY).left_the_token_alone();
        token.says(&format!("through the proxy 127.0.0.1:{port}: "));
        token.says("hint: HTTPS_PROXY or ALL_PROXY names that proxy");
        token.never_says("mark-password").after_refreshes(0);
    }
}

/// What a proxy answers that leads nowhere, and what is said of it.
const LEADS_NOWHERE: [(&str, &str); 4] = [
    ("407 Proxy Authentication Required", WANTS_A_USER),
    ("403 Forbidden", CLOSED),
    ("502 Bad Gateway", CLOSED),
    ("302 Found\r\nLocation: https://login.example/", CLOSED),
];
const WANTS_A_USER: &str = "it wants a user and a password";
const CLOSED: &str = "it does not let anybody through to there";

#[test]
fn a_proxy_that_leads_nowhere_is_named() {
    let (world, _) = without_a_proxy();
    for (status, reason) in LEADS_NOWHERE {
        let (address, _heard) = proxy_that_answers(status);
        let token = world.run("token").env("HTTPS_PROXY", &address.to_string());
        let outcome = token.finish();
        outcome.ends(TEMPORARY).after_refreshes(0);
        outcome.says(&format!("through the proxy {address}: {reason}"));
    }
}

#[test]
fn a_proxy_that_answers_nothing_is_named() {
    let (world, _) = without_a_proxy();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let token = world.run("token").env("HTTPS_PROXY", &address.to_string());
    let outcome = token.finish();
    outcome.ends(TEMPORARY).after_refreshes(0);
    outcome.says(&format!("through the proxy {address}: it took too long"));
}

#[test]
fn a_proxy_that_is_to_speak_tls_and_does_not_is_named() {
    let (world, _) = without_a_proxy();
    let address = serves(|mut stream| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let proxy = format!("https://{address}");
    let token = world.run("token").env("HTTPS_PROXY", &proxy).finish();
    token.ends(PROVIDER).after_refreshes(0);
    token.says(&format!("cannot trust {address}: it does not speak TLS"));
}

#[test]
fn a_proxy_that_is_not_trusted_is_named() {
    let (world, _) = without_a_proxy();
    let stranger = Identity::alone("127.0.0.1");
    let address = serves(move |stream| stranger.accept(stream).read(&mut [0]).map(drop));
    let proxy = format!("https://{address}");
    let token = world.run("token").env("HTTPS_PROXY", &proxy).finish();
    token.ends(PROVIDER).after_refreshes(0);
    token.says(&format!("cannot trust {address}: nobody whom"));
}

#[test]
fn a_proxy_hears_its_user_and_password_and_nobody_else_does() {
    let (world, _) = without_a_proxy();
    let (address, heard) = proxy_that_answers("407 Proxy Authentication Required");
    let proxy = format!("http://mari:mark%2Fpassword@{address}");
    let token = world.run("token").env("HTTPS_PROXY", &proxy);
    let outcome = token.env("RUST_LOG", "trace").finish();
    outcome.ends(TEMPORARY).never_says("password@");
    let credentials = BASE64_STANDARD.encode("mari:mark/password");
    let request = heard.recv().unwrap();
    let sent = request.header("proxy-authorization");
    assert_eq!(sent, Some(format!("Basic {credentials}").as_str()));
    outcome.never_says(&credentials);
}

#[test]
fn a_proxy_may_speak_socks() {
    let (world, proxy) = without_a_proxy();
    let http = proxy.trim_start_matches("http://").parse().unwrap();
    let socks = format!("socks5h://{}", socks_before(http));
    let token = world.run("token").env("ALL_PROXY", &socks).finish();
    token.ends(OK).prints_the_token().after_refreshes(1);
}

#[test]
fn a_socks_proxy_that_is_dead_is_named() {
    let (world, _) = without_a_proxy();
    let port = free_port();
    let socks = format!("socks5h://mari:mark-password@127.0.0.1:{port}");
    let token = world.run("token").env("ALL_PROXY", &socks).finish();
    token.ends(TEMPORARY).never_says("mark-password");
    token.says(&format!(
        "through the proxy 127.0.0.1:{port}: it cannot be reached"
    ));
}

/// A SOCKS proxy that answers the greeting with two of these bytes, and the request with the rest.
fn socks_that_answers(answer: &'static [u8]) -> SocketAddr {
    serves(move |mut stream| {
        let (first, then) = answer.split_at(2);
        let _ = stream.read(&mut [0; 512])?;
        stream.write_all(first)?;
        let _ = stream.read(&mut [0; 512])?;
        stream.write_all(then)
    })
}

#[test]
fn a_socks_proxy_that_leads_nowhere_says_why() {
    let (world, _) = without_a_proxy();
    let no_method: &[u8] = &[5, 0xff];
    let refused: &[u8] = &[5, 0, 5, 5, 0, 1, 0, 0, 0, 0, 0, 0];
    for (answer, reason) in [
        (no_method, WANTS_A_USER),
        (refused, "SOCKS error: connection refused"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "SOCKS error: "),
    ] {
        let address = socks_that_answers(answer);
        let socks = format!("socks5h://{address}");
        let token = world.run("token").env("ALL_PROXY", &socks).finish();
        token.ends(TEMPORARY).after_refreshes(0);
        token.says(&format!("through the proxy {address}: {reason}"));
    }
}

#[test]
fn what_names_no_proxy_is_told_and_nothing_goes_past_it() {
    let (world, _) = without_a_proxy();
    for variable in VARIABLES {
        for odd in [
            "http://mari:mark password@127.0.0.1:3128",
            "ftp://127.0.0.1:3128",
            ":3128",
            "http://",
        ] {
            let token = world.run("token").env(variable, odd).finish();
            token.ends(USAGE).after_refreshes(0).left_the_token_alone();
            token.says(&format!("{variable} does not name a proxy"));
            token.says(&format!("as in {variable}=http://"));
            token.never_says("mark password");
        }
    }
}

#[test]
fn an_empty_variable_is_none_and_request_method_changes_nothing() {
    let (world, _) = without_a_proxy();
    let dead = format!("127.0.0.1:{}", free_port());
    for nothing in [("HTTPS_PROXY", ""), ("REQUEST_METHOD", "GET")] {
        let token = world.run("token").env(nothing.0, nothing.1);
        let outcome = token.env("https_proxy", &dead).finish();
        outcome.ends(TEMPORARY).after_refreshes(0);
        outcome.says(&format!("through the proxy {dead}: "));
    }
}

#[test]
fn what_names_no_proxy_is_not_passed_over_for_another_one() {
    let (world, proxy) = without_a_proxy();
    let token = world.run("token").env("HTTPS_PROXY", ":3128");
    let outcome = token.env("ALL_PROXY", &proxy).finish();
    outcome.ends(USAGE).after_refreshes(0);
    outcome.says("HTTPS_PROXY does not name a proxy");
    // Nor is a host spared by what is not read.
    let token = world.run("token").env("HTTPS_PROXY", ":3128");
    let token = token.env("NO_PROXY", "another.example");
    let outcome = token.env("no_proxy", "as.example").finish();
    outcome.ends(USAGE).after_refreshes(0);
}

#[test]
fn a_login_learns_that_there_is_no_proxy_before_anybody_is_asked() {
    let world = World::like_strava();
    world.provider_has("token_endpoint", "\"https://as.example/token\"");
    let login = world.login().env("HTTPS_PROXY", ":3128").finish();
    login.ends(USAGE).opened_nothing().says("HTTPS_PROXY");
}

/// The token endpoint is at this host; and a proxy that hears nothing.
fn provider_at(host: &str) -> (World, Trap) {
    let world = World::like_strava();
    world.has_expired_token();
    world.writes("authority.pem", Authority::new().pem());
    world.provider_has("token_endpoint", &format!("\"https://{host}/token\""));
    (world, Trap::set())
}

/// It is asked, and nobody is there.
#[track_caller]
fn is_asked_directly(token: Loopin<'_>) {
    let outcome = token.env("SSL_CERT_FILE", "authority.pem").finish();
    outcome.ends(TEMPORARY).says("cannot reach ");
    outcome.never_says("proxy");
}

#[test]
fn hosts_that_are_spared_are_reached_without_a_proxy() {
    // The system sends nothing there: it is no address of one host.
    let (world, proxy) = provider_at("255.255.255.255");
    for (variable, hosts) in [
        ("NO_PROXY", "255.255.255.255"),
        ("no_proxy", "127.0.0.1, 255.255.255.0/24"),
    ] {
        // Nor does it matter to them what is no proxy.
        for proxy in [&*proxy.url(""), ":3128"] {
            let token = world.run("token").env("HTTPS_PROXY", proxy);
            is_asked_directly(token.env(variable, hosts));
        }
    }
    proxy.is_untouched();
}

#[test]
fn whatever_says_that_it_is_this_machine_is_asked_through_no_proxy() {
    let port = free_port();
    // Names of this machine are not looked up here: who knows whom that would ask.
    for host in ["0.0.0.0", "[::ffff:127.0.0.1]"] {
        let (world, proxy) = provider_at(&format!("{host}:{port}"));
        is_asked_directly(world.run("token").env("HTTPS_PROXY", &proxy.url("")));
        proxy.is_untouched();
    }
}

#[test]
fn this_machine_is_asked_through_no_proxy() {
    for proxy in ["http://127.0.0.1:1", ":3128"] {
        let world = World::like_strava();
        world.has_expired_token();
        let mut token = world.run("token");
        for variable in VARIABLES.into_iter().chain(["HTTP_PROXY", "http_proxy"]) {
            token = token.env(variable, proxy);
        }
        token.finish().ends(OK).prints_the_token();
    }
}

#[test]
fn doctor_names_the_proxy_too() {
    let (world, _) = without_a_proxy();
    let dead = format!("127.0.0.1:{}", free_port());
    let doctor = world.run("doctor").env("HTTPS_PROXY", &dead).finish();
    let found = format!("through the proxy {dead}: ");
    assert!(doctor.stdout.contains(&found), "{}", doctor.stdout);
}
