//! The Python package as pip installs it: its program, and the module that becomes it.

use std::process::Command;

use super::access_token::{has_a_stand_in, script};
use super::support::installed;
use crate::support::*;

/// What is installed, by its path in the virtual environment.
pub fn user(path: &str) -> String {
    installed("user").join(path).to_str().unwrap().to_owned()
}

/// The command line with these words in the place of the program.
fn by<'w>(words: &str, loopin: Loopin<'w>) -> Loopin<'w> {
    let script = format!("shift; exec {words} \"$@\"");
    loopin.through(&["sh", "-c", &script, "sh"])
}

/// The same command line for `python -m loopin`.
fn as_module(loopin: Loopin<'_>) -> Loopin<'_> {
    by(&(user("bin/python") + " -m loopin"), loopin)
}

/// `loopin exec -- …` of a world that is logged in.
fn exec<'w>(world: &'w World, words: &[&str]) -> Loopin<'w> {
    let words = [&["--"], words].concat();
    world.run("exec").without("-vv").args(&words)
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn the_program_and_the_module_are_this_version() {
    let world = World::like_strava();
    let python = user("bin/python");
    for words in [user("bin/loopin"), format!("{python} -m loopin")] {
        let version = by(&words, Loopin::new(&world, "--version")).shows_on_stdout();
        assert_eq!(version, concat!("loopin ", env!("CARGO_PKG_VERSION"), "\n"));
    }
    let script = "import loopin; print(loopin.__version__)";
    let version = Command::new(python).args(["-c", script]).output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    assert_eq!(version, concat!(env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn the_module_ends_as_the_program_does() {
    let world = World::like_strava();
    as_module(world.run("token")).finish().ends(LOGIN);
    as_module(world.login()).approved().ends(OK);
    let outcome = as_module(exec(&world, &["sh", "-c", "exit 42"])).finish();
    outcome.ends(42);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn the_module_reads_what_the_program_reads() {
    let world = World::like_strava();
    let login = as_module(world.login()).flag("--paste").in_a_pipe().start();
    let person = login.person();
    login.is_given(person.address_bar(&person.approval()) + "\n");
    login.finish().ends(OK).asked_for_a_token(1);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_signal_ends_the_module_as_it_does_the_program() {
    let world = World::like_strava();
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let login = as_module(world.login()).start();
        login.person();
        login.signal(name);
        login.finish().ends_by_signal(number);
    }
    let login = as_module(world.login()).at_a_terminal().start();
    login.person();
    login.ctrl_c();
    login.finish().ends_by_signal(2);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn what_the_module_runs_heeds_signals_that_python_ignores() {
    let world = World::like_strava();
    world.is_logged_in();
    for (name, number) in [("PIPE", 13), ("XFSZ", 25)] {
        let script = format!("ulimit -c 0; kill -{name} $$");
        let outcome = as_module(exec(&world, &["sh", "-c", &script])).finish();
        outcome.ends_by_signal(number);
    }
}

/// The program that the package calls which Python finds first in this folder of the world.
fn found(world: &World, python: &str, folder: &str) -> String {
    let script = "from loopin import _program; print(_program.find())";
    let python = installed(python).to_str().unwrap().to_owned();
    let call = Loopin::new(world, "token").through(&[&python, "-c", script]);
    call.env("PYTHONPATH", folder).finish().stdout
}

/// Lays the package out otherwise than pip did.
fn lays_out(world: &World, script: &str) {
    let mut sh = Command::new("sh");
    sh.args(["-ec", script, "sh"]).arg(installed("elsewhere"));
    assert!(sh.current_dir(world.folder()).status().unwrap().success());
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn each_installation_has_its_own_program() {
    let world = World::like_strava();
    let folder = installed("elsewhere").to_str().unwrap().to_owned();
    let program = found(&world, "user/bin/python", &folder);
    assert_eq!(program, format!("{folder}/bin/loopin\n"));
    let program = found(&world, "user/bin/python", "");
    assert_eq!(program, user("bin/loopin\n"));
    let prefix = "mkdir -p a/lib/python; cp -R \"$1\"/loopin* a/lib/python; cp -R \"$1/bin\" a";
    lays_out(&world, prefix);
    let program = found(&world, "venv/bin/python", "a/lib/python");
    let expected = world.path("a/bin/loopin").canonicalize().unwrap();
    assert_eq!(program, format!("{}\n", expected.display()));
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn without_a_record_the_program_stands_where_scripts_do() {
    let world = World::like_strava();
    lays_out(
        &world,
        "mkdir a; cp -R \"$1\"/loopin* a; rm a/*.dist-info/RECORD",
    );
    let program = found(&world, "user/bin/python", "a");
    assert_eq!(program, user("bin/loopin\n"));
}

/// How both end that call the program of the package in this folder of the world.
fn calls_both(world: &World) -> [Outcome<'_>; 2] {
    let python = installed("venv/bin/python").to_str().unwrap().to_owned();
    [["-c", &script("")], ["-m", "loopin"]].map(|words| {
        let call = Loopin::new(world, "token").through(&[&python, words[0], words[1]]);
        call.env("PYTHONPATH", "elsewhere").start().end()
    })
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_program_that_is_not_there_is_named_with_a_way_out() {
    let world = World::like_strava();
    has_a_stand_in(&world, "");
    world.removes("elsewhere/bin/loopin");
    for outcome in calls_both(&world) {
        outcome
            .ends(127)
            .says("the program of this installation is not where pip put it\nhint: ")
            .says("python -m pip install --force-reinstall loopin\n")
            .says("loopin: error: ");
    }
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_program_that_does_not_start_is_named_with_a_way_out() {
    let world = World::like_strava();
    has_a_stand_in(&world, "");
    world.writes("elsewhere/bin/loopin", "");
    for outcome in calls_both(&world) {
        outcome
            .ends(126)
            .says("/elsewhere/bin/loopin cannot be run: Permission denied\nhint: ")
            .says("loopin: error: ");
    }
}
