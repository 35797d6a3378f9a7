//! The commands of recipes: `token`, `exec` and `status`.

use std::process::Stdio;

use crate::Measured;
use crate::memory::{self, Memory, counted, instructions};
use crate::program::Program;
use crate::recording::token_of;
use crate::series::{Contender, Summary, in_turn};
use crate::table::{Cell, Goal, Goals, NO_GOALS, Table};

const RUNS: usize = 200;

/// What every build may have of its own when a token is printed, in kB, and be on the disk, in KiB.
const PRIVATE: Goals = [Some(Goal::AtMost(500.0)); 2];
const SIZE: Option<Goal> = Some(Goal::AtMost(5120.0));

/// One command of every build, and its floor.
struct Compared<'a> {
    measured: &'a Measured,
    /// The floor first.
    programs: Vec<Program>,
    /// Makes the token what it has to be.
    before: &'a dyn Fn(),
}

pub fn measure(measured: &Measured, table: &mut Table) {
    let Measured { place, floors, .. } = measured;
    let good = || place.has_token("strava", 20_000);
    let expired = || place.has_token(&place.provider("plain.toml"), -1);
    let compared = |floor: &Program, command: &dyn Fn(&Program) -> Program| {
        let builds = measured.builds.iter().map(|(_, build)| command(build));
        [floor.clone()].into_iter().chain(builds).collect()
    };
    let is_good = |floor, words: &[&str]| Compared {
        measured,
        programs: compared(floor, &|build| build.with(words)),
        before: &good,
    };

    table.heading("token, which is valid");
    let token = is_good(&floors.print, &["token"]);
    token.times(table, [Some(Goal::Times(1.5)), Some(Goal::Times(1.1))]);
    token.takes(table, PRIVATE);
    table.heading("exec true");
    let floor = floors.print.with(&["true"]);
    let exec = is_good(&floor, &["exec", "true"]);
    exec.times(table, NO_GOALS);
    exec.counts(table);
    table.heading("status");
    let status = is_good(&floors.print, &["status"]);
    status.times(table, NO_GOALS);
    status.takes(table, NO_GOALS);
    table.heading("token, which has expired: refreshed");
    let refresh = Compared {
        measured,
        programs: compared(&floors.refresh, &token_of),
        before: &expired,
    };
    refresh.times(table, NO_GOALS);
    refresh.takes(table, NO_GOALS);

    table.heading("the program");
    let size = |program: &Program| program.path().metadata().unwrap().len() as f64 / 1024.0;
    let cell = |(_, build): &(_, Program)| Cell {
        figure: Summary::once(size(build)),
        base: None,
        goal: SIZE,
    };
    let sizes: Vec<_> = measured.builds.iter().map(cell).collect();
    table.cells("on the disk", "KiB", None, &sizes);
}

impl Compared<'_> {
    fn times(&self, table: &mut Table, goals: Goals) {
        let timed = |program| {
            (self.before)();
            self.measured.place.times(program)
        };
        let timed = &timed;
        let contender = |program| Box::new(move || timed(program)) as Contender<'_, f64>;
        let contenders: Vec<_> = self.programs.iter().map(contender).collect();
        let mut summaries = in_turn(RUNS, &contenders).into_iter().map(Summary::of);
        let floor = summaries.next().unwrap();
        table.row("in all", "ms", floor, summaries, goals);
    }

    /// The memory of those that print something last, and what they execute.
    fn takes(&self, table: &mut Table, private: Goals) {
        let memory = |program| {
            (self.before)();
            memory::of(&self.measured.place, program)
        };
        let memory: Vec<Memory> = self.programs.iter().map(memory).collect();
        let mut peaks = memory.iter().map(|memory| Summary::once(memory.peak));
        table.row(
            "memory at most",
            "kB",
            peaks.next().unwrap(),
            peaks,
            NO_GOALS,
        );
        let mut own = memory.iter().map(|memory| Summary::once(memory.private));
        table.row("memory of its own", "kB", own.next().unwrap(), own, private);
        self.counts(table);
    }

    fn counts(&self, table: &mut Table) {
        let count = |program: &Program| {
            (self.before)();
            let mut command = self.measured.place.command(&counted(program));
            let output = command.stdout(Stdio::null()).output().ok()?;
            instructions(&String::from_utf8_lossy(&output.stderr)).map(Summary::once)
        };
        let counts: Option<Vec<_>> = self.programs.iter().map(count).collect();
        if let Some([floor, builds @ ..]) = counts.as_deref() {
            table.row(
                "instructions",
                "million",
                *floor,
                builds.iter().copied(),
                NO_GOALS,
            );
        }
    }
}
