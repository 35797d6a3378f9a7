//! `loopin doctor`: what it finds, what it says of it, and that it changes nothing.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::disk::has_a_rescued_token;
use crate::support::*;

pub fn doctor(world: &World) -> Loopin<'_> {
    let doctor = world.run("doctor").with("--browser", "none");
    doctor.with("--interactive", "always").with("--port", "0")
}

/// This check fails and says so, with a way out below; all others may be fine.
#[track_caller]
pub fn finds(doctor: Loopin<'_>, check: &str, words: &str, code: i32) {
    let outcome = doctor.finish();
    outcome.ends(code).says("checks failed");
    let mut lines = outcome.stdout.lines();
    let start = format!("✗ {check:<9}");
    let found = lines.find(|line| line.starts_with(&start) && line.contains(words));
    assert!(found.is_some(), "{words}:\n{}", outcome.stdout);
    let mend = lines.next().unwrap_or_default();
    assert!(mend.starts_with("  mend: "), "{}", outcome.stdout);
}

/// This check is fine, and says so.
#[track_caller]
pub fn is_content(doctor: Loopin<'_>, check: &str, words: &str) {
    let outcome = doctor.finish();
    outcome.ends(OK);
    let start = format!("✓ {check:<9}");
    let found = |line: &str| line.starts_with(&start) && line.contains(words);
    assert!(outcome.stdout.lines().any(found), "{}", outcome.stdout);
}

pub fn set_mode(world: &World, name: &str, mode: u32) {
    let mode = fs::Permissions::from_mode(mode);
    fs::set_permissions(world.path(name), mode).unwrap();
}

pub fn is_a_work_tree(world: &World) {
    let mut git = Command::new("git");
    let made = git.args(["init", "-q"]).arg(world.folder()).status();
    assert!(made.unwrap().success());
}

#[test]
fn where_a_login_would_work_every_check_is_content() {
    let world = World::like_strava();
    let outcome = doctor(&world).finish();
    outcome.ends(OK).asked_for_a_token(0).never_says("error");
    let checks: Vec<_> = outcome.stdout.lines().collect();
    assert!(checks.iter().all(|line| line.starts_with("✓ ")));
    for (name, line) in [
        "provider", "client", "git", "token", "port", "browser", "person", "network", "clock",
    ]
    .iter()
    .zip(&checks)
    {
        assert_eq!(line.split_whitespace().nth(1), Some(*name));
    }
    assert_eq!(checks.len(), 9, "{checks:?}");
}

#[test]
fn what_is_wrong_is_told_and_not_mended() {
    let world = World::like_strava();
    world.has_expired_token();
    is_a_work_tree(&world);
    set_mode(&world, "token.json", 0o644);
    set_mode(&world, "client_secrets.txt", 0o644);
    fs::remove_file(world.path(".token.json.lock")).unwrap();
    let before = world.snapshot();
    let outcome = doctor(&world).finish();
    outcome.ends(LOCAL).says("4 of 12 checks failed");
    outcome.asked_for_a_token(1);
    assert_eq!(outcome.stdout.matches("  mend: ").count(), 4);
    assert_eq!(world.snapshot(), before);
}

#[test]
fn what_mends_a_finding_mends_it() {
    let world = World::like_strava();
    world.is_logged_in();
    is_a_work_tree(&world);
    set_mode(&world, "token.json", 0o644);
    set_mode(&world, "client_secrets.txt", 0o640);
    let outcome = doctor(&world).finish();
    let mends = outcome.stdout.lines();
    for mend in mends.filter_map(|line| line.strip_prefix("  mend: ")) {
        let mut sh = Command::new("sh");
        let done = sh.args(["-ec", mend]).current_dir(world.folder()).status();
        assert!(done.unwrap().success(), "{mend}");
    }
    doctor(&world).finish().ends(OK);
}

#[test]
fn a_client_that_cannot_be_used_is_named_but_its_secret_never_is() {
    let world = World::like_strava();
    world.provider_has("client_secret_format", "\"hex40\"");
    finds(doctor(&world), "client", "id 123456", USAGE);
    world.writes("client_secrets.txt", world.marks.word(Secret::Client));
    finds(doctor(&world), "client", "client_secrets.txt", USAGE);
    world.removes("client_secrets.txt");
    finds(doctor(&world), "client", "no client id", USAGE);
}

