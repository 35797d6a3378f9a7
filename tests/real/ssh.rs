//! A person at another machine by SSH, whose browser is on their own.

use std::net::TcpStream;

use super::demo::{address_that_the_browser_ends_on, serve};
use super::sshd::{Session, Sshd};
use super::support::{eventually, redirect_port};
use crate::ports::free_port;
use crate::support::Reply;

const LOGIN: &str = "login --provider ./demo.toml --port 0";

/// The address to open, from what is on the screen.
fn url(session: &Session) -> String {
    let line = session.screen.until(|line| line.starts_with("http"));
    line.trim().to_owned()
}

#[test]
#[ignore = "needs sshd: tests/run"]
fn the_address_that_the_browser_ended_on_is_pasted() {
    let ((home, _demo), sshd) = (serve(), Sshd::start());
    let mut session = sshd.runs(&home, LOGIN);
    session.screen.until(|line| line.contains("SSH session"));
    let address = address_that_the_browser_ends_on(&url(&session));
    session.screen.until(|line| line.contains("as good as"));
    session.types(&format!("{address}\r"));
    let (code, said) = session.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("code="), "{said}");
    assert_eq!(home.token()["account"]["id"], "227615");
}

#[test]
#[ignore = "needs sshd: tests/run"]
fn the_line_that_is_printed_leads_the_browser_here() {
    let ((home, _demo), sshd) = (serve(), Sshd::start());
    // Both ends of the tunnel are on this machine: here is another address than there, with a port that is free on both.
    let login = LOGIN.replace("--port 0", &format!("--port {}", free_port()));
    let session = sshd.runs(&home, &format!("{login} --listen 127.0.0.2"));
    let line = session.screen.until(|line| line.contains("ssh -L"));
    let (_, command) = line.trim().rsplit_once(": ").expect(&line);
    let url = url(&session);
    let here = ("127.0.0.1", redirect_port(&url));
    assert!(TcpStream::connect(here).is_err());
    let _tunnel = sshd.obeys(command);
    eventually("the tunnel", || TcpStream::connect(here).ok());
    let address = address_that_the_browser_ends_on(&url);
    Reply::get(&address).shows("data-outcome=\"success\"");
    let (code, said) = session.end();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(home.token()["account"]["id"], "227615");
}

#[test]
#[ignore = "needs sshd: tests/run"]
fn a_connection_that_is_lost_ends_the_login() {
    let ((home, _demo), sshd) = (serve(), Sshd::start());
    let session = sshd.runs(&home, LOGIN);
    let listener = ("127.0.0.1", redirect_port(&url(&session)));
    assert!(TcpStream::connect(listener).is_ok());
    drop(session);
    eventually("the end of the login", || {
        TcpStream::connect(listener).is_err().then_some(())
    });
    assert!(!home.path("token.json").exists());
}
