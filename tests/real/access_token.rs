//! `loopin.access_token(…)`, as a script in Python calls it.

use std::process::Command;

use super::stravalib::readmes_block;
use super::support::installed;
use super::wheel::user;
use crate::support::*;
use crate::token::stored;

/// A script that ends as `loopin token` would, but for the name of the exception.
const SCRIPT: &str = r#"
import pathlib, sys, loopin
try:
    print(loopin.access_token(ARGUMENTS))
except loopin.Error as error:
    sys.stderr.write(f"loopin: error: {type(error).__name__}: {error}\n")
    sys.exit(error.exit_code)
"#;

/// Prints the token of such a call.
pub fn calls<'w>(world: &'w World, arguments: &str) -> Loopin<'w> {
    runs(world, &script(arguments))
}

pub fn script(arguments: &str) -> String {
    SCRIPT.replace("ARGUMENTS", arguments)
}

/// The script, with the package that pip installed. What is no argument of the function's comes as variables.
pub fn runs<'w>(world: &'w World, script: &str) -> Loopin<'w> {
    Loopin::new(world, "token")
        .through(&[&user("bin/python"), "-c", script])
        .env("LOOPIN_PROVIDER", "./acme.toml")
        .env("LOOPIN_BROWSER", "none")
        .env("LOOPIN_INTERACTIVE", "always")
        .env("LOOPIN_PORT", "0")
        .env("PYTHONDONTWRITEBYTECODE", "1")
}

/// The same, with this program in the place of the package's own.
pub fn calls_a_stand_in<'w>(world: &'w World, arguments: &str, program: &str) -> Loopin<'w> {
    has_a_stand_in(world, program);
    calls(world, arguments).env("PYTHONPATH", "elsewhere")
}

