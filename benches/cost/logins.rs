//! Whole logins, with a token endpoint here, over plain HTTP and over TLS.

use std::io::Read;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::Measured;
use crate::login::{Parts, Person};
use crate::memory::{counted, full_pipe, instructions, when_all_is_done};
use crate::program::Program;
use crate::recording::login_at;
use crate::series::{Contender, Summary, in_turn, time};
use crate::table::{Cell, Goal, Goals, NO_GOALS, Table};

const RUNS: usize = 40;

/// One whose cookies log them in, and one who has to click, very quickly.
const AT_ONCE: Duration = Duration::ZERO;
const QUICKLY: Duration = Duration::from_millis(300);

/// What a login may have of memory, in kB.
const MEMORY: Goals = [Some(Goal::AtMost(7680.0)), Some(Goal::AtMost(6144.0))];

pub fn measure(measured: &Measured, table: &mut Table) {
    let person = &Person::new(&measured.place, &measured.browser);
    let builds = |provider| -> Vec<Program> {
        let builds = measured.builds.iter();
        builds
            .map(|(_, build)| login_at(provider, build, person))
            .collect()
    };
    let (plain, tls) = (builds("plain.toml"), builds("tls.toml"));
    let floor = measured.floors.login.clone();
    let with_floor = [vec![floor], plain.clone()].concat();

    let parts = in_turn(RUNS, &logins(person, &with_floor, AT_ONCE));
    table.heading("login with a browser that answers at once");
    beside(
        table,
        "start to browser",
        &parts,
        |parts| parts.to_browser,
        times(1.5),
    );
    beside(table, "in all", &parts, |parts| parts.whole, times(2.0));
    let parts = in_turn(RUNS, &logins(person, &with_floor, QUICKLY));
    table.heading("login by a person who takes 300 ms");
    beside(
        table,
        "redirect to exit",
        &parts,
        |parts| parts.after_redirect,
        times(1.5),
    );
    costs(person, table, &plain);

    let with_exchange = |takes| {
        let exchange = Box::new(|| Parts::of(exchange(measured))) as Contender<'_, Parts>;
        let logins = logins(person, &tls, takes);
        in_turn(
            RUNS,
            &[exchange].into_iter().chain(logins).collect::<Vec<_>>(),
        )
    };
    let parts = with_exchange(AT_ONCE);
    table.heading("login over TLS with a browser that answers at once (floor: the exchange by a warm reqwest)");
    beside(table, "in all", &parts, |parts| parts.whole, NO_GOALS);
    let parts = with_exchange(QUICKLY);
    table.heading(
        "login over TLS by a person who takes 300 ms (floor: the exchange by a warm reqwest)",
    );
    beside(
        table,
        "redirect to exit",
        &parts,
        |parts| parts.after_redirect,
        times(1.3),
    );
    costs(person, table, &tls);

    let expired = || {
        measured
            .place
            .has_token(&measured.place.provider("tls.toml"), -1)
    };
    let refreshes = measured.builds.iter().map(|(_, build)| {
        let program = build.with(&["token", "--provider", "./tls.toml"]);
        Box::new(move || {
            expired();
            measured.place.times(&program)
        }) as Contender<'_, f64>
    });
    let exchange = Box::new(|| exchange(measured)) as Contender<'_, f64>;
    let all: Vec<_> = [exchange].into_iter().chain(refreshes).collect();
    let mut summaries = in_turn(RUNS, &all).into_iter().map(Summary::of);
    let floor = summaries.next().unwrap();
    table.heading("token, refreshed over TLS (floor: the exchange by a warm reqwest)");
    table.row("in all", "ms", floor, summaries, NO_GOALS);
}

fn times(most: f64) -> Goals {
    [Some(Goal::Times(most)); 2]
}

fn logins<'a>(
    person: &'a Person<'_>,
    programs: &'a [Program],
    takes: Duration,
) -> Vec<Contender<'a, Parts>> {
    let login = |program: &'a Program| {
        Box::new(move || person.logs_in(program, takes)) as Contender<'a, Parts>
    };
    programs.iter().map(login).collect()
}

/// One part of every login, beside that of the first.
fn beside(
    table: &mut Table,
    name: &str,
    parts: &[Vec<Parts>],
    part: fn(&Parts) -> f64,
    goals: Goals,
) {
    let mut summaries = parts.iter().map(|all| Summary::of(all.iter().map(part)));
    let floor = summaries.next().unwrap();
    table.row(name, "ms", floor, summaries, goals);
}

/// The same form by a client that is ready, and knows nothing of the server yet.
fn exchange(measured: &Measured) -> f64 {
    let authority = measured.authority.pem();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap())
        .unwrap();
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let tls = tls.with_safe_default_protocol_versions().unwrap();
    let tls = tls.with_root_certificates(roots).with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
    let client = client.build().unwrap();
    let form = "application/x-www-form-urlencoded";
    let request = client.post(&measured.tls.url).header(CONTENT_TYPE, form);
    let request = request.body(measured.floors.form.clone());
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    time(|| {
        let body = async { request.send().await.unwrap().bytes().await };
        assert!(runtime.block_on(body).unwrap().len() > 100);
    })
}

/// What memory a login has at most, and how many instructions it takes.
fn costs(person: &Person<'_>, table: &mut Table, builds: &[Program]) {
    let cells = |figures: Vec<f64>, goals: Goals| -> Vec<Cell> {
        let cell = |(figure, goal)| Cell {
            figure: Summary::once(figure),
            base: None,
            goal,
        };
        figures.into_iter().zip(goals).map(cell).collect()
    };
    let peaks = builds.iter().map(|build| peak(person, build)).collect();
    table.cells("memory at most", "kB", None, &cells(peaks, MEMORY));
    let counts: Option<Vec<_>> = builds.iter().map(|build| count(person, build)).collect();
    if let Some(counts) = counts {
        table.cells("instructions", "million", None, &cells(counts, NO_GOALS));
    }
}

/// When all is done but for what it prints.
fn peak(person: &Person<'_>, program: &Program) -> f64 {
    let (reader, writer) = full_pipe();
    let mut login = person.starts(&program.with(&["--json"]), writer.into());
    login.page();
    let memory = when_all_is_done(&login.child);
    drop(reader);
    login.child.wait().unwrap();
    memory.peak
}

fn count(person: &Person<'_>, program: &Program) -> Option<f64> {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut login = person.tries_to_start(&counted(program), Stdio::null(), writer.into())?;
    login.page();
    login.has_ended();
    let mut said = String::new();
    reader.read_to_string(&mut said).ok()?;
    instructions(&said)
}
