//! A token endpoint that answers at once, and always with the same token.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::support::{Identity, now};

/// What Strava answers, with a token for the time being.
const BODY: &str = r#"{"token_type":"Bearer","access_token":"a9b723dd3efa4cb8b0b0f0d9a1f2c3e4d5f60718","expires_at":EXPIRES_AT,"expires_in":21600,"refresh_token":"b5c569e1aa2b4d6fa0c1d2e3f405162738495a6b","athlete":{"id":227615,"username":"mari","resource_state":2,"firstname":"Mari","lastname":"Maasikas","city":"Tartu"}}"#;

/// Listens until the process ends.
pub struct Endpoint {
    pub url: String,
    requests: Receiver<Vec<u8>>,
}

impl Endpoint {
    pub fn plain() -> Endpoint {
        Endpoint::listen("http://127.0.0.1", |mut stream| {
            let request = request(&mut stream)?;
            stream.write_all(answer().as_bytes())?;
            Ok(request)
        })
    }

    pub fn with_tls(identity: Identity) -> Endpoint {
        Endpoint::listen("https://localhost", move |stream| {
            let mut tls = identity.accept(stream);
            let request = request(&mut tls)?;
            tls.ends_with(answer().as_bytes())?;
            Ok(request)
        })
    }

    fn listen(
        origin: &str,
        serve: impl Fn(TcpStream) -> io::Result<Vec<u8>> + Send + 'static,
    ) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, requests) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                stream.set_nodelay(true).unwrap();
                match serve(stream) {
                    Ok(request) => drop(tell.send(request)),
                    Err(e) => eprintln!("the token endpoint: {e}"),
                }
            }
        });
        Endpoint {
            url: format!("{origin}:{port}/oauth/token"),
            requests,
        }
    }

    /// The requests that came since the last time.
    pub fn requests(&self) -> Vec<Vec<u8>> {
        self.requests.try_iter().collect()
    }
}

fn request(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut part = [0; 4096];
        let length = stream.read(&mut part)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        request.extend_from_slice(&part[..length]);
    }
    Ok(request)
}

fn answer() -> String {
    let body = BODY.replace("EXPIRES_AT", &(now() + 21_600).to_string());
    let length = body.len();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
    format!("{head}Content-Length: {length}\r\n\r\n{body}")
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let mut lengths = lines.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = lengths
        .next()
        .map_or(0, |(_, length)| length.parse().unwrap());
    body.len() >= length
}
