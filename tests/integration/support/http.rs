//! Enough of HTTP/1.1 to play a browser and a server, over bare sockets so that every byte is ours.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::PATIENCE;

/// A request as it arrived at a server of ours.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    /// Reads one request; `None` if the peer went away before it was whole.
    pub fn read(stream: impl Read) -> io::Result<Option<Request>> {
        let mut reader = BufReader::new(stream);
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let mut first = lines.first().map_or("", String::as_str).split(' ');
        let (method, target) = (first.next().unwrap_or(""), first.next().unwrap_or(""));
        let headers = parse_headers(lines.iter().skip(1).map(String::as_str));
        let mut request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: String::new(),
        };
        let length = request
            .header("content-length")
            .map_or(0, |n| n.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        request.body = String::from_utf8_lossy(&body).into_owned();
        Ok(Some(request))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// Whatever it says to the server, decoded, on one line.
    pub fn said(&self) -> String {
        let authorization = self.header("authorization").unwrap_or_default();
        let basic = authorization.strip_prefix("Basic ").unwrap_or_default();
        let basic = STANDARD.decode(basic).unwrap_or_default();
        let form = form_urlencoded::parse(self.body.as_bytes());
        let form: Vec<_> = form
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let basic = String::from_utf8_lossy(&basic);
        format!("{authorization} {basic} {}", form.join(" "))
    }
}

/// What a server answered: all its bytes up to the end of the connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    text: String,
}

impl Reply {
    /// Sends `bytes` and reads until the peer closes. A peer that closes early is an answer too.
    pub fn to(address: SocketAddr, bytes: &[u8]) -> Reply {
        let stream = TcpStream::connect(address);
        Reply::over(stream.expect("the listener accepts connections"), bytes)
    }

    pub fn over(mut stream: TcpStream, bytes: &[u8]) -> Reply {
        let _ = stream.write_all(bytes);
        Reply::read(stream)
    }

    /// A browser's visit to any address on this machine.
    pub fn get(url: &str) -> Reply {
        Reply::visit("GET", url, "")
    }

    /// A form that a browser sends.
    pub fn post(url: &str, form: &str) -> Reply {
        let head = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
        Reply::visit("POST", url, &format!("{head}{}\r\n\r\n{form}", form.len()))
    }

    fn visit(method: &str, url: &str, rest: &str) -> Reply {
        let (host, target) = url
            .strip_prefix("http://")
            .unwrap()
            .split_once('/')
            .unwrap();
        let head = format!("{method} /{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        let end = if rest.is_empty() { "\r\n" } else { rest };
        Reply::to(host.parse().unwrap(), format!("{head}{end}").as_bytes())
    }

    /// What came otherwise.
    pub fn of(bytes: &[u8]) -> Reply {
        let text = String::from_utf8_lossy(bytes).into_owned();
        Reply { text }
    }

    /// Everything that still comes on `stream`.
    pub fn read(mut stream: TcpStream) -> Reply {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut bytes = Vec::new();
        if let Err(error) = stream.read_to_end(&mut bytes) {
            let hung = matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
            );
            assert!(!hung, "the connection was neither answered nor closed");
        }
        Reply::of(&bytes)
    }

    /// Everything that was received.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The status code, or 0 if the connection was closed without an answer.
    pub fn status(&self) -> u16 {
        let line = self.text.lines().next().unwrap_or("");
        line.split(' ')
            .nth(1)
            .map_or(0, |code| code.parse().unwrap())
    }

    /// Was this turned down: by a client error or by closing the connection?
    pub fn is_refusal(&self) -> bool {
        matches!(self.status(), 0 | 400..=499)
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.text.split("\r\n\r\n").next().unwrap_or("");
        let headers = parse_headers(head.lines().skip(1));
        find(&headers, name).map(str::to_owned)
    }

    pub fn body(&self) -> &str {
        self.text
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body)
    }

    #[track_caller]
    pub fn shows(&self, words: &str) -> &Reply {
        assert!(
            self.body().contains(words),
            "no {words:?} on the page:\n{}",
            self.text
        );
        self
    }

    #[track_caller]
    pub fn shows_no(&self, words: &str) -> &Reply {
        assert!(
            !self.body().contains(words),
            "{words:?} on the page:\n{}",
            self.text
        );
        self
    }
}

fn parse_headers<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect()
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let header = headers.iter().find(|(n, _)| n == name);
    header.map(|(_, value)| value.as_str())
}
