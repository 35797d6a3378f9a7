//! The commands of recipes: `token`, `exec` and `status`.

use std::process::Stdio;

use crate::Measured;
use crate::memory::{self, Memory, counted, instructions};
use crate::program::Program;
use crate::recording::token_of;
use crate::series::{Contender, Summary, in_turn};
use crate::table::{Goal, Table};

const RUNS: usize = 200;

pub fn measure(measured: &Measured, table: &mut Table) {
    let Measured { place, floors, .. } = measured;
    let good = || place.has_token("strava", 20_000);
    let expired = || place.has_token(&place.provider("plain.toml"), -1);
    let print = &floors.print;

    let goals = [Some(Goal::Times(1.5)), Some(Goal::Times(1.1))];
    compare(
        measured,
        table,
        "token, which is valid",
        good,
        print,
        &|p| p.with(&["token"]),
        goals,
    );
    let exec = |p: &Program| p.with(&["exec", "true"]);
    compare(
        measured,
        table,
        "exec true",
        good,
        &print.with(&["true"]),
        &exec,
        [None, None],
    );
    compare(
        measured,
        table,
        "status",
        good,
        print,
        &|p| p.with(&["status"]),
        [None, None],
    );
    let refresh = &floors.refresh;
    compare(
        measured,
        table,
        "token, refreshed",
        expired,
        refresh,
        &token_of,
        [None, None],
    );

    sizes(measured, table);
}

/// One command of all builds beside its floor.
fn compare(
    measured: &Measured,
    table: &mut Table,
    name: &str,
    before: impl Fn(),
    floor: &Program,
    command: &dyn Fn(&Program) -> Program,
    goals: [Option<Goal>; 2],
) {
    let place = &measured.place;
    let builds = measured.builds.iter().map(|(_, build)| command(build));
    let programs: Vec<Program> = [floor.clone()].into_iter().chain(builds).collect();
    let timed = |program: &Program| {
        before();
        place.times(program)
    };
    let contender = |program| Box::new(move || timed(program)) as Contender<'_, f64>;
    let contenders: Vec<_> = programs.iter().map(contender).collect();
    let times = in_turn(RUNS, &contenders).into_iter();
    let summaries: Vec<_> = times.map(Summary::of).collect();

    table.heading(name);
    table.row("the floor", "ms", summaries[0], None, None);
    for (n, (build, _)) in measured.builds.iter().enumerate() {
        table.row(build, "ms", summaries[n + 1], Some(summaries[0]), goals[n]);
    }
    let names = ["the floor"]
        .into_iter()
        .chain(measured.builds.iter().map(|(name, _)| *name));
    for (build, program) in names.zip(&programs) {
        before();
        // `exec` is another program by the time that it prints.
        if name != "exec true" {
            let Memory { peak, private } = memory::of(place, program);
            table.row(
                &format!("memory, at most: {build}"),
                "kB",
                Summary::once(peak),
                None,
                None,
            );
            let goal =
                Some(Goal::AtMost(500.0)).filter(|_| goals[0].is_some() && build != "the floor");
            table.row(
                &format!("memory, its own: {build}"),
                "kB",
                Summary::once(private),
                None,
                goal,
            );
        }
        before();
        let output = place
            .command(&counted(program))
            .stdout(Stdio::null())
            .output();
        let stderr = output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
        if let Some(count) = instructions(&stderr.unwrap_or_default()) {
            table.row(
                &format!("instructions: {build}"),
                "million",
                Summary::once(count),
                None,
                None,
            );
        }
    }
}

fn sizes(measured: &Measured, table: &mut Table) {
    table.heading("the program");
    for (build, program) in &measured.builds {
        let size = program.path().metadata().unwrap().len() as f64 / 1024.0;
        let goal = Some(Goal::AtMost(5.0 * 1024.0));
        table.row(
            &format!("size: {build}"),
            "KiB",
            Summary::once(size),
            None,
            goal,
        );
    }
}
