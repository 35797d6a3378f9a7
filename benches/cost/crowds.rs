//! What others at the port cost the person whose redirect comes after them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Measured;
use crate::login::Person;
use crate::memory::full_pipe;
use crate::program::Program;
use crate::recording::login_at;
use crate::series::{Contender, Summary, in_turn, time};
use crate::table::{Cell, Goal, Table};

const RUNS: usize = 30;

/// How many requests that are not the answer came before, and how many connections are open without a word.
const CROWDS: [(usize, usize); 6] = [
    (0, 0),
    (100, 0),
    (1000, 0),
    (10_000, 0),
    (0, 100),
    (0, 1000),
];

/// How long the page took, in milliseconds, and the memory at most, in kB.
struct Visit {
    to_page: f64,
    peak: f64,
}

pub fn measure(measured: &Measured, table: &mut Table) {
    // The crowd is this very process.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum.or(Some(65536));
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    let person = &Person::new(&measured.place, &measured.browser);
    let programs: Vec<_> = measured
        .builds
        .iter()
        .map(|(_, build)| login_at("plain.toml", build, person).with(&["--json"]))
        .collect();
    let visits: Vec<Vec<Vec<Visit>>> = programs
        .iter()
        .map(|program| visits(person, program))
        .collect();
    table.heading("the page after the redirect, and others at the port (x: beside none)");
    rows(table, "ms", &visits, |visit| visit.to_page);
    table.heading("memory of the login at most, and others at the port (x: beside none)");
    rows(table, "kB", &visits, |visit| visit.peak);
}

/// All crowds in turn.
fn visits(person: &Person<'_>, program: &Program) -> Vec<Vec<Visit>> {
    let crowd = |(junk, silent)| {
        Box::new(move || visit(person, program, junk, silent)) as Contender<'_, Visit>
    };
    in_turn(RUNS, &CROWDS.map(crowd))
}

/// One figure of every build, for each crowd.
fn rows(table: &mut Table, unit: &str, visits: &[Vec<Vec<Visit>>], figure: fn(&Visit) -> f64) {
    for (n, crowd) in CROWDS.iter().enumerate() {
        let name = match crowd {
            (0, 0) => "alone".to_owned(),
            (junk, 0) => format!("after {junk} other requests"),
            (_, silent) => format!("beside {silent} silent connections"),
        };
        let summary = |visits: &[Visit]| Summary::of(visits.iter().map(figure));
        let cell = |build: &Vec<Vec<Visit>>| Cell {
            figure: summary(&build[n]),
            base: (n > 0).then(|| summary(&build[0])),
            // Those who are silent are let in first, which takes a while.
            goal: (crowd.0 > 0).then_some(Goal::Times(1.2)),
        };
        let cells: Vec<_> = visits.iter().map(cell).collect();
        table.cells(&name, unit, None, &cells);
    }
}

fn visit(person: &Person<'_>, program: &Program, junk: usize, silent: usize) -> Visit {
    let (reader, writer) = full_pipe();
    let mut login = person.starts(program, writer.into());
    let address = login.address();
    (0..junk).for_each(|n| bring_junk(address, n));
    let connect = |_| TcpStream::connect(address).unwrap();
    let silent: Vec<_> = (0..silent).map(connect).collect();
    let to_page = time(|| drop(login.page()));
    // It cannot end before it has printed the rest.
    let peak = login.peak_memory();
    drop((reader, silent));
    login.child.wait().unwrap();
    Visit { to_page, peak }
}

/// What any web page can have a browser ask for.
fn bring_junk(address: SocketAddr, n: usize) {
    let target = ["/favicon.ico", "/authorization?code=x&state=y", "/"][n % 3];
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 4"));
}
