//! Ctrl-C, and other ends, while `loopin.access_token(…)` waits for the program.

use std::fs;

use super::access_token::{calls, calls_a_stand_in, has_a_stand_in, runs};
use crate::support::*;

#[test]
#[ignore = "needs the Python package: tests/run"]
fn ctrl_c_ends_python_and_the_program() {
    let world = World::like_strava();
    let login = calls(&world, "login=True").at_a_terminal().start();
    login.person();
    login.ctrl_c();
    login
        .finish()
        .ends_by_signal(2)
        .says("\nKeyboardInterrupt\n");
    let login = calls(&world, "login=True").start();
    login.person();
    login.signal("INT");
    login
        .finish()
        .ends_by_signal(2)
        .says("\nKeyboardInterrupt\n");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn ctrl_c_costs_no_token() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = calls(&world, "login=True").start();
    let person = login.person();
    let page = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    login.signal("INT");
    held.release();
    assert_eq!(page.join().unwrap().status(), 200);
    login
        .finish()
        .ends_by_signal(2)
        .has_token("/account/id", "227615");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_second_ctrl_c_does_not_leave_the_program_alone() {
    let world = World::like_strava();
    let program = "trap 'echo >>told' TERM; echo hi >&2\n\
        until [ \"$(wc -l <told)\" -ge 2 ]; do sleep 0.01; done 2>/dev/null; echo >ended";
    let call = calls_a_stand_in(&world, "", program).start();
    call.wait_until_it_says("hi");
    for told in ["\n", "\n\n"] {
        call.signal("INT");
        eventually("the program to be told", || {
            fs::read_to_string(world.path("told")).is_ok_and(|it| it == told)
        });
    }
    call.end().ends_by_signal(2);
    assert!(world.path("ended").exists());
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_program_that_was_interrupted_interrupts_python() {
    let world = World::like_strava();
    let outcome = calls_a_stand_in(&world, "", "kill -INT $$").finish();
    outcome.ends_by_signal(2).says("\nKeyboardInterrupt\n");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_login_that_waits_ends_with_python() {
    let world = World::like_strava();
    let login = calls(&world, "login=True").start();
    login.person();
    login.signal("KILL");
    login.end().ends_by_signal(9);
    calls(&world, "login=True").approved().ends(OK);
}

/// A script that is interrupted again and again.
const INTERRUPTED: &str = r#"
import loopin
for _ in range(20):
    try:
        loopin.access_token()
    except KeyboardInterrupt:
        print("interrupted")
"#;

/// Sends eight of them at once, and waits until it is told to end, which is before or after the last of these.
const INTERRUPTS: &str = r#"sleep 60 & trap "told=yes" TERM
for n in 1 2 3 4 5 6 7 8; do kill -INT $PPID; done
trap "kill $!; exit" TERM; [ "$told" ] || wait
kill $!"#;

#[test]
#[ignore = "needs the Python package: tests/run"]
fn whenever_another_ctrl_c_comes_the_program_is_ended_and_python_is_interrupted_once() {
    let world = World::like_strava();
    has_a_stand_in(&world, INTERRUPTS);
    let call = runs(&world, INTERRUPTED).env("PYTHONPATH", "elsewhere");
    let outcome = call.start().end();
    outcome.ends(OK).prints(&"interrupted\n".repeat(20));
    assert_eq!(outcome.stderr, "");
}

/// A script that has handlers of its own.
const HANDLERS: &str = r#"
import signal, sys, loopin
def end(*_):
    sys.exit(7)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, end)
loopin.access_token()
"#;

#[test]
#[ignore = "needs the Python package: tests/run"]
fn what_a_handler_of_the_callers_own_raises_ends_the_program_too() {
    let world = World::like_strava();
    let program = "trap 'echo >told; exit' TERM; echo hi >&2; while :; do sleep 0.01; done";
    has_a_stand_in(&world, program);
    for name in ["INT", "TERM"] {
        let call = runs(&world, HANDLERS).env("PYTHONPATH", "elsewhere");
        let call = call.start();
        call.wait_until_it_says("hi");
        call.signal(name);
        call.end().ends(7);
        world.removes("told");
    }
}
