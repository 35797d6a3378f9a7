//! What the listener takes for a request, and who cannot keep it busy.

use std::io::Write;
use std::net::TcpStream;

use crate::support::*;

#[test]
fn only_a_get_brings_the_answer() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    for method in ["HEAD", "OPTIONS", "PUT", "POST", "TRACE", "DELETE", "get"] {
        let reply = person.request(method, &target, &[]);
        assert_eq!(reply.status(), 405, "{method}");
    }
    let connect = person.raw(b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n");
    assert!(connect.is_refusal());
    login.still_logs_in();
}

#[test]
fn a_target_in_absolute_form_counts_only_for_this_listener() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let foreign = person.get(&format!("http://evil.example{target}"));
    assert!(foreign.is_refusal());
    let odd = person.get(&format!("https://{}{target}", person.host()));
    assert!(odd.is_refusal());
    let own = person.get(&format!("http://{}{target}", person.host()));
    assert_eq!(own.status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn only_the_very_path_brings_the_answer() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let right = person.approval();
    for path in [
        "/authorization/",
        "//authorization",
        "/Authorization",
        "/authorization;x",
        "/%61uthorization",
        "/x/../authorization",
        "/authorization/acme",
    ] {
        let target = right.target().replacen("/authorization", path, 1);
        assert_eq!(person.get(&target).status(), 404, "{path}");
    }
    login.still_logs_in();
}

#[test]
fn a_page_of_another_origin_cannot_bring_the_answer() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let port = person.port();
    let (own, other) = (person.host(), format!("127.0.0.1:{}", port ^ 1));
    for host in [
        "evil.com",
        "127.0.0.1",
        "",
        &other,
        &format!("localhost:{port}"),
        &format!("0.0.0.0:{port}"),
        &format!("[::1]:{port}"),
    ] {
        let reply = person.request("GET", &target, &[&format!("Host: {host}")]);
        assert!(matches!(reply.status(), 400 | 403), "Host: {host}");
    }
    let (right, wrong) = (format!("Host: {own}"), "Host: evil.com".to_owned());
    for hosts in [[&right, &wrong], [&wrong, &right], [&right, &right]] {
        let reply = person.request("GET", &target, &hosts.map(String::as_str));
        assert!(matches!(reply.status(), 400 | 403), "{hosts:?}");
    }
    let reply = person.request("GET", &target, &["Origin: https://evil.com"]);
    assert!(matches!(reply.status(), 400 | 403));
    login.still_logs_in();
}

#[test]
fn a_browser_that_hides_its_origin_brings_the_answer() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let page = person.request("GET", &target, &["Origin: null"]);
    assert_eq!(page.status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn cookies_of_others_do_not_keep_the_redirect_out() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let cookies: Vec<_> = (0..10)
        .map(|n| format!("c{n}={}", "x".repeat(3000)))
        .collect();
    let cookies = format!("Cookie: {}", cookies.join("; "));
    let page = person.request("GET", &target, &[&cookies]);
    assert_eq!(page.status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_request_without_a_host_is_turned_down() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let none = person.raw(format!("GET {target} HTTP/1.1\r\n\r\n").as_bytes());
    let old = person.raw(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes());
    assert!(none.is_refusal() && old.is_refusal());
    login.still_logs_in();
}

#[test]
fn a_request_that_announces_a_body_is_ignored() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let (length, chunked) = ("Content-Length: 1", "Transfer-Encoding: chunked");
    for headers in [vec![length], vec![chunked], vec![length, chunked]] {
        let reply = person.request("GET", &target, &headers);
        assert_eq!(reply.status(), 400, "{headers:?}");
    }
    login.still_logs_in();
}

#[test]
fn nobody_is_redirected_anywhere() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    for target in [
        "/?redirect=//evil.com",
        "//evil.com",
        "/%5Cevil.com",
        "/authorization?next=//evil.com",
    ] {
        // `get` itself looks that there is no Location.
        assert!(person.get(target).is_refusal(), "{target}");
    }
    login.still_logs_in();
}

