//! What any web page or program of this machine may do at the port, once.

use std::io::Write;
use std::net::TcpStream;

use super::http::Reply;
use super::person::Person;

/// How many come at once where one sends slowly.
pub const SLOW_SENDERS: usize = 20;

/// Requests that bring no answer, and what is no request.
pub fn brings_junk(stream: TcpStream, person: &Person, n: usize) {
    let host = person.host();
    let wrong = "/authorization?code=x&state=y";
    let junk = match n % 7 {
        0 => format!("GET /favicon.ico HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        1 => format!("GET {wrong} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        2 => format!("GET {wrong} HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
        3 => format!("POST {wrong} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\ncode=x&st"),
        4 => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        5 => "\x16\x03\x01\0\x05\x01\0\0\x01\0".to_owned(),
        _ => format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(20_000)),
    };
    assert!(Reply::over(stream, junk.as_bytes()).is_refusal());
}

/// With others, whose requests arrive byte by byte, and never as a whole.
pub fn sends_slowly(stream: TcpStream, person: &Person, _: usize) {
    let more = (1..SLOW_SENDERS).flat_map(|_| TcpStream::connect(person.address()));
    let mut streams: Vec<_> = more.chain([stream]).collect();
    for byte in b"GET /authorization?code=x&state=y HTTP/1.1\r\nX: " {
        for stream in &mut streams {
            let _ = stream.write_all(&[*byte]);
        }
    }
}
