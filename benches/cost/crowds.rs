//! What others at the port cost the person whose redirect comes after them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::Measured;
use crate::login::Person;
use crate::program::Program;
use crate::recording::login_at;
use crate::series::{Contender, Summary, in_turn};
use crate::table::{Goal, Table};

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
    for (name, build) in &measured.builds {
        let program = &login_at("plain.toml", build, person);
        let crowds = CROWDS.map(|(junk, silent)| {
            Box::new(move || visit(person, program, junk, silent)) as Contender<'_, Visit>
        });
        let visits = in_turn(RUNS, &crowds);
        let summary = |figure: fn(&Visit) -> f64| {
            let of = |visits: &Vec<Visit>| Summary::of(visits.iter().map(figure));
            visits.iter().map(of).collect::<Vec<_>>()
        };
        table.heading(&format!("redirect to page: {name}"));
        rows(table, "ms", &summary(|visit| visit.to_page));
        table.heading(&format!("memory of the login, at most: {name}"));
        rows(table, "kB", &summary(|visit| visit.peak));
    }
}

fn rows(table: &mut Table, unit: &'static str, summaries: &[Summary]) {
    for (n, ((junk, silent), summary)) in CROWDS.iter().zip(summaries).enumerate() {
        let name = match (junk, silent) {
            (0, 0) => "alone".to_owned(),
            (junk, 0) => format!("after {junk} other requests"),
            (_, silent) => format!("beside {silent} silent connections"),
        };
        let goal = (n > 0).then_some(Goal::Times(1.2));
        table.row(&name, unit, *summary, (n > 0).then_some(summaries[0]), goal);
    }
}

fn visit(person: &Person<'_>, program: &Program, junk: usize, silent: usize) -> Visit {
    let login = person.starts(&program.with(&["--json"]), Stdio::null());
    let address = login.address();
    (0..junk).for_each(|n| bring_junk(address, n));
    let silent: Vec<_> = (0..silent).map(|_| TcpStream::connect(address)).collect();
    let peak = login.peak_memory();
    let parts = login.approved();
    drop(silent);
    Visit {
        to_page: parts.to_page,
        peak,
    }
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
