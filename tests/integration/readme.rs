//! The README keeps its promises: each of its commands is run, each of its files is used.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::support::*;

const README: &str = include_str!("../../README.md");

/// The lines of the README's blocks in this language.
pub fn lines(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = README.split(&fence).skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let lines = blocks.flat_map(|block| block.lines().map(str::trim));
    let lines = lines.filter(|line| !line.is_empty()).map(str::to_owned);
    lines.collect()
}

/// A line of the README as a person would type it, in a folder where `loopin` means the demo's like.
fn typed<'w>(world: &'w World, line: &str) -> Loopin<'w> {
    let bin = world.path("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        symlink(env!("CARGO_BIN_EXE_loopin"), bin.join("loopin")).unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let token_file = line
        .split("--token-file ")
        .nth(1)
        .and_then(|rest| rest.split(' ').next());
    Loopin::new(world, "")
        .through(&["sh", "-c", &format!("exec {line}")])
        .env("PATH", &path)
        .env("LOOPIN_PROVIDER", "./acme.toml")
        .env("LOOPIN_INTERACTIVE", "always")
        .env("LOOPIN_PORT", "0")
        .env("LOOPIN_TOKEN_FILE", token_file.unwrap_or("token.json"))
}

#[test]
fn every_login_of_the_readme_logs_in() {
    let logins = lines("sh")
        .into_iter()
        .filter(|line| line.starts_with("loopin login"))
        // These are logged in to elsewhere: an issuer, a built-in provider, an https redirect URI.
        .filter(|line| {
            !["https://", "github"]
                .iter()
                .any(|word| line.contains(word))
        });
    let logins: Vec<String> = logins.collect();
    assert!(logins.len() >= 8, "{logins:?}");
    for line in logins {
        let world = World::like_strava();
        typed(&world, &line)
            .approved()
            .ends(OK)
            .asked_for_a_token(1);
    }
}

#[test]
fn the_readme_runs_the_demo() {
    assert!(lines("sh").contains(&"cargo run -- demo".to_owned()));
    let world = World::like_strava();
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--", "demo", "--headless"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("LOOPIN_TOKEN_FILE", world.path("token.json"))
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
    assert_eq!(world.token()["provider"], "demo");
}

#[test]
fn the_readme_installs_the_program() {
    assert!(lines("sh").contains(&"cargo install --path .".to_owned()));
    let world = World::like_strava();
    let installed = Command::new(env!("CARGO"))
        .args(["install", "--path", ".", "--quiet", "--locked", "--debug"])
        .arg("--root")
        .arg(world.path("root"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(installed.status.success(), "{installed:?}");
    assert!(world.path("root/bin/loopin").exists());
}

#[test]
fn the_readme_keeps_the_demo_running_for_other_tests() {
    let line = "loopin demo --serve > demo.toml";
    assert!(lines("sh").contains(&line.to_owned()));
    let world = World::like_strava();
    let server = typed(&world, line).start();
    server.wait_until_it_says("runs until Ctrl-C");
    let provider = world.read("demo.toml");
    let secrets = provider.lines().next().unwrap().split(": ").nth(1).unwrap();
    world.writes("client_secrets.txt", secrets);
    let login = typed(&world, "loopin login --provider ./demo.toml --timeout 0").finish();
    login.ends(TIMEOUT).says("logging in to the demo");
}

#[test]
fn the_readme_saves_the_secrets_where_nobody_else_reads_them() {
    assert!(lines("sh").contains(&"loopin setup".to_owned()));
    let world = World::like_strava();
    world.removes("client_secrets.txt");
    let setup = typed(&world, "printf '123,abc\n' | loopin setup");
    setup.start().end().ends(OK);
    let secrets = world.path("client_secrets.txt").metadata().unwrap();
    assert_eq!(secrets.permissions().mode() & 0o777, 0o600);
    assert_eq!(world.read("client_secrets.txt"), "123,abc\n");
}

#[test]
fn the_readme_has_no_command_that_is_not_run() {
    let known = [
        "cargo run -- demo",
        "tests/run",
        "cargo install --path .",
        "loopin login",
        "loopin demo --serve",
        "loopin setup",
        // Those of presets.rs and discovery.rs.
        "loopin providers",
        "export LOOPIN_PROVIDER=./demo.toml LOOPIN_AS=STRAVA_ACCESS_TOKEN ",
        // That of real/embed.rs.
        "cargo run --no-default-features --example embed -- demo.toml",
        // Those of recipes.rs.
        "loopin token --format header | curl ",
        "eval \"$(loopin token --format env)\"",
        "umask 077; printenv TOKEN_JSON > token.json",
        "loopin exec -- python sync.py",
        "loopin exec --token-file ada.json -- python sync.py",
    ];
    // What tests/run does, and the example's README.
    let elsewhere = ["pip install .", "cd examples/strava", "make"];
    for line in lines("sh") {
        let is_known =
            known.iter().any(|start| line.starts_with(start)) || elsewhere.contains(&line.as_str());
        assert!(is_known, "{line}");
    }
    let run = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/run");
    let run = std::fs::metadata(run).unwrap();
    assert_ne!(run.permissions().mode() & 0o111, 0);
}

#[test]
fn the_readmes_provider_file_is_one() {
    let world = World::like_strava();
    world.writes("readme.toml", lines("toml").join("\n"));
    let login = world.login().with("--provider", "./readme.toml");
    login
        .with("--timeout", "0")
        .finish()
        .ends(TIMEOUT)
        .says("logging in to Acme");
}

#[test]
fn the_readme_explains_every_key_of_a_provider_file() {
    let world = World::like_strava();
    world.writes("acme.toml", "_ = 1");
    let outcome = world.login().finish();
    let error = outcome.ends(USAGE).stderr.clone();
    let keys = error.split("expected one of ").nth(1).unwrap();
    let keys: Vec<_> = keys.split('`').skip(1).step_by(2).collect();
    assert!(keys.len() > 30, "{error}");
    for key in keys {
        let is_there = ["`KEY`", "`[KEY]`", "`[[KEY]]`", "\nKEY = "];
        let is_there = is_there.map(|form| README.contains(&form.replace("KEY", key)));
        assert!(is_there.contains(&true), "{key}");
    }
}

#[test]
fn the_readmes_exit_codes_are_those_of_the_help() {
    let world = World::like_strava();
    let help = Loopin::new(&world, "login --help").shows_on_stdout();
    for code in 0..=8 {
        assert!(README.contains(&format!("\n| {code} | ")), "{code}");
        assert!(help.contains(&format!("  {code}  ")), "{code}");
    }
}

#[test]
#[ignore = "needs make: tests/run"]
fn the_readmes_makefile_logs_in_and_syncs() {
    let world = World::like_strava();
    world.writes("Makefile", lines("make").join("\n"));
    world.writes(
        "sync.py",
        "import json; assert json.load(open('token.json'))['access_token']",
    );
    let sync = typed(&world, "make --silent sync");
    world.writes("bin/python", "#!/bin/sh\nexec python3 \"$@\"\n");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path("bin/python"), executable).unwrap();
    let sync = sync.start();
    sync.person().approve();
    let output = sync.finish();
    output.ends(OK);
}
