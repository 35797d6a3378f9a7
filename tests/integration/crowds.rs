//! Crowds at the port: what any web page or program of this machine can do to a login that waits, as often as it likes.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::*;

/// What a crowd may cost at most, in kB: far more than it does, far less than if each of them cost a little for ever.
const MEMORY: usize = 12 * 1024;

/// Those who come again and again, until they are told to go or nobody listens any more.
struct Crowd {
    visits: Arc<AtomicUsize>,
    goes: Arc<AtomicBool>,
    members: Vec<JoinHandle<()>>,
}

impl Crowd {
    /// Some who do this, each with a number of its own for every visit.
    fn who(person: &Arc<Person>, visit: fn(TcpStream, &Person, usize)) -> Crowd {
        let (visits, goes) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let member = || {
            let (person, visits, goes) = (person.clone(), visits.clone(), goes.clone());
            thread::spawn(move || {
                while !goes.load(Ordering::Relaxed)
                    && let Ok(stream) = TcpStream::connect(person.address())
                {
                    visit(stream, &person, visits.fetch_add(1, Ordering::Relaxed));
                }
            })
        };
        let members = (0..4).map(|_| member()).collect();
        Crowd {
            visits,
            goes,
            members,
        }
    }

    fn has_come(&self, times: usize) {
        let patience = || self.visits.load(Ordering::Relaxed) >= times;
        eventually(&format!("{times} visits"), patience);
    }

    fn leaves(self) {
        self.goes.store(true, Ordering::Relaxed);
        self.finds_nobody();
    }

    fn finds_nobody(self) {
        self.members.into_iter().for_each(|m| m.join().unwrap());
    }
}

/// The person gets in while all this goes on; then there is nobody whom the crowd could visit.
#[track_caller]
fn logs_in_amid(login: Running<'_>, crowd: Crowd) {
    assert_eq!(login.person().approve().status(), 200);
    crowd.finds_nobody();
    login.finish().ends(OK).asked_for_a_token(1);
}

/// Requests that bring no answer, and what is no request.
fn brings_junk(stream: TcpStream, person: &Person, n: usize) {
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

#[test]
fn ten_thousand_requests_that_bring_nothing_keep_nobody_out() {
    let world = World::like_strava();
    let login = world.login().start();
    let crowd = Crowd::who(&login.person(), brings_junk);
    crowd.has_come(500);
    let before = login.peak_memory();
    crowd.has_come(10_000);
    let grown = login.peak_memory() - before;
    assert!(grown < MEMORY, "{grown} kB");
    logs_in_amid(login, crowd);
}

/// For this process, which is the crowd.
fn raise_the_limit_of_descriptors() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let limit = Rlimit {
        current: maximum.or(Some(65536)),
        maximum,
    };
    setrlimit(Resource::Nofile, limit).unwrap();
}

#[test]
fn a_thousand_connections_do_not_need_a_thousand_descriptors() {
    raise_the_limit_of_descriptors();
    let world = World::like_strava();
    let few = "ulimit -n 64; exec \"$@\"";
    let login = world.login().through(&["sh", "-c", few, "sh"]).start();
    let person = login.person();
    let before = login.peak_memory();
    let crowd: Vec<_> = (0..1000).map(|_| person.connects()).collect();
    assert_eq!(person.get("/").status(), 404);
    assert!(login.peak_memory() - before < MEMORY);
    login.still_logs_in();
    drop(crowd);
}

/// With twenty more, whose requests arrive byte by byte, and never as a whole.
fn sends_slowly(stream: TcpStream, person: &Person, _: usize) {
    let more = (0..20).flat_map(|_| TcpStream::connect(person.address()));
    let mut streams: Vec<_> = more.chain([stream]).collect();
    for byte in b"GET /authorization?code=x&state=y HTTP/1.1\r\nX: " {
        for stream in &mut streams {
            let _ = stream.write_all(&[*byte]);
        }
    }
}

#[test]
fn those_who_send_slowly_hold_nobody_up() {
    let world = World::like_strava();
    let login = world.login().start();
    let crowd = Crowd::who(&login.person(), sends_slowly);
    crowd.has_come(20);
    logs_in_amid(login, crowd);
}

