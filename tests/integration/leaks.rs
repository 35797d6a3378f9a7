//! Secrets in sight: no command, whatever fails, repeats one, as loud as it can be told to be.
//!
//! What a secret is, and in which forms it is looked for, says `support::marks`; where, `support::invariants`.

use std::fs;

use serde_json::json;

use crate::disk::FULL;
use crate::support::*;

/// A world in which everything is asked to say all that it knows.
pub fn loud() -> World {
    let mut world = World::like_strava();
    let loud = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")];
    world.env = loud.map(|(name, value)| (name, value.to_owned())).to_vec();
    world
}

/// As people read it, and as programs do.
pub const FORMATS: [&str; 2] = ["text", "json"];

/// It ended in a way that is known. All that it left is looked at already: see `support::invariants`.
#[track_caller]
fn is_no_bug(outcome: &Outcome<'_>) {
    let code = outcome.status.code();
    assert!(code.is_some_and(|code| code != 1), "{}", outcome.stderr);
}

#[track_caller]
pub fn fails(outcome: &Outcome<'_>) {
    is_no_bug(outcome);
    assert_ne!(outcome.status.code(), Some(OK), "{}", outcome.stderr);
}

/// These commands, in each format.
fn each<'w>(world: &'w World, commands: &[&'static str]) -> impl Iterator<Item = Loopin<'w>> {
    let each = commands.iter().flat_map(|c| FORMATS.map(|f| (*c, f)));
    each.map(|(command, format)| {
        let run = world.run(command).with("--log-format", format);
        match command {
            "exec" => run.args(&["--", "true"]),
            _ => run,
        }
    })
}

#[track_caller]
pub fn all_fail(world: &World, commands: &[&'static str]) {
    each(world, commands).for_each(|run| fails(&run.finish()));
}

/// Every command that is not asked by a terminal.
const COMMANDS: [&str; 8] = [
    "token", "refresh", "exec", "whoami", "logout", "login", "status", "doctor",
];

/// What goes wrong before and beside the provider's answer.
const FAILURES: [fn(&World); 10] = [
    |world| world.server.answers(Answer::Silence),
    |world| world.server.answers(Answer::Lost),
    |world| world.server.answers(Answer::Cut),
    |world| {
        let without_tls = world.server.url("/oauth/token").replace("http:", "https:");
        world.provider_has("token_endpoint", &format!("{without_tls:?}"));
    },
    |world| {
        let token = world.read("token.json");
        world.writes("token.json", &token[..token.len() - 9]);
    },
    |world| {
        let token = world.token();
        world.writes(
            "token.json",
            json!({ "access_token": token, "expires_at": token }).to_string(),
        );
    },
    |world| {
        let token = world.token()["refresh_token"].to_string();
        world.writes("token.json", token);
    },
    |world| world.edits_token(|token| token["expires_at"] = token["refresh_token"].clone()),
    |world| {
        let secret = world.marks.word(Secret::Client);
        world.writes("client_secrets.txt", format!("{secret}\n123456\n{secret},"));
    },
    |world| {
        let secret = world.marks.word(Secret::Client);
        world.writes(
            "client_secrets.txt",
            format!("{{\"client_secret\": {secret}"),
        );
    },
];

#[test]
fn no_failure_of_any_command_shows_a_secret() {
    for failure in FAILURES {
        let world = loud();
        world.has_expired_token();
        failure(&world);
        each(&world, &COMMANDS).for_each(|run| is_no_bug(&run.finish()));
    }
}

/// Those that need no login, and may end well without a word on stdout.
const OTHER_COMMANDS: [&str; 3] = ["setup ./acme.toml", "demo", "providers"];

/// Those of them, and the rest, that take a word.
const TAKE_A_WORD: [&str; 4] = ["setup", "providers", "completions", "man"];

#[test]
fn no_failure_of_a_command_that_needs_no_login_shows_a_secret() {
    for failure in FAILURES {
        let world = loud();
        world.has_expired_token();
        failure(&world);
        for format in FORMATS {
            for command in OTHER_COMMANDS {
                let run = Loopin::new(&world, command);
                is_no_bug(&run.with("--log-format", format).finish());
            }
        }
    }
}

#[test]
fn a_command_that_needs_no_login_quotes_no_file_in_the_place_of_a_word() {
    let world = loud();
    world.is_logged_in();
    for command in TAKE_A_WORD {
        for word in ["./client_secrets.txt", "./token.json"] {
            for format in FORMATS {
                let run = Loopin::new(&world, command).with("--log-format", format);
                fails(&run.args(&[word]).finish());
            }
        }
    }
}

#[test]
fn a_full_disk_shows_no_secret() {
    let world = loud();
    world.has_expired_token();
    each(&world, &COMMANDS).for_each(|run| is_no_bug(&run.through(&FULL).finish()));
}

#[test]
fn a_file_in_the_place_of_another_is_not_quoted() {
    let world = loud();
    world.is_logged_in();
    for (option, file) in [
        ("--provider", "./client_secrets.txt"),
        ("--provider", "./token.json"),
        ("--client-secrets", "token.json"),
    ] {
        for run in each(&world, &COMMANDS) {
            is_no_bug(&run.with(option, file).finish());
        }
    }
}

#[test]
fn a_secret_in_the_place_of_a_word_is_not_repeated() {
    let secret = "0123456789abcdef0123456789abcdef01234567";
    let world = loud();
    world.is_logged_in();
    let line = format!("123456,{secret}");
    for words in [secret, &line] {
        for option in ["--client-secret", "--client-secrets"] {
            for run in each(&world, &COMMANDS) {
                is_no_bug(run.with(option, words).finish().never_says(secret));
            }
        }
        for run in each(&world, &["token", "login", "status"]) {
            is_no_bug(run.args(&[words]).finish().never_says(secret));
        }
    }
}

/// What each of these takes could not be a secret.
const OPTIONS: [&str; 9] = [
    "port",
    "min-ttl",
    "timeout",
    "listen",
    "log-format",
    "param",
    "interactive",
    "format",
    "as",
];

#[test]
fn a_secret_in_the_place_of_a_value_is_not_repeated() {
    let secret = "0123456789abcdef0123456789abcdef01234567";
    let world = loud();
    for option in OPTIONS {
        let variable = format!("LOOPIN_{}", option.replace('-', "_").to_uppercase());
        let command = match option {
            "format" => "token",
            "as" => "exec --provider x",
            _ => "login",
        };
        let run = || Loopin::new(&world, command);
        for value in [secret, "123456,0123"] {
            let json = run().env("LOOPIN_LOG_FORMAT", "json");
            let flag = run().flag(&format!("--{option}={value}"));
            for run in [
                run().env(&variable, value),
                json.env(&variable, value),
                flag,
            ] {
                let outcome = run.finish();
                outcome.says(&format!("invalid value '...' for '--{option} "));
                outcome.never_says(value);
            }
        }
    }
}

#[test]
fn a_secret_where_a_provider_is_named_is_not_repeated() {
    let secret = "0123456789abcdef0123456789abcdef01234567";
    let world = loud();
    for word in [secret, &format!("123456,{secret}"), "123456,Zm9v/YmFy+w=="] {
        for command in ["setup", "providers"] {
            let run = Loopin::new(&world, command).args(&[word]);
            run.finish().ends(USAGE).never_says(word);
        }
        let login = world.login().without("--provider");
        let login = login.with("--provider", word).finish();
        login.ends(USAGE).never_says(word);
    }
}

#[test]
fn a_secret_where_the_client_id_is_named_is_in_no_hint() {
    let secret = "0123456789abcdef0123456789abcdef01234567";
    let world = loud();
    world.provider_has("client_id_format", "\"digits\"");
    world.provider_has("client_secret_format", "\"hex40\"");
    for run in each(&world, &["token", "doctor", "exec"]) {
        let outcome = run.with("--client-id", secret).finish();
        is_no_bug(outcome.never_says(secret));
        assert!(!outcome.stdout.contains(secret), "{}", outcome.stdout);
    }
}

#[test]
fn what_other_crates_would_log_is_not_asked_for() {
    let world = loud();
    let login = world.login().approved();
    let level = |word: &str| ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&word);
    let mut lines = login.ends(OK).stderr.lines().map(str::split_whitespace);
    let logged: Vec<_> = lines
        .by_ref()
        .filter_map(|mut words| words.next().is_some_and(level).then(|| words.next()))
        .collect();
    assert!(logged.len() > 1);
    assert!(
        logged.iter().all(|by| by.unwrap().starts_with("loopin")),
        "{logged:?}"
    );
}

/// The command lines of a process and of all that it started, and the environments of those.
fn family(pid: u32) -> Vec<String> {
    let read = |file: &str| fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let text = |file: &str| String::from_utf8_lossy(&read(file)).into_owned();
    let children = text(&format!("task/{pid}/children"));
    let children = children.split_whitespace().flat_map(|child| {
        let environment = fs::read(format!("/proc/{child}/environ")).unwrap_or_default();
        let mut seen = family(child.parse().unwrap());
        seen.push(String::from_utf8_lossy(&environment).into_owned());
        seen
    });
    children.chain([text("cmdline")]).collect()
}

/// Id and secret of the client stand in the environment.
#[cfg(target_os = "linux")]
fn with_a_client_in_variables(mut world: World) -> World {
    let secret = world.marks.word(Secret::Client);
    world.env.push(("ACME_CLIENT_ID", "123456".to_owned()));
    world.env.push(("ACME_CLIENT_SECRET", secret));
    world
}

#[test]
#[cfg(target_os = "linux")]
fn no_process_of_a_login_has_a_secret_among_its_arguments_or_variables() {
    let world = with_a_client_in_variables(loud());
    let browser = world.browser_that("", HANG);
    let held = world.server.holds_its_answer();
    let login = world.login().with("--browser", browser.command()).start();
    let person = login.person_at(&browser);
    let page = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    let family = family(login.pid());
    assert!(family.len() >= 3, "{family:?}");
    let marks = &world.marks;
    marks.look_for_leaks("a process", &family.concat(), &[]);
    held.release();
    page.join().unwrap();
    login.finish().ends(OK);
}

#[test]
#[cfg(target_os = "linux")]
fn the_command_has_its_token_where_only_its_owner_looks() {
    let world = loud();
    world.is_logged_in();
    let look = ["--", "sh", "-c", "tr '\\0' ' ' </proc/$$/cmdline"];
    let exec = world.run("exec").args(&look).finish();
    assert!(exec.ends(OK).stdout.starts_with("sh -c "));
    world
        .marks
        .look_for_leaks("its arguments", &exec.stdout, &[]);
}

/// Whoever starts it is glad of core files.
const DUMPING: [&str; 4] = [
    "sh",
    "-c",
    "ulimit -c unlimited 2>/dev/null; exec \"$@\"",
    "sh",
];

#[test]
#[cfg(target_os = "linux")]
fn a_crash_leaves_no_core_file() {
    let world = loud();
    world.is_logged_in();
    let held = world.server.holds_its_revocation();
    let logout = world.run("logout").through(&DUMPING).start();
    held.wait_until_asked();
    let limits = logout.limits();
    let mut limits = limits.lines();
    let core = limits.find(|line| line.starts_with("Max core file size"));
    assert_eq!(core.unwrap().split_whitespace().nth(4), Some("0"));
    logout.signal("ABRT");
    // That nothing but the token lies there is seen to after every command.
    logout.finish().ends_by_signal(6).left_the_token_alone();
}
