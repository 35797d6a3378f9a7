//! Crowds at the port: what any web page or program of this machine can do to a login that waits, as often as it likes.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::sockopt::{set_socket_linger, set_socket_recv_buffer_size};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::crowd::{brings_junk, sends_slowly};
use crate::support::*;

/// What a thousand connections may cost at most, in kB.
const MEMORY: usize = 12 * 1024;

/// What five thousand visits may cost at most once there were as many, in kB: 200 bytes each.
const GROWTH: usize = 1024;

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

#[test]
fn ten_thousand_requests_that_bring_nothing_keep_nobody_out() {
    let world = World::like_strava();
    let login = world.login().start();
    let crowd = Crowd::who(&login.person(), brings_junk);
    crowd.has_come(5000);
    let before = login.peak_memory();
    crowd.has_come(10_000);
    let grown = login.peak_memory() - before;
    assert!(grown < GROWTH, "{grown} kB");
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

#[test]
fn a_crowd_leaves_the_descriptors_that_a_login_needs() {
    let world = World::like_strava();
    for few in [16, 20] {
        // Whoever started the tests may have left it some of its own.
        let few = format!("exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-; ulimit -n {few}; exec \"$@\"");
        let login = world.login().flag("--force");
        let login = login.through(&["sh", "-c", &few, "sh"]).start();
        let person = login.person();
        let crowd: Vec<_> = (0..300).map(|_| person.connects()).collect();
        assert_eq!(person.approve().status(), 200);
        login.finish().ends(OK);
        drop(crowd);
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

/// A whole request of somebody who does not read what comes. The answer is short: the system takes all of it.
fn asks_and_never_reads(person: &Person) -> TcpStream {
    let mut stream = person.connects();
    set_socket_recv_buffer_size(&stream, 1).unwrap();
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", person.host());
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

#[test]
fn answers_that_nobody_has_read_yet_are_not_kept() {
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

/// A login that listens on both stacks; `None` where there is one only.
fn on_both_stacks(world: &World) -> Option<Running<'_>> {
    TcpListener::bind("[::1]:0").ok()?;
    let both = "http://localhost:0/authorization";
    let login = world.login().without("--port").with("--redirect-uri", both);
    Some(login.start())
}

/// How many were turned down before the first that came with a `state`.
fn turned_down_before_the_guess(stderr: &str) -> Option<usize> {
    let is_stray = |line: &&str| line.contains("is not the answer: ");
    let mut turned_down = stderr.lines().filter(is_stray);
    turned_down.position(|line| line.ends_with("State"))
}

#[test]
fn a_crowd_at_one_stack_keeps_nobody_waiting_at_the_other() {
    let world = World::like_strava();
    let Some(login) = on_both_stacks(&world) else {
        return;
    };
    let person = login.person();
    login.signal("STOP");
    eventually("it stops", || login.is_stopped());
    let _crowd: Vec<_> = (0..60).map(|_| asks_and_never_reads(&person)).collect();
    let mut late = TcpStream::connect(("::1", person.port())).unwrap();
    late.write_all(guess(&person, 1).as_bytes()).unwrap();
    login.signal("CONT");
    assert_eq!(Reply::read(late).status(), 400);
    person.approve();
    let before = turned_down_before_the_guess(&login.finish().stderr);
    assert!(before.is_some_and(|before| before < 30), "{before:?}");
}
