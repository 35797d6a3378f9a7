//! `loopin exec`: the command that it becomes, and what that finds around it.

use crate::support::*;
use crate::token::stored;

/// `loopin exec -- sh -c SCRIPT`.
fn runs<'w>(world: &'w World, script: &str) -> Loopin<'w> {
    world.run("exec").args(&["--", "sh", "-c", script])
}

/// A browser login is allowed; the address is printed and nothing opened.
fn may_log_in(exec: Loopin<'_>) -> Loopin<'_> {
    let exec = exec.flag("--login").with("--interactive", "always");
    exec.with("--browser", "none").with("--port", "0")
}

/// A shell looks at itself and then becomes the program, which becomes a shell that looks at itself: with a valid
/// token, after a refresh, and after a login. Returns what both saw, the earlier first.
fn seen_before_and_inside(look: &str, around: &str) -> Vec<(String, String)> {
    let worlds = [(); 3].map(|()| World::like_strava());
    let [valid, expired, nobodys] = &worlds;
    valid.is_logged_in();
    expired.has_expired_token();
    let script = format!("{around}; {look}; echo --; exec \"$@\"");
    let through = ["sh", "-c", &script, "sh"];
    let look = |world| runs(world, look).through(&through);
    let outcomes = [
        look(valid).finish(),
        look(expired).finish(),
        may_log_in(look(nobodys)).approved(),
    ];
    expired.run("token").finish().ends(OK).after_refreshes(1);
    let seen = outcomes.iter().map(|outcome| {
        outcome.ends(OK);
        let (before, inside) = outcome.stdout.split_once("--\n").unwrap();
        (before.to_owned(), inside.to_owned())
    });
    seen.collect()
}

#[test]
fn the_command_has_a_valid_access_token() {
    let world = World::like_strava();
    world.is_logged_in();
    for refreshes in 0..2 {
        let outcome = runs(&world, "printenv ACME_ACCESS_TOKEN").finish();
        outcome.ends(OK).opened_nothing();
        outcome.prints_the_token();
        assert_eq!(world.server.refreshes(), refreshes);
        world.token_is_expired();
    }
}

#[test]
fn the_command_ends_as_it_ends() {
    let world = World::like_strava();
    world.is_logged_in();
    for code in [0, 1, 3, 7, 42, 124, 255] {
        runs(&world, &format!("exit {code}")).finish().ends(code);
    }
    for (name, number) in [("KILL", 9), ("TERM", 15), ("PIPE", 13)] {
        let command = runs(&world, &format!("kill -{name} $$"));
        command.finish().ends_by_signal(number);
    }
}

#[test]
fn a_command_that_cannot_be_started_is_told_apart_as_a_shell_does() {
    let world = World::like_strava();
    world.is_logged_in();
    for (command, code) in [
        ("no-such-command", 127),
        ("./no-such-command", 127),
        ("./home/none/command", 127),
        ("./acme.toml", 126),
        ("./home", 126),
        ("/", 126),
    ] {
        let exec = world.run("exec").args(&["--", command]);
        let outcome = exec.env("PATH", "/usr/bin:/bin").finish();
        outcome.ends(code).prints_nothing().says(command);
    }
}

#[test]
fn its_own_failures_are_125_with_the_class() {
    let world = World::like_strava();
    let fails = |outcome: Outcome<'_>, class: &str| {
        outcome.ends(EXEC).prints_nothing();
        outcome.says(&format!("loopin: error: {class}: "));
    };
    let exec = || runs(&world, "echo started");
    fails(exec().finish(), "login needed (3)");
    world.has_expired_token();
    fails(exec().with("--account", "99").finish(), "local (7)");
    let limit = || Answer::typed(503, "text/html", "<html>");
    world.server.answers(limit());
    fails(exec().finish(), "temporary (5)");
    let unknown_client = Answer::json(401, &serde_json::json!({ "error": "invalid_client" }));
    world.server.answers(unknown_client);
    fails(exec().finish(), "provider (6)");
    world.writes("client_secrets.txt", "nonsense");
    fails(exec().finish(), "usage (2)");
}

#[test]
fn a_login_may_be_allowed_and_its_failures_are_125_too() {
    let world = World::like_strava();
    let exec = || may_log_in(runs(&world, "printenv ACME_ACCESS_TOKEN"));
    let refused = exec().start();
    refused.person().refuse();
    let refused = refused.finish();
    refused.ends(EXEC).says("loopin: error: denied (4): ");
    let nobody = exec().with("--timeout", "200ms").start();
    nobody.person();
    let nobody = nobody.finish();
    nobody.ends(EXEC).says("loopin: error: timeout (8): ");
    let outcome = exec().approved();
    outcome.ends(OK).prints_the_token();
}