#[test]
fn of_two_sources_the_one_that_counts_is_told() {
    let world = World::like_strava();
    is_content(doctor(&world), "client", "123456, from client_secrets.txt");
    let both = doctor(&world).env("ACME_CLIENT_ID", "999");
    let both = both.env("ACME_CLIENT_SECRET", &world.marks.word(Secret::Client));
    let told = "id 999, from ACME_CLIENT_ID; client_secrets.txt has 123456, which is not used";
    is_content(both, "client", told);
}

#[test]
fn what_git_would_publish_once_it_is_there_is_named() {
    let world = World::like_strava();
    is_a_work_tree(&world);
    world.writes(".gitignore", "client_secrets.txt\n");
    finds(doctor(&world), "git", "will not ignore token.json", LOCAL);
    world.writes(".gitignore", "client_secrets.txt\n*.json\n");
    is_content(doctor(&world), "git", "would publish neither");
}

#[test]
fn a_work_tree_that_git_does_not_look_at_is_named() {
    let world = World::like_strava();
    is_a_work_tree(&world);
    world.writes(".git/config", "no configuration");
    finds(doctor(&world), "git", "git does not say", LOCAL);
}

#[test]
fn a_token_that_was_rescued_stays_where_it_is() {
    let world = World::like_strava();
    has_a_rescued_token(&world);
    let before = world.snapshot();
    is_content(doctor(&world), "token", "good for");
    assert_eq!(world.snapshot(), before);
}

#[test]
fn what_mends_it_is_whole_on_every_terminal() {
    for width in [20, 40, 80, 200] {
        let world = World::like_strava();
        is_a_work_tree(&world);
        set_mode(&world, "client_secrets.txt", 0o644);
        let to_the_terminal = ["sh", "-c", "exec \"$@\" >&2", "sh"];
        let doctor = doctor(&world).without("-vv").through(&to_the_terminal);
        let shown = doctor.at_a_terminal_of(width).start().end().stderr;
        let has = |command: &str| shown.lines().any(|line| line.ends_with(command));
        assert!(has("chmod 600 client_secrets.txt"), "{width}:\n{shown}");
        let ignoring = "printf '%s\\n' token.json 'token.*.json' '.token.json.*' >> .gitignore";
        assert!(has(ignoring), "{width}:\n{shown}");
        let is_alone = shown.lines().any(|line| line == ignoring);
        assert_eq!(is_alone, width < 80, "{width}:\n{shown}");
    }
}

#[test]
fn each_state_of_the_token_is_told() {
    let world = World::like_strava();
    is_content(doctor(&world), "token", "not there yet");
    world.is_logged_in();
    is_content(doctor(&world), "token", "Mari Maasikas (227615), good for");
    world.token_is_expired();
    is_content(doctor(&world), "token", "expired, and will be refreshed");
    world.edits_token(|token| drop(token["refresh_token"].take()));
    is_content(doctor(&world), "token", "goes to the browser");
    world.writes("token.json", "{\"access_token\":\"x\"}");
    is_content(doctor(&world), "token", "made by another program, good");
}

#[test]
fn a_token_file_that_cannot_be_used_is_named() {
    let world = World::like_strava();
    world.writes("token.json", "no token");
    finds(doctor(&world), "token", "is not a token file", LOCAL);
    world.removes("token.json");
    symlink("nowhere", world.path("token.json")).unwrap();
    finds(doctor(&world), "token", "link to nothing", LOCAL);
    world.removes("token.json");
    let nowhere = doctor(&world).with("--token-file", "none/token.json");
    finds(nowhere, "token", "cannot write none/token.json", LOCAL);
}

#[test]
fn a_token_of_another_provider_is_named() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| token["provider"] = "strava".into());
    finds(doctor(&world), "token", "holds a token of strava", LOCAL);
}

#[test]
fn a_provider_that_cannot_be_read_is_named() {
    let world = World::like_strava();
    let doctor = doctor(&world).with("--provider", "./none.toml");
    finds(doctor, "provider", "none.toml", USAGE);
}

#[test]
fn a_port_that_is_taken_is_named_with_who_holds_it() {
    if !is_alone("doctor::a_port_that_is_taken_is_named_with_who_holds_it") {
        return; // A process that another test is about to start would hold the port for a moment, too.
    }
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = somebody.local_addr().unwrap().port().to_string();
    let world = World::like_strava();
    let outcome = doctor(&world).with("--port", &port).finish();
    outcome.ends(LOCAL);
    let holder = format!("(pid {})", std::process::id());
    assert!(outcome.stdout.contains(&holder), "{}", outcome.stdout);
    let login = world.login().with("--port", &port).finish();
    login.ends(LOCAL).says(&holder).says("--port");
}