/// The package in a folder, with a program that is a script of the shell's.
pub fn has_a_stand_in(world: &World, program: &str) {
    let put = r#"mkdir -p elsewhere/bin && cp -R "$1" elsewhere && cd elsewhere/bin &&
        printf '#!/bin/sh\n%s\n' "$2" >loopin && chmod 755 loopin"#;
    let package = installed("elsewhere/loopin");
    let mut sh = Command::new("sh");
    sh.args(["-c", put, "sh"]).arg(package).arg(program);
    let put = sh.current_dir(world.folder()).status().unwrap();
    assert!(put.success());
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_good_token_is_returned() {
    let world = World::like_strava();
    world.is_logged_in();
    let outcome = calls(&world, "").finish();
    outcome.ends(OK).prints_the_token().asked_for_a_token(1);
    assert_eq!(outcome.stderr, "");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn an_expired_token_is_refreshed() {
    let world = World::like_strava();
    world.has_expired_token();
    let outcome = calls(&world, "").finish();
    outcome.ends(OK).prints_the_token().after_refreshes(1);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_token_lives_as_long_as_is_asked_for() {
    let world = World::like_strava();
    world.is_logged_in();
    world.token_is_good_for(1000);
    calls(&world, "min_ttl=900.5").finish().after_refreshes(0);
    let outcome = calls(&world, "min_ttl=1000.5").finish();
    outcome.prints_the_token().after_refreshes(1);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_login_is_done_in_the_browser_and_its_address_is_told() {
    let world = World::like_strava();
    let outcome = calls(&world, "login=True").approved();
    outcome
        .ends(OK)
        .prints_the_token()
        .says("open this address in your browser:\nhttp://");
    let browser = world.browser();
    let login = runs(&world, &script("'b.json', login=True"));
    let login = login
        .env("LOOPIN_TOKEN_FILE", "b.json")
        .env("LOOPIN_BROWSER", browser.command());
    let outcome = login.approved();
    outcome.ends(OK).says("open this address:\nhttp://");
    outcome.says("loopin: logging in to Acme").never_says("{");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn where_no_browser_opens_the_address_comes_after_the_reason_and_the_advice() {
    let world = World::like_strava();
    let login = calls(&world, "login=True").env("LOOPIN_BROWSER", "");
    let outcome = login.approved();
    outcome
        .says("loopin: no browser can be opened here: ")
        .says("open this address in your browser:\nhttp://");
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn the_address_is_told_where_the_program_tells_it() {
    let world = World::like_strava();
    let program = r#"
        says() { printf '{"event":"message","level":"%s","message":"a"}\n' $1 >&2; }
        says warning; says info; echo '{"event":"browser","browser":"x","url":"http://b"}' >&2
        says info; echo token"#;
    let outcome = calls_a_stand_in(&world, "", program).finish();
    let expected = "loopin: warning: a\nloopin: a\nhttp://b\nloopin: a\n";
    assert_eq!(outcome.ends(OK).stderr, expected);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn at_a_terminal_an_address_can_be_pasted() {
    let world = World::like_strava();
    let login = calls(&world, "login=True").at_a_terminal().start();
    let person = login.person();
    login.wait_until_it_says("paste the address of that page here");
    login.is_given(person.address_bar(&person.approval()) + "\n");
    login.finish().ends(OK).prints_the_token();
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn who_reads_at_a_terminal_is_asked_wherever_stdin_leads() {
    let world = World::like_strava();
    let login = || {
        let elsewhere = "import os; os.dup2(os.open(os.devnull, os.O_RDONLY), 0)";
        let login = format!("{elsewhere}\n{}", script("login=True"));
        let login = runs(&world, &login).env("LOOPIN_INTERACTIVE", "");
        login.at_a_terminal()
    };
    login().env("CI", "true").finish().ends(LOGIN);
    login().approved().ends(OK);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn what_is_said_goes_to_the_stderr_of_python() {
    let world = World::like_strava();
    let another = "import os, sys\n\
        sys.stderr = os.fdopen(os.dup(2), 'w')\n\
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)";
    let login = runs(&world, &format!("{another}\n{}", script("login=True")));
    login.approved().ends(OK).prints_the_token();
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_stderr_that_is_gone_costs_no_token() {
    for gone in [
        "sys.stderr = None",
        "sys.stderr.close()",
        "import io; sys.stderr = io.BytesIO()",
    ] {
        let world = World::like_strava();
        let browser = world.browser();
        let login = runs(
            &world,
            &format!("import sys; {gone}\n{}", script("login=True")),
        );
        let login = login.env("LOOPIN_BROWSER", browser.command()).start();
        login.person_at(&browser).approve();
        login.finish().ends(OK).prints_the_token();
    }
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_file_is_named_as_any_path_in_python() {
    let world = World::like_strava();
    world.is_logged_in();
    let token = format!("{}\n", stored(&world));
    for (name, argument) in [
        ("-a 'b' \"c\".json", r#""-a 'b' \"c\".json""#),
        ("$(d); ä.json", "pathlib.Path('$(d); ä.json')"),
        ("bytes ä.json", "'bytes ä.json'.encode()"),
    ] {
        world.writes(name, world.read("token.json"));
        let outcome = calls(&world, argument)
            .env("LOOPIN_TOKEN_FILE", "none.json")
            .finish();
        outcome.ends(OK).prints(&token);
    }
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn another_program_of_that_name_is_not_called() {
    let world = World::like_strava();
    world.is_logged_in();
    calls_a_stand_in(&world, "", "exit 9").finish().ends(9);
    let path = world.path("elsewhere/bin").to_str().unwrap().to_owned() + ":/usr/bin:/bin";
    calls(&world, "")
        .env("PATH", &path)
        .finish()
        .ends(OK)
        .prints_the_token();
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn threads_share_one_refresh() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let script = "import loopin; from concurrent.futures import ThreadPoolExecutor\n\
        with ThreadPoolExecutor() as pool: calls = [pool.submit(loopin.access_token) for _ in range(2)]\n\
        print(*{call.result() for call in calls})";
    let call = runs(&world, script).start();
    held.wait_until_asked();
    call.wait_until_it_says("another process is changing the token file");
    held.release();
    let outcome = call.finish();
    outcome.ends(OK).prints_the_token().after_refreshes(1);
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_token_may_be_long() {
    let world = World::like_strava();
    world.is_logged_in();
    let long = stored(&world) + &"x".repeat(100_000);
    world.edits_token(|token| token["access_token"] = long.clone().into());
    let outcome = calls(&world, "").finish();
    outcome.ends(OK).prints(&(long + "\n"));
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn a_program_that_says_much_and_prints_a_long_token_ends() {
    let world = World::like_strava();
    let program = r#"
        a() { head -c 100000 /dev/zero | tr '\0' a; }
        printf '{"event":"message","level":"warning","message":"%s"}\n' "$(a)" >&2
        a; a >&2; echo"#;
    let outcome = calls_a_stand_in(&world, "", program).finish();
    outcome.ends(OK).prints(&("a".repeat(100_000) + "\n"));
    assert!(outcome.stderr.len() > 200_000);
    outcome.says("loopin: warning: aaa");
}

/// A script with two mistakes, which it marks.
const TYPED: &str = r#"
import pathlib, loopin
token: str = loopin.access_token(pathlib.Path('a'), min_ttl=0.5, login=True)
hints: tuple[str, ...] = loopin.LoginNeeded('', 3).hints
loopin.access_token(b'a', 5, ttl=1)  # type: ignore[call-arg]
number: int = loopin.access_token()  # type: ignore[assignment]
"#;

#[test]
#[ignore = "needs mypy and the Python package: tests/run"]
fn mypy_finds_its_types() {
    let world = World::like_strava();
    world.writes("script.py", TYPED);
    let package = concat!(env!("CARGO_MANIFEST_DIR"), "/src/python");
    for checked in ["script.py", package] {
        let mut mypy = Command::new(installed("venv/bin/mypy"));
        mypy.args(["--strict", "--python-executable", &user("bin/python")]);
        mypy.arg(checked).current_dir(world.folder());
        let output = mypy.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
    }
}

#[test]
#[ignore = "needs the Python package: tests/run"]
fn the_readmes_script_ends_with_the_message_and_its_hints() {
    let world = World::like_strava();
    let script = "import loopin\n".to_owned() + &readmes_block("try:");
    let outcome = runs(&world, &script).start().end();
    outcome
        .ends(1)
        .says("there is no token in token.json\nhint: ");
    outcome.never_says("Traceback");
}