/// Gone without a farewell: before a word, amid the request, or before the answer to it was read.
fn is_reset(mut stream: TcpStream, person: &Person, n: usize) {
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", person.host());
    let said = [0, request.len() / 2, request.len()][n % 3];
    let _ = stream.write_all(&request.as_bytes()[..said]);
    set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
}

#[test]
fn connections_that_are_reset_take_nobody_along() {
    let world = World::like_strava();
    let login = world.login().start();
    let crowd = Crowd::who(&login.person(), is_reset);
    crowd.has_come(3000);
    logs_in_amid(login, crowd);
}

#[test]
fn a_browser_that_is_reset_while_it_waits_for_its_page_costs_no_token() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = world.login().start();
    let person = login.person();
    let mut stream = person.connects();
    let (target, host) = (person.approval().target(), person.host());
    let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    held.wait_until_asked();
    set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
    drop(stream);
    held.release();
    login.finish().ends(OK).asked_for_a_token(1);
}

/// Whole requests of those who will not read what comes.
fn asks_and_never_reads(person: &Person) -> TcpStream {
    let mut stream = person.connects();
    set_socket_recv_buffer_size(&stream, 1).unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", person.host());
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

#[test]
fn answers_that_nobody_reads_are_not_kept() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let (files, threads) = (login.open_files(), login.threads());
    let crowd: Vec<_> = (0..300).map(|_| asks_and_never_reads(&person)).collect();
    eventually("all are answered", || login.open_files() <= files);
    assert!(login.threads() <= threads);
    login.still_logs_in();
    drop(crowd);
}

#[test]
fn what_a_crowd_took_is_given_back_while_the_login_waits() {
    let world = World::like_strava();
    let login = world.login().start();
    let person = login.person();
    let (files, threads) = (login.open_files(), login.threads());
    let silent: Vec<_> = (0..200).map(|_| person.connects()).collect();
    let crowd = Crowd::who(&person, brings_junk);
    crowd.has_come(500);
    crowd.leaves();
    drop(silent);
    eventually("all is closed", || login.open_files() <= files);
    assert!(login.threads() <= threads);
    login.still_logs_in();
}

/// What a web page's script does: the right path, as often as it can.
fn guess(person: &Person, n: usize) -> String {
    let host = person.host();
    format!("GET /authorization?code=x&state={n} HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

fn guesses_the_state(stream: TcpStream, person: &Person, n: usize) {
    let reply = Reply::over(stream, guess(person, n).as_bytes());
    assert_eq!(reply.status(), 400);
}

/// The lines on stderr after so many guesses.
fn lines_after_guesses(login: Loopin<'_>) -> usize {
    let login = login.start();
    let crowd = Crowd::who(&login.person(), guesses_the_state);
    crowd.has_come(1000);
    crowd.leaves();
    login.person().approve();
    let outcome = login.finish();
    outcome.ends(OK).says("not the answer");
    outcome.stderr.lines().count()
}

#[test]
fn a_page_that_guesses_all_the_time_is_worth_a_hint() {
    let world = World::like_strava();
    assert!(lines_after_guesses(world.login().without("-vv")) < 20);
}

#[test]
fn a_page_that_guesses_all_the_time_does_not_fill_the_log() {
    let world = World::like_strava();
    assert!(lines_after_guesses(world.login()) < 200);
}

#[test]
fn a_crowd_at_one_stack_keeps_nobody_waiting_at_the_other() {
    if TcpListener::bind("[::1]:0").is_err() {
        return; // This machine has one stack only.
    }
    let world = World::like_strava();
    let both = "http://localhost:0/authorization";
    let login = world.login().without("--port").with("--redirect-uri", both);
    let login = login.start();
    let person = login.person();
    login.signal("STOP");
    eventually("it stops", || login.is_stopped());
    let crowd: Vec<_> = (0..60).map(|_| asks_and_never_reads(&person)).collect();
    let mut late = TcpStream::connect(("::1", person.port())).unwrap();
    late.write_all(guess(&person, 1).as_bytes()).unwrap();
    login.signal("CONT");
    assert_eq!(Reply::read(late).status(), 400);
    person.approve();
    let outcome = login.finish();
    let mut turned_down = outcome
        .stderr
        .lines()
        .filter(|line| line.contains("is not the answer: "));
    let place = turned_down.position(|line| line.ends_with("State"));
    assert!(place.unwrap() < 30, "{}", outcome.stderr);
    drop(crowd);
}