#[test]
fn a_port_that_another_one_can_replace_is_no_obstacle() {
    let somebody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = somebody.local_addr().unwrap().port();
    let world = World::like_strava();
    let uri = format!("\"http://127.0.0.1:{port}/authorization\"");
    world.provider_has("redirect_uri", &uri);
    let words = format!("127.0.0.1:{port} is taken by ");
    is_content(doctor(&world).without("--port"), "port", &words);
}

#[test]
fn the_browser_that_would_open_is_named_and_does_not_open() {
    let world = World::like_strava();
    let browser = world.browser();
    let named = doctor(&world).with("--browser", browser.command());
    is_content(named, "browser", "browser");
    assert!(browser.was_never_opened());
    let missing = doctor(&world).with("--browser", "/no/such");
    finds(missing, "browser", "/no/such", LOCAL);
}

#[test]
fn nobody_to_be_asked_is_an_obstacle_only_if_somebody_must_be() {
    let world = World::like_strava();
    let in_ci = || doctor(&world).with("--interactive", "auto").env("CI", "1");
    finds(in_ci(), "person", "CI is set", LOGIN);
    let never = doctor(&world).with("--interactive", "never");
    finds(never, "person", "--interactive never", LOGIN);
    world.has_expired_token();
    is_content(in_ci(), "person", "need not be");
}

#[test]
fn a_server_that_is_not_well_is_named() {
    let world = World::like_strava();
    let status = |status| {
        world
            .server
            .answers_probes(Answer::typed(status, "text/plain", ""))
    };
    for fine in [200, 302, 400, 404, 405, 429, 501] {
        status(fine);
        is_content(doctor(&world), "network", "answers");
    }
    status(503);
    finds(doctor(&world), "network", "status 503", TEMPORARY);
    world.provider_has("token_endpoint", "\"http://127.0.0.1:1/\"");
    finds(
        doctor(&world),
        "network",
        "cannot reach 127.0.0.1:1",
        TEMPORARY,
    );
    let tls = format!("\"https://{}/\"", world.server.address);
    world.provider_has("token_endpoint", &tls);
    let outcome = doctor(&world).finish();
    assert!(outcome.stdout.contains("✗ network"), "{}", outcome.stdout);
}

#[test]
fn a_clock_that_is_wrong_is_named() {
    let world = World::like_strava();
    let says = |now: SystemTime| {
        let answer = Answer::typed(405, "text/plain", "");
        let answer = answer.and_header("Date", &httpdate::fmt_http_date(now));
        world.server.answers_probes(answer);
    };
    let (now, hour) = (SystemTime::now(), Duration::from_secs(3601));
    says(now);
    is_content(doctor(&world), "clock", "agrees");
    says(now - hour);
    finds(doctor(&world), "clock", "1 h ahead of", LOCAL);
    says(now + 2 * hour);
    finds(doctor(&world), "clock", "behind", LOCAL);
}

#[test]
fn programs_get_the_same_as_json() {
    let world = World::like_strava();
    let json = |outcome: Outcome<'_>| serde_json::from_str::<Value>(&outcome.stdout).unwrap();
    let fine = json(doctor(&world).flag("--json").finish());
    assert_eq!(
        (&fine["ok"], fine["checks"].as_array().unwrap().len()),
        (&true.into(), 9)
    );
    set_mode(&world, "client_secrets.txt", 0o644);
    let told = json(doctor(&world).flag("--json").finish());
    let check = told["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["ok"] == false);
    let check = check.unwrap();
    assert_eq!(told["ok"], false);
    assert_eq!(check["check"], "client");
    assert_eq!(check["mend"], "chmod 600 client_secrets.txt");
}

#[test]
fn the_first_failed_check_makes_the_exit_code() {
    let world = World::like_strava();
    world.removes("client_secrets.txt");
    world
        .server
        .answers_probes(Answer::typed(503, "text/plain", ""));
    doctor(&world)
        .finish()
        .ends(USAGE)
        .says("2 of 8 checks failed");
}

#[test]
fn other_signs_than_asciis_are_left_out_where_they_cannot_be_shown() {
    let world = World::like_strava();
    world
        .server
        .answers_probes(Answer::typed(503, "text/plain", ""));
    let stdout = doctor(&world).env("LC_ALL", "C").finish().stdout.clone();
    assert!(stdout.is_ascii(), "{stdout}");
    assert!(stdout.starts_with("ok provider"), "{stdout}");
    assert!(stdout.contains("\nno network"), "{stdout}");
}