#[test]
fn noise_on_the_port_is_turned_down() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let head = format!("GET /authorization HTTP/1.1\r\nHost: {}\r\n", person.host());
    let many: String = (0..1000).map(|n| format!("X-{n}: x\r\n")).collect();
    for noise in [
        format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(65536)),
        format!("{head}{many}\r\n"),
        format!("{head}X: a\0b\r\n\r\n"),
        "GET /authorization\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "\r\n\r\n\r\n".to_owned(),
        "\0\0\0\0\r\n\r\n".to_owned(),
    ] {
        let reply = person.raw_and_no_more(noise.as_bytes());
        assert!(reply.is_refusal(), "{}", reply.text());
    }
    login.still_logs_in();
}

#[test]
fn an_answer_that_no_browser_would_send_so_does_not_count() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let target = person.approval().target();
    let long = |length| "x".repeat(length);
    let head = format!("Host: {}\r\n", person.host());
    let many: String = (0..1000).map(|n| format!("X-{n}: x\r\n")).collect();
    for odd in [
        format!("GET {target}&x={} HTTP/1.1\r\n{head}\r\n", long(20_000)),
        format!("GET {target}&x={} HTTP/1.1\r\n{head}\r\n", long(65_536)),
        format!("GET {target} HTTP/1.1\r\n{head}{many}\r\n"),
        format!("GET {target} HTTP/1.1\r\n{head}X: a\0b\r\n\r\n"),
        format!("GET {target} HTTP/1.1\r\n{head}X y: z\r\n\r\n"),
        format!("GET {target} HTTP/2.0\r\n{head}\r\n"),
        format!("GET {target}\r\n"),
    ] {
        let reply = person.raw_and_no_more(odd.as_bytes());
        assert!(reply.is_refusal(), "{}", reply.text());
    }
    login.still_logs_in();
}

#[test]
fn a_browser_that_insists_on_https_is_named() {
    let world = World::like_strava();
    let login = world.login().start();
    let client_hello = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
    assert!(login.person().raw(client_hello).is_refusal());
    login.wait_until_it_says("https");
    login.still_logs_in();
}

#[test]
fn idle_and_half_sent_requests_do_not_keep_the_genuine_one_waiting() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let silent: Vec<_> = (0..50).map(|_| person.connects()).collect();
    let half: Vec<_> = (0..50)
        .map(|_| says(person.connects(), "GET /auth"))
        .collect();
    let one_byte = says(person.connects(), "G");
    login.still_logs_in();
    drop((silent, half, one_byte));
}

#[test]
fn a_crowd_larger_than_the_listener_keeps_does_not_shut_the_genuine_request_out() {
    let world = World::like_strava();
    let login = world.login().start();
    let crowd: Vec<_> = (0..300).map(|_| login.person().connects()).collect();
    login.still_logs_in();
    drop(crowd);
}

#[test]
fn a_half_sent_request_is_not_waited_for_for_ever() {
    let world = World::like_strava();
    let login = world.login().start();
    let (silent, half) = (login.person().connects(), login.person().connects());
    let half = says(half, "GET /authorization?code=");
    assert!(Reply::read(silent).is_refusal());
    assert!(Reply::read(half).is_refusal());
    login.still_logs_in();
}

#[test]
fn a_reload_while_the_login_is_under_way_gets_the_same_page() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = world.login().start();
    let person = login.person();
    let approval = person.approval();
    let first = person.goes_meanwhile(&approval);
    held.wait_until_asked();
    let second = person.goes_meanwhile_and_is_heard(&approval);
    held.release();
    let page = first.join().unwrap();
    assert_eq!((page.status(), page), (200, second.join().unwrap()));
    login.finish().ends(OK).asked_for_a_token(1);
}

fn says(mut stream: TcpStream, words: &str) -> TcpStream {
    stream.write_all(words.as_bytes()).unwrap();
    stream
}

#[test]
#[cfg(target_os = "linux")]
fn silent_connections_take_no_more_than_half_of_the_descriptors() {
    let world = World::like_strava();
    let few = "ulimit -n 128; exec \"$@\"";
    let login = world.login().through(&["sh", "-c", few, "sh"]).start();
    let person = login.person();
    let alone = login.open_files();
    let crowd: Vec<_> = (0..100).map(|_| person.connects()).collect();
    // Whoever connected before was taken in before.
    assert_eq!(person.get("/").status(), 404);
    assert!(login.open_files() <= alone + 70);
    drop(crowd);
    login.still_logs_in();
}
