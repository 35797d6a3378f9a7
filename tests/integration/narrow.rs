//! Terminals of every width and kind: nothing breaks that is to be copied, and nobody gets what they cannot show.

use crate::support::*;

const WIDTHS: [u16; 5] = [20, 40, 80, 120, 200];

fn login(world: &World) -> Loopin<'_> {
    world.login().without("--browser").without("-vv")
}

/// Prose ends before the margin; an address, a command and a path are never broken.
#[track_caller]
fn fits(outcome: &Outcome<'_>, width: u16) {
    for line in outcome.stderr.lines() {
        let commands = [
            "loopin ",
            "ssh -L ",
            "docker run ",
            "chmod ",
            "git ",
            "printf ",
        ];
        let is_whole = commands.iter().any(|command| line.starts_with(command));
        let is_one_word = !line.trim().contains(' ');
        let fits = line.chars().count() <= usize::from(width);
        assert!(
            fits || is_one_word || is_whole,
            "{width}: {line:?}\n{}",
            outcome.stderr
        );
    }
}

#[test]
fn a_login_fits_every_terminal() {
    for width in WIDTHS {
        let world = World::like_strava();
        let login = login(&world).env("container", "docker");
        let login = login.env("SSH_CONNECTION", "192.0.2.1 51000 192.0.2.2 22");
        let login = login.env("USER", "mari").at_a_terminal_of(width).start();
        let port = login.person().port();
        login.person().approve();
        let outcome = login.finish();
        fits(outcome.ends(OK), width);
        let tunnel = format!("ssh -L {port}:127.0.0.1:{port} mari@192.0.2.2\n");
        outcome.says(&tunnel).says("logged in");
    }
}

#[test]
fn a_failure_fits_every_terminal() {
    for width in WIDTHS {
        let world = World::like_strava();
        let login = login(&world).at_a_terminal_of(width).start();
        login.person().refuse();
        let outcome = login.finish();
        fits(outcome.ends(DENIED), width);
        let token = world
            .run("token")
            .without("-vv")
            .at_a_terminal_of(width)
            .finish();
        fits(token.ends(LOGIN), width);
    }
}

#[test]
fn a_warning_fits_every_terminal() {
    for width in WIDTHS {
        let world = World::like_strava();
        let login = login(&world).with("--listen", "0.0.0.0");
        let login = login.at_a_terminal_of(width).start();
        login.is_given("not the answer\n");
        login.wait_until_it_says("what you");
        login.person().approve_only(&["read"]);
        fits(login.finish().ends(OK), width);
    }
}

#[test]
fn a_terminal_that_does_not_know_its_width_is_none_that_is_narrow() {
    let world = World::like_strava();
    let outcome = login(&world).at_a_terminal_of(0).approved();
    fits(outcome.ends(OK), 200);
}

#[test]
fn a_pipe_gets_one_line_for_each_fact() {
    let world = World::like_strava();
    let login = login(&world).env("container", "docker");
    let login = login
        .env("SSH_CONNECTION", "192.0.2.1 51000 192.0.2.2 22")
        .with("--timeout", "1s");
    let outcome = login.finish();
    for line in outcome.ends(TIMEOUT).stderr.lines() {
        let whole = ["loopin: ", "hint: ", "http://"];
        assert!(
            whole.iter().any(|start| line.starts_with(start)),
            "{line:?}"
        );
    }
    outcome.never_says("\u{1b}").never_says(" left");
}

#[test]
fn the_result_is_two_lines() {
    let world = World::like_strava();
    let outcome = login(&world).at_a_terminal().approved();
    let lines: Vec<_> = outcome.ends(OK).stderr.trim_end().lines().collect();
    let [.., account, file] = lines[..] else {
        panic!("{lines:?}");
    };
    assert_eq!(
        account,
        "loopin: logged in to Acme as Mari Maasikas (227615)"
    );
    assert_eq!(file, "loopin: saved in token.json, valid for 6 h");
}

#[test]
fn a_capable_terminal_gets_colours_a_link_and_the_time_left() {
    let world = World::like_strava();
    let login = login(&world).at_a_terminal().start();
    let url = login.person().url.clone();
    login.wait_until_it_says("4:5");
    assert_eq!(login.person().approve().status(), 200);
    let outcome = login.finish();
    assert_eq!(links(&outcome.ends(OK).shown), [url]);
    assert!(outcome.shown.contains("\u{1b}[36m"), "{:?}", outcome.shown);
    assert!(!outcome.shown.is_ascii(), "{:?}", outcome.shown);
}

/// What a terminal is shown for which the environment says so, if nobody comes back for a second.
#[track_caller]
fn shown_where(name: &str, value: &str) -> String {
    let world = World::like_strava();
    let login = login(&world).at_a_terminal().env(name, value);
    let outcome = login.with("--timeout", "1s").finish();
    outcome.ends(TIMEOUT);
    outcome.shown
}

#[test]
fn where_no_colours_are_wanted_nothing_steers_the_terminal() {
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let shown = shown_where(name, value);
        assert!(!shown.contains('\u{1b}'), "{name}={value}: {shown:?}");
        assert!(!shown.contains(" left"), "{name}={value}: {shown:?}");
    }
    assert!(shown_where("TERM", "dumb").is_ascii());
    assert!(shown_where("NO_COLOR", "").contains('\u{1b}'));
}

#[test]
fn the_console_gets_colours_and_no_link() {
    let shown = shown_where("TERM", "linux");
    assert!(shown.contains("\u{1b}[36m"), "{shown:?}");
    assert_eq!(links(&shown), [""; 0]);
}

#[test]
fn a_language_that_knows_ascii_only_gets_that() {
    for (name, value) in [
        ("LANG", "C"),
        ("LANG", "POSIX"),
        ("LC_ALL", "tr_TR"),
        ("LC_ALL", "tr_TR.ISO-8859-9"),
        ("LC_CTYPE", "C"),
    ] {
        let shown = shown_where(name, value);
        assert!(shown.is_ascii(), "{name}={value}: {shown:?}");
        assert!(shown.contains(" left"), "{name}={value}: {shown:?}");
    }
}

#[test]
fn a_language_that_knows_all_letters_gets_them() {
    for (name, value) in [("LANG", "C.UTF-8"), ("LANG", ""), ("LC_ALL", "et_EE.utf8")] {
        let shown = shown_where(name, value);
        assert!(!shown.is_ascii(), "{name}={value}: {shown:?}");
    }
}

#[test]
fn the_first_variable_that_says_something_decides() {
    let world = World::like_strava();
    let login = login(&world).at_a_terminal().with("--timeout", "1s");
    let login = login.env("LC_ALL", "").env("LC_CTYPE", "C");
    let outcome = login.env("LANG", "et_EE.UTF-8").finish();
    assert!(outcome.ends(TIMEOUT).shown.is_ascii());
}

#[test]
fn nobody_who_wants_quiet_or_a_log_gets_a_spinner() {
    let world = World::like_strava();
    for flag in ["-q", "-v", "--log-format=json"] {
        let login = login(&world).flag("--force").flag(flag);
        login
            .at_a_terminal()
            .approved()
            .ends(OK)
            .never_says(" left");
    }
}
