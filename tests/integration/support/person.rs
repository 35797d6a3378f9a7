//! The person at the browser: agrees, refuses, or does what no browser should.

use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use url::Url;
use url::form_urlencoded::Serializer;

use super::authorization_server::{Asked, AuthorizationServer};
use super::http::Reply;

/// All that browsers received from the program in one test.
pub type Received = Arc<Mutex<Vec<Reply>>>;

/// Knows what the authorization URL says, and talks to the listener that it names.
pub struct Person {
    pub url: String,
    pub asked: Asked,
    redirect: Url,
    server: AuthorizationServer,
    received: Received,
}

/// Where the server sends the browser back to.
#[derive(Clone)]
pub struct Callback {
    pub path: String,
    query: Vec<(String, String)>,
}

impl Callback {
    pub fn with(mut self, name: &str, value: &str) -> Callback {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Callback {
        self.query.retain(|(n, _)| n != name);
        self
    }

    pub fn code(&self) -> &str {
        let code = self.query.iter().find(|(name, _)| name == "code");
        code.map_or("", |(_, value)| value)
    }

    /// The request target, encoded as browsers and servers do.
    pub fn target(&self) -> String {
        let query = Serializer::new(String::new())
            .extend_pairs(&self.query)
            .finish();
        format!("{}?{query}", self.path)
    }
}

/// The headers that every answer of the listener carries.
const HEADERS: [(&str, &str); 4] = [
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("connection", "close"),
];

impl Person {
    pub fn new(url: &str, server: &AuthorizationServer, received: &Received) -> Person {
        let asked = server.authorize(url);
        Person {
            url: url.to_owned(),
            redirect: Url::parse(&asked.redirect_uri).expect("redirect_uri is a URL"),
            asked,
            server: server.clone(),
            received: Arc::clone(received),
        }
    }

    /// A parameter of the authorization request.
    pub fn parameter(&self, name: &str) -> String {
        let url = Url::parse(&self.url).unwrap();
        let found = url.query_pairs().find(|(n, _)| n == name);
        found.map_or(String::new(), |(_, value)| value.into_owned())
    }

    pub fn port(&self) -> u16 {
        self.redirect.port().expect("redirect_uri names a port")
    }

    pub fn host(&self) -> String {
        let host = self.redirect.host_str().unwrap_or("");
        format!("{host}:{}", self.port())
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port()))
    }

    pub fn approve(&self) -> Reply {
        self.go(&self.approval())
    }

    pub fn approve_only(&self, scopes: &[&str]) -> Reply {
        self.go(&self.approval_of(scopes))
    }

    pub fn refuse(&self) -> Reply {
        self.is_told("access_denied")
    }

    /// The server sends the browser back with this error.
    pub fn is_told(&self, error: &str) -> Reply {
        self.go(&self.back().with("error", error))
    }

    /// The redirect that tells of the person's consent.
    pub fn approval(&self) -> Callback {
        self.granted(&self.asked.scopes)
    }

    pub fn approval_of(&self, scopes: &[&str]) -> Callback {
        let scopes: Vec<_> = scopes.iter().map(|s| (*s).to_owned()).collect();
        self.granted(&scopes)
    }

    fn granted(&self, scopes: &[String]) -> Callback {
        Callback {
            path: self.redirect.path().to_owned(),
            query: self.server.grant(&self.asked, scopes),
        }
    }

    /// A redirect with the right state, and the issuer if that was promised, and nothing else yet.
    pub fn back(&self) -> Callback {
        let path = self.redirect.path().to_owned();
        let mut query = vec![("state".to_owned(), self.asked.state.clone())];
        let iss = self.server.iss();
        query.extend(iss.map(|iss| ("iss".to_owned(), iss)));
        Callback { path, query }
    }

    /// What stands in the address bar then.
    pub fn address_bar(&self, callback: &Callback) -> String {
        let scheme = self.redirect.scheme();
        format!("{scheme}://{}{}", self.host(), callback.target())
    }

    /// Follows a redirect to the listener.
    pub fn go(&self, callback: &Callback) -> Reply {
        self.get(&callback.target())
    }

    pub fn get(&self, target: &str) -> Reply {
        self.request("GET", target, &[])
    }

    /// Goes there on another thread, for an answer that the test itself holds up.
    pub fn goes_meanwhile(self: &Arc<Person>, callback: &Callback) -> JoinHandle<Reply> {
        let (person, callback) = (Arc::clone(self), callback.clone());
        thread::spawn(move || person.go(&callback))
    }

    /// The same, once the listener has certainly taken note of it: it answers in the order in which it is asked.
    pub fn goes_meanwhile_and_is_heard(&self, callback: &Callback) -> JoinHandle<Reply> {
        let mut stream = self.connects();
        let (target, host) = (callback.target(), self.host());
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        assert_eq!(self.get("/favicon.ico").status(), 404);
        thread::spawn(move || Reply::read(stream))
    }

    /// A request with the headers of an ordinary browser, and these in addition or instead.
    pub fn request(&self, method: &str, target: &str, headers: &[&str]) -> Reply {
        let host = format!("Host: {}", self.host());
        let mut lines = vec![format!("{method} {target} HTTP/1.1")];
        if !headers.iter().any(|h| h.starts_with("Host")) {
            lines.push(host);
        }
        lines.push("Accept: text/html,*/*".to_owned());
        lines.extend(headers.iter().map(|h| (*h).to_owned()));
        let reply = self.raw(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes());
        self.check_headers(&reply);
        reply
    }

    /// Follows a redirect with this `Host` to where somebody listens for it.
    pub fn goes_to(&self, address: &str, host: &str, callback: &Callback) -> Reply {
        let target = callback.target();
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let reply = Reply::to(address.parse().unwrap(), request.as_bytes());
        self.received.lock().unwrap().push(reply.clone());
        reply
    }

    /// Whatever bytes, up to the end of the connection.
    pub fn raw(&self, bytes: &[u8]) -> Reply {
        let reply = Reply::to(self.address(), bytes);
        self.received.lock().unwrap().push(reply.clone());
        reply
    }

    /// The same, and then this side of the connection is closed.
    pub fn raw_and_no_more(&self, bytes: &[u8]) -> Reply {
        let mut stream = self.connects();
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(Shutdown::Write);
        Reply::read(stream)
    }

    /// A connection on which nothing has been said yet.
    pub fn connects(&self) -> TcpStream {
        TcpStream::connect(self.address()).expect("the listener accepts connections")
    }

    fn check_headers(&self, reply: &Reply) {
        for (name, value) in HEADERS {
            let header = reply.header(name);
            assert_eq!(header.as_deref(), Some(value), "{name} in {}", reply.text());
        }
        let length = reply.header("content-length").unwrap_or_default();
        let whole = reply.body().is_empty() || reply.body().len().to_string() == length;
        assert!(whole, "{length} bytes were announced: {}", reply.text());
        let policy = reply.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{}", reply.text());
        assert_eq!(reply.header("location"), None, "{}", reply.text());
        for external in ["src=", "<iframe", "@import", "url(", "href=\"http"] {
            reply.shows_no(external);
        }
    }
}
