//! Whole logins, with a token endpoint here, over plain HTTP and over TLS.

use std::process::Stdio;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;

use crate::Measured;
use crate::login::{Parts, Person};
use crate::memory::{counted, full_pipe, instructions, when_all_is_done};
use crate::program::Program;
use crate::recording::login_at;
use crate::series::{Contender, Summary, in_turn, time};
use crate::table::{Goal, Table};

const RUNS: usize = 40;

/// One whose cookies log them in, and one who has to click, very quickly.
const AT_ONCE: Duration = Duration::ZERO;
const QUICKLY: Duration = Duration::from_millis(300);

pub fn measure(measured: &Measured, table: &mut Table) {
    let person = &Person::new(&measured.place, &measured.browser);
    let builds = |provider| {
        let builds = measured.builds.iter();
        builds.map(move |(name, build)| (*name, login_at(provider, build, person)))
    };
    let floor = ("the floor", measured.floors.login.clone());
    let plain: Vec<_> = [floor].into_iter().chain(builds("plain.toml")).collect();
    let tls: Vec<_> = builds("tls.toml").collect();

    let parts = in_turn(RUNS, &logins(person, &plain, AT_ONCE));
    table.heading("login, start to browser");
    beside(table, &plain, &parts, |parts| parts.to_browser, Some(1.5));
    table.heading("login with a browser that answers at once, in all");
    beside(table, &plain, &parts, |parts| parts.whole, Some(2.0));
    let parts = in_turn(RUNS, &logins(person, &plain, QUICKLY));
    table.heading("login by a person who takes 300 ms, redirect to exit");
    beside(
        table,
        &plain,
        &parts,
        |parts| parts.after_redirect,
        Some(1.5),
    );

    let exchange: Contender<'_, Parts> = Box::new(|| exchange(measured));
    let with_tls = |takes| {
        let exchange = [Box::new(&exchange) as Contender<'_, Parts>];
        in_turn(
            RUNS,
            &exchange
                .into_iter()
                .chain(logins(person, &tls, takes))
                .collect::<Vec<_>>(),
        )
    };
    let alone = (
        "the exchange alone, by a warm reqwest",
        measured.browser.clone(),
    );
    let tls_beside: Vec<_> = [alone].into_iter().chain(tls.iter().cloned()).collect();
    let parts = with_tls(AT_ONCE);
    table.heading("login over TLS with a browser that answers at once, in all");
    beside(table, &tls_beside, &parts, |parts| parts.whole, None);
    let parts = with_tls(QUICKLY);
    table.heading("login over TLS by a person who takes 300 ms, redirect to exit");
    beside(
        table,
        &tls_beside,
        &parts,
        |parts| parts.after_redirect,
        Some(1.3),
    );

    table.heading("login, what it takes");
    let limits = [None, Some(7.5 * 1024.0), Some(6.0 * 1024.0)];
    costs(person, table, "", &plain, &limits);
    costs(person, table, ", TLS", &tls, &limits[1..]);
}

/// A program, and what the table calls it.
type Named = (&'static str, Program);

fn logins<'a>(
    person: &'a Person<'_>,
    programs: &'a [Named],
    takes: Duration,
) -> Vec<Contender<'a, Parts>> {
    let login = |(_, program): &'a Named| {
        Box::new(move || person.logs_in(program, takes)) as Contender<'a, Parts>
    };
    programs.iter().map(login).collect()
}

/// One part of every login, beside that of the first.
fn beside(
    table: &mut Table,
    programs: &[Named],
    parts: &[Vec<Parts>],
    part: impl Fn(&Parts) -> f64,
    goal: Option<f64>,
) {
    let summaries: Vec<_> = parts
        .iter()
        .map(|all| Summary::of(all.iter().map(&part)))
        .collect();
    for (n, ((name, _), summary)) in programs.iter().zip(&summaries).enumerate() {
        let floor = (n > 0).then_some(summaries[0]);
        let goal = goal.map(Goal::Times).filter(|_| n > 0);
        table.row(name, "ms", *summary, floor, goal);
    }
}

/// The same request by a client that is ready, and knows nothing of the server yet.
fn exchange(measured: &Measured) -> Parts {
    let authority = measured.authority.pem();
    let authority = reqwest::Certificate::from_pem(authority.as_bytes()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([authority])
        .build()
        .unwrap();
    let form = "application/x-www-form-urlencoded";
    let request = client.post(&measured.tls.url).header(CONTENT_TYPE, form);
    let request = request.body(measured.floors.form.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let took = time(|| {
        let body = async { request.send().await.unwrap().bytes().await };
        assert!(runtime.block_on(body).unwrap().len() > 100);
    });
    Parts {
        whole: took,
        after_redirect: took,
        ..Parts::default()
    }
}

/// What memory a login has at most, and how many instructions it takes.
fn costs(
    person: &Person<'_>,
    table: &mut Table,
    how: &str,
    programs: &[Named],
    limits: &[Option<f64>],
) {
    for ((name, program), limit) in programs.iter().zip(limits) {
        let is_loopin = limit.is_some();
        let (reader, writer) = full_pipe();
        let prints = if is_loopin {
            program.with(&["--json"])
        } else {
            program.clone()
        };
        let mut login = person.starts(&prints, writer.into());
        // The floor prints nothing, and is looked at before it goes.
        let peak = match is_loopin {
            true => {
                login.page();
                when_all_is_done(&login.child).peak
            }
            false => login.peak_memory(),
        };
        drop(reader);
        if is_loopin {
            login.child.wait().unwrap();
        } else {
            login.approved();
        }
        let goal = limit.map(Goal::AtMost);
        table.row(
            &format!("memory, at most{how}: {name}"),
            "kB",
            Summary::once(peak),
            None,
            goal,
        );
        if let Some(count) = count(person, program) {
            table.row(
                &format!("instructions{how}: {name}"),
                "million",
                Summary::once(count),
                None,
                None,
            );
        }
    }
}

fn count(person: &Person<'_>, program: &Program) -> Option<f64> {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut login = person.tries_to_start(&counted(program), Stdio::null(), writer.into())?;
    login.page();
    login.has_ended();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut reader, &mut said).ok()?;
    instructions(&said)
}
