//! What crowds at the port cost: `cargo bench --bench listener`.
//!
//! In each line a login waits while others keep its port busy, again and again: how long the person's redirect takes
//! until its page is there (the token request and the disk have their share of it), how much memory the program had at
//! most until then, and how many visits of the crowd a second brought.

#![allow(clippy::print_stdout, reason = "it prints a table")]

#[path = "../tests/integration/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests need all of it")]
mod support;

use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use support::crowd::{brings_junk, sends_slowly};
use support::{Person, World};

const RUNS: usize = 9;

/// What each of four does again and again.
type Visit = fn(TcpStream, &Person, usize);

struct Crowd {
    name: &'static str,
    /// Connections without a word.
    silent: usize,
    /// And how often it was done before the person comes.
    visit: Option<(Visit, usize)>,
    /// How many descriptors the login may have.
    descriptors: usize,
}

const NOBODY: Crowd = Crowd {
    name: "nobody",
    silent: 0,
    visit: None,
    descriptors: 1024,
};

const CROWDS: [Crowd; 5] = [
    NOBODY,
    Crowd {
        name: "10,000 junk requests",
        visit: Some((brings_junk, 10_000)),
        ..NOBODY
    },
    Crowd {
        name: "1,000 silent",
        silent: 1000,
        ..NOBODY
    },
    Crowd {
        name: "1,000 silent, 64 descriptors",
        silent: 1000,
        descriptors: 64,
        ..NOBODY
    },
    Crowd {
        name: "slow senders",
        visit: Some((sends_slowly, 100)),
        ..NOBODY
    },
];

/// One login.
struct Run {
    page_after: Duration,
    peak_memory: usize,
    visits_a_second: f64,
}

fn main() {
    // The crowd is this very process.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let current = maximum.or(Some(65536));
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
    println!(
        "{:30}{:^26}{:>9}{:>11}",
        "", "page after, ms", "memory", "visits"
    );
    println!("{:30}   least  median    most       kB   a second", "crowd");
    for crowd in &CROWDS {
        let runs: Vec<Run> = (0..RUNS).map(|_| run(crowd)).collect();
        report(crowd.name, &runs);
    }
}

fn run(crowd: &Crowd) -> Run {
    let world = World::like_strava();
    let limit = format!("ulimit -n {}; exec \"$@\"", crowd.descriptors);
    let login = world.login().without("-vv");
    let login = login.through(&["sh", "-c", &limit, "sh"]).start();
    let person = login.person();
    let silent: Vec<_> = (0..crowd.silent).map(|_| person.connects()).collect();
    let (visits, is_over, begin) = (AtomicUsize::new(0), AtomicBool::new(false), Instant::now());
    let run = thread::scope(|scope| {
        let (visit, times) = crowd.visit.unzip();
        let member = |visit: Visit| {
            // Nobody listens any more once the page is there.
            while !is_over.load(Relaxed)
                && let Ok(stream) = TcpStream::connect(person.address())
            {
                visit(stream, &person, visits.load(Relaxed));
                visits.fetch_add(1, Relaxed);
            }
        };
        for visit in [visit; 4].into_iter().flatten() {
            scope.spawn(move || member(visit));
        }
        while visits.load(Relaxed) < times.unwrap_or(0) {
            thread::sleep(Duration::from_millis(1));
        }
        let visits_a_second = visits.load(Relaxed) as f64 / begin.elapsed().as_secs_f64();
        let peak_memory = login.peak_memory();
        let came = Instant::now();
        assert_eq!(person.approve().status(), 200);
        let page_after = came.elapsed();
        is_over.store(true, Relaxed);
        Run {
            page_after,
            peak_memory,
            visits_a_second,
        }
    });
    login.finish().ends(0);
    drop(silent);
    run
}

fn report(name: &str, runs: &[Run]) {
    let mut pages: Vec<_> = runs.iter().map(|run| run.page_after).collect();
    pages.sort();
    let [least, median, most] = [0, RUNS / 2, RUNS - 1].map(|n| pages[n].as_secs_f64() * 1000.0);
    let memory = runs.iter().map(|run| run.peak_memory).max().unwrap_or(0);
    let visits = runs.iter().map(|run| run.visits_a_second).sum::<f64>() / RUNS as f64;
    println!("{name:30}{least:>8.1}{median:>8.1}{most:>8.1} {memory:>8} {visits:>10.0}");
}
