//! Many commands at once that all find one token expired.

use std::process::Stdio;

use crate::Measured;
use crate::program::Program;
use crate::recording::token_of;
use crate::series::{Contender, Summary, in_turn, time};
use crate::table::{Goal, Table};

const RUNS: usize = 30;

pub fn measure(measured: &Measured, table: &mut Table) {
    let Measured { floors, place, .. } = measured;
    table.heading("token, refreshed once for many (floor: as many print it, then one refreshes)");
    for size in [1, 8, 64] {
        let floor = || {
            expire(measured);
            at_once(measured, &floors.print, size) + place.times(&floors.refresh)
        };
        let herd = |build: &Program| {
            expire(measured);
            measured.plain.requests();
            let took = at_once(measured, &token_of(build), size);
            assert_eq!(
                measured.plain.requests().len(),
                1,
                "requests for {size} commands"
            );
            took
        };
        let herd = &herd;
        let herds = measured
            .builds
            .iter()
            .map(|(_, build)| Box::new(move || herd(build)) as Contender<'_, f64>);
        let contenders = [Box::new(floor) as Contender<'_, f64>]
            .into_iter()
            .chain(herds);
        let mut summaries = in_turn(RUNS, &contenders.collect::<Vec<_>>())
            .into_iter()
            .map(Summary::of);
        let floor = summaries.next().unwrap();
        let goal = (size == 64).then_some(Goal::Times(1.5));
        table.row(
            &format!("{size} at once"),
            "ms",
            floor,
            summaries,
            [goal; 2],
        );
    }
}

fn expire(measured: &Measured) {
    let place = &measured.place;
    place.has_token(&place.provider("plain.toml"), -1);
}

/// How long it takes until all of them have ended, in milliseconds.
fn at_once(measured: &Measured, program: &Program, size: usize) -> f64 {
    let start = || {
        let mut command = measured.place.command(program);
        command.stdout(Stdio::null()).spawn().unwrap()
    };
    time(|| {
        let herd: Vec<_> = (0..size).map(|_| start()).collect();
        for mut command in herd {
            assert!(command.wait().unwrap().success());
        }
    })
}
