//! A login, and the person and the browser in it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use crate::memory::peak;
use crate::place::Place;
use crate::program::Program;
use crate::series::milliseconds;
use crate::support::Reply;

/// What the provider gives the person.
pub const CODE: &str = "a7f3c1d2e4b5968778695a4b3c2d1e0f98765432";

/// Starts logins, and plays the person.
pub struct Person<'a> {
    place: &'a Place,
    browser: &'a Program,
    visits: UnixDatagram,
}

/// Waits for its redirect.
pub struct Login {
    pub child: Child,
    started: Instant,
    opened: Instant,
    pub url: Url,
}

/// How long each part took, in milliseconds.
pub struct Parts {
    pub to_browser: f64,
    pub after_redirect: f64,
    pub whole: f64,
}

impl Parts {
    /// Of something that has no parts.
    pub fn of(whole: f64) -> Parts {
        Parts {
            to_browser: whole,
            after_redirect: whole,
            whole,
        }
    }
}

impl<'a> Person<'a> {
    pub fn new(place: &'a Place, browser: &'a Program) -> Person<'a> {
        let _ = std::fs::remove_file(place.path("visits"));
        let visits = UnixDatagram::bind(place.path("visits")).unwrap();
        let patience = Some(Duration::from_secs(60));
        visits.set_read_timeout(patience).unwrap();
        Person {
            place,
            browser,
            visits,
        }
    }

    /// What a program is told to open the browser with.
    pub fn browser(&self) -> [String; 2] {
        let visits = self.place.path("visits");
        [self.browser.path().to_owned(), visits].map(|path| path.display().to_string())
    }

    pub fn starts(&self, program: &Program, stdout: Stdio) -> Login {
        let login = self.tries_to_start(program, stdout, Stdio::null());
        login.expect("it can be started")
    }

    /// None if there is no such program.
    pub fn tries_to_start(&self, program: &Program, stdout: Stdio, stderr: Stdio) -> Option<Login> {
        let mut command = self.place.command(program);
        command.stdout(stdout).stderr(stderr);
        let started = Instant::now();
        let child = command.spawn().ok()?;
        let mut address = [0; 4096];
        let length = self.visits.recv(&mut address).expect("a browser opens");
        let opened = Instant::now();
        let url = std::str::from_utf8(&address[..length]).unwrap();
        Some(Login {
            child,
            started,
            opened,
            url: url.parse().unwrap(),
        })
    }

    /// A whole login by a person who takes so long.
    pub fn logs_in(&self, program: &Program, takes: Duration) -> Parts {
        let login = self.starts(program, Stdio::null());
        thread::sleep(takes);
        login.approved()
    }
}

impl Login {
    pub fn peak_memory(&self) -> f64 {
        peak(self.child.id())
    }

    fn parameter(&self, name: &str) -> String {
        let mut pairs = self.url.query_pairs();
        let found = pairs.find(|(n, _)| n == name);
        found.map_or(String::new(), |(_, value)| value.into_owned())
    }

    pub fn address(&self) -> SocketAddr {
        let redirect: Url = self.parameter("redirect_uri").parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], redirect.port().unwrap()))
    }

    /// What the provider has the browser ask for.
    fn redirect(&self) -> String {
        let (state, address) = (self.parameter("state"), self.address());
        let target = format!("/authorization?state={state}&code={CODE}&scope=read_all");
        format!("GET {target} HTTP/1.1\r\nHost: {address}\r\nAccept: text/html\r\n\r\n")
    }

    /// The provider sends the browser back; this is the page that it gets.
    pub fn page(&self) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.write_all(self.redirect().as_bytes()).unwrap();
        let mut page = Vec::new();
        stream.read_to_end(&mut page).unwrap();
        assert_eq!(Reply::of(&page).status(), 200);
        page
    }

    pub fn has_ended(&mut self) {
        assert!(self.child.wait().unwrap().success());
    }

    pub fn approved(mut self) -> Parts {
        let sent = Instant::now();
        self.page();
        self.has_ended();
        let ended = Instant::now();
        Parts {
            to_browser: milliseconds(self.started, self.opened),
            after_redirect: milliseconds(sent, ended),
            whole: milliseconds(self.started, ended),
        }
    }
}