#[test]
fn wrong_options_are_125_too() {
    let world = World::like_strava();
    world.is_logged_in();
    let echo = ["--", "echo", "started"];
    for (option, value) in [
        ("--as", "A=B"),
        ("--as", ""),
        ("--min-ttl", "soon"),
        ("--nonsense", "x"),
        ("--provider", "./none.toml"),
    ] {
        let outcome = world.run("exec").with(option, value).args(&echo).finish();
        outcome.ends(EXEC).prints_nothing();
        outcome.says("loopin: error: usage (2): ");
    }
    let nothing_to_run = world.run("exec").finish();
    nothing_to_run.ends(EXEC).says("loopin: error: usage (2): ");
}

#[test]
fn the_commands_stdin_is_not_for_secrets() {
    let world = World::like_strava();
    world.is_logged_in();
    let exec = world.run("exec").with("--client-secrets", "-");
    let outcome = exec.args(&["--", "cat"]).finish();
    outcome.ends(EXEC).prints_nothing();
    outcome.says("loopin: error: usage (2): ");
}

#[test]
fn the_commands_words_are_its_own() {
    let world = World::like_strava();
    world.is_logged_in();
    let words = [
        "--", "printf", "[%s]", "--help", "-v", "--", "", "a b", "$HOME",
    ];
    let outcome = world.run("exec").args(&words).finish();
    outcome.ends(OK).prints("[--help][-v][--][][a b][$HOME]");
    let no_text = ["sh", "-c", "exec \"$@\" \"$(printf '\\377')\"", "sh"];
    let words = ["--", "sh", "-c", "printf %s \"$1\" | od -An -tx1", "sh"];
    let outcome = world.run("exec").args(&words).through(&no_text).finish();
    outcome.ends(OK).prints(" ff\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_takes_no_words_is_no_reason_not_to_start() {
    let world = World::like_strava();
    world.has_expired_token();
    for redirection in ["2>/dev/full", "2>&-"] {
        let silent = format!("exec \"$@\" {redirection}");
        let exec = runs(&world, "printenv ACME_ACCESS_TOKEN");
        let outcome = exec.through(&["sh", "-c", &silent, "sh"]).finish();
        outcome.ends(OK).prints_the_token();
        world.token_is_expired();
    }
    assert_eq!(world.server.refreshes(), 2);
}

#[test]
fn the_process_becomes_the_command() {
    for (before, inside) in seen_before_and_inside("echo $$", ":") {
        assert_eq!(before, inside);
    }
}

#[test]
fn a_signal_meets_the_command_and_nobody_else() {
    let world = World::like_strava();
    world.has_expired_token();
    let script = r#"trap 'echo caught; exit 5' TERM
        tail --pid=$$ -f /dev/null >/dev/null 2>&1 &
        echo ready >&2; wait"#;
    let command = runs(&world, script).start();
    command.wait_until_it_says("ready");
    command.signal("TERM");
    command.finish().ends(5).prints("caught\n");
}

#[test]
fn the_command_reads_what_was_meant_for_it() {
    let world = World::like_strava();
    world.is_logged_in();
    for _ in 0..2 {
        let piped = "printf 'one\\ntwo\\n' | \"$@\"";
        let cat = world.run("exec").args(&["--", "cat"]);
        let outcome = cat.through(&["sh", "-c", piped, "sh"]).finish();
        outcome.ends(OK).prints("one\ntwo\n");
        world.token_is_expired();
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_signals_do_to_the_command_is_what_they_did_before() {
    let look = "grep -E '^Sig(Ign|Blk|Cgt)' /proc/self/status";
    for around in [":", "trap '' HUP", "trap '' HUP INT TERM"] {
        for (before, inside) in seen_before_and_inside(look, around) {
            assert_eq!(before, inside, "{around}");
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_command_may_leave_a_core_file_if_it_might_before() {
    let look = "ulimit -S -c; ulimit -H -c";
    for around in [":", "ulimit -S -c 8 2>/dev/null", "ulimit -c 0"] {
        for (before, inside) in seen_before_and_inside(look, around) {
            assert_eq!(before, inside, "{around}");
        }
    }
}

#[test]
fn a_token_that_could_not_be_refreshed_leaves_the_commands_limits_alone_too() {
    let world = World::like_strava();
    world.is_logged_in();
    world.token_is_good_for(7200);
    let full = "trap '' XFSZ; ulimit -f 0; ulimit -S -c 8 2>/dev/null; exec \"$@\"";
    let look = ["--", "sh", "-c", "ulimit -S -c"];
    let exec = world.run("exec").with("--min-ttl", "5h").args(&look);
    let exec = exec.through(&["sh", "-c", full, "sh"]).finish();
    exec.ends(OK).says("not refreshed").after_refreshes(0);
    assert_ne!(exec.stdout, "0\n");
}

#[test]
#[cfg(target_os = "linux")]
fn the_command_inherits_no_file_and_no_connection() {
    for (before, inside) in seen_before_and_inside("ls /proc/$$/fd; :", ":") {
        assert_eq!(before, inside);
    }
    let jobserver = "exec 8<acme.toml";
    for (before, inside) in seen_before_and_inside("ls /proc/$$/fd; :", jobserver) {
        assert!(before.contains('8'));
        assert_eq!(before, inside);
    }
}

#[test]
fn the_command_finds_the_terminal_as_it_was() {
    let world = World::like_strava();
    let look = ["sh", "-c", "stty -g; exec \"$@\"", "sh"];
    let exec = may_log_in(runs(&world, "stty -g")).flag("--paste");
    let outcome = exec.through(&look).at_a_terminal().approved();
    let seen: Vec<_> = outcome.ends(OK).stdout.lines().collect();
    assert!(seen.len() == 2 && seen[0] == seen[1], "{seen:?}");
}

#[test]
fn the_lock_is_free_while_the_command_runs() {
    let world = World::like_strava();
    world.has_expired_token();
    let loopin = env!("CARGO_BIN_EXE_loopin");
    let again = ["--", loopin, "refresh", "--provider", "./acme.toml"];
    world.run("exec").args(&again).finish().ends(OK);
    assert_eq!(world.server.refreshes(), 2);
}

#[test]
fn the_commands_environment_has_the_token_and_no_client_secret() {
    let world = World::like_strava();
    world.is_logged_in();
    let secret = world.marks.word(Secret::Client);
    let exec = runs(&world, "env").env("ACME_CLIENT_ID", "123456");
    let exec = exec.env("ACME_CLIENT_SECRET", &secret);
    let exec = exec.env("LOOPIN_CLIENT_SECRET", &secret);
    let exec = exec.env("STRAVA_CLIENT_SECRET", "somebody-elses");
    let exec = exec.env("Strava_Refresh_Token", "another-grants");
    let exec = exec.env("STRAVA_ACCESS_TOKEN", "another-one");
    let exec = exec
        .env("ACME_ACCESS_TOKEN", "an-old-one")
        .env("MINE", "kept");
    let outcome = exec.finish();
    outcome.ends(OK);
    let lines: Vec<_> = outcome.stdout.lines().collect();
    let token = format!("ACME_ACCESS_TOKEN={}", stored(&world));
    assert!(lines.contains(&token.as_str()) && lines.contains(&"MINE=kept"));
    assert!(lines.contains(&"STRAVA_ACCESS_TOKEN=another-one"));
    assert!(!outcome.stdout.contains("CLIENT_SECRET"), "{lines:?}");
    for theirs in ["somebody-elses", "another-grants", "an-old-one"] {
        assert!(!outcome.stdout.contains(theirs), "{theirs}: {lines:?}");
    }
}

#[test]
fn the_variable_may_have_another_name() {
    let world = World::like_strava();
    world.is_logged_in();
    let exec = runs(&world, "printenv MY_TOKEN").with("--as", "MY_TOKEN");
    let outcome = exec.env("MY_TOKEN", "an-old-one").finish();
    outcome.ends(OK).prints_the_token();
}

#[test]
fn a_token_that_could_do_harm_starts_nothing() {
    let world = World::like_strava();
    world.is_logged_in();
    for hostile in ["mark-odd x", "mark-odd\n", "mark-odd\0", "mark-\u{f6}dd"] {
        world.edits_token(|token| token["access_token"] = hostile.into());
        let outcome = runs(&world, "echo started").finish();
        outcome.ends(EXEC).prints_nothing().never_says("mark-");
        outcome.says("loopin: error: provider (6): ");
    }
}

#[test]
fn nothing_is_started_on_a_token_that_could_not_be_saved() {
    let world = World::like_strava();
    world.has_expired_token();
    let held = world.server.holds_its_answer();
    let exec = runs(&world, "echo started").start();
    held.wait_until_asked();
    world.removes("token.json");
    std::fs::create_dir(world.path("token.json")).unwrap();
    held.release();
    let outcome = exec.finish();
    outcome.ends(EXEC).prints_nothing();
    outcome
        .says("loopin: error: local (7): ")
        .says("/loopin/recovered/");
}
