//! The README's recipes for shells, timers and continuous integration, run as they stand there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Output};

use serde_json::Value;

use crate::readme::lines;
use crate::support::*;

const SECONDS_IN_40_MINUTES: u64 = 40 * 60;

/// A machine on which loopin is installed and somebody is logged in.
struct Machine(World);

impl Machine {
    fn new() -> Machine {
        let world = World::like_strava();
        world.is_logged_in();
        for folder in [".cargo", ".cargo/bin", "strava", "bin"] {
            fs::create_dir(world.path("home").join(folder)).unwrap();
        }
        let installed = world.path("home/.cargo/bin/loopin");
        symlink(env!("CARGO_BIN_EXE_loopin"), installed).unwrap();
        for file in ["token.json", "client_secrets.txt"] {
            fs::rename(world.path(file), world.path("home/strava").join(file)).unwrap();
        }
        world.writes("home/strava/sync.py", "printenv ACME_ACCESS_TOKEN\n");
        world.writes("home/bin/python", "#!/bin/sh\nexec sh \"$@\"\n");
        let executable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(world.path("home/bin/python"), executable).unwrap();
        Machine(world)
    }

    /// What `sh` does with this, at home in the folder `strava`.
    fn runs(&self, script: &str) -> Output {
        let home = self.0.path("home");
        let system = std::env::var("PATH").unwrap();
        let path = format!("{0}/.cargo/bin:{0}/bin:{system}", home.display());
        let output = Command::new("sh")
            .args(["-euc", script])
            .current_dir(home.join("strava"))
            .env_clear()
            .envs([("PATH", &path)])
            .env("HOME", home)
            .env("LOOPIN_PROVIDER", self.0.path("acme.toml"))
            .env("ACME_CLIENT_ID", "123456")
            .env("ACME_CLIENT_SECRET", self.0.marks.word(Secret::Client))
            .env("TOKEN_JSON", self.0.read("home/strava/token.json"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
        output
    }

    fn prints(&self, script: &str) -> String {
        String::from_utf8(self.runs(script).stdout).unwrap()
    }

    /// The stored token lives for so many seconds more.
    fn token_lives_for(&self, seconds: u64) {
        let mut token = self.0.token_in("home/strava/token.json");
        let issued = token["expires_at"].as_u64().unwrap();
        token["expires_at"] = (issued - 6 * 60 * 60 + seconds).into();
        self.0.writes("home/strava/token.json", token.to_string());
    }

    /// A quiet command that refreshes the token in its last hour, and not before.
    fn keeps_the_token_fresh(&self, command: &str) {
        for refreshes in [0, 1] {
            let output = self.runs(command);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(said, "", "a timer's mail");
            assert_eq!(self.0.server.refreshes(), refreshes);
            self.token_lives_for(SECONDS_IN_40_MINUTES);
        }
    }

    fn access_token(&self) -> String {
        self.0.server.current_access_token() + "\n"
    }
}

fn recipe(start: &str) -> String {
    let all = lines("sh").into_iter().chain(lines("crontab"));
    let mut found = all
        .chain(lines("ini"))
        .filter(|line| line.starts_with(start));
    found
        .next()
        .unwrap_or_else(|| panic!("no {start} in the README"))
}

#[test]
#[ignore = "needs curl: tests/run"]
fn a_shell_asks_with_the_token() {
    let machine = Machine::new();
    let strava = "https://www.strava.com/api/v3/athlete";
    let recipe =
        recipe("loopin token --format header").replace(strava, &machine.0.server.url("/athlete"));
    let athlete: Value = serde_json::from_str(&machine.prints(&recipe)).unwrap();
    assert_eq!(athlete["id"], 227615);
}

#[test]
fn a_shell_has_the_token_in_a_variable() {
    let machine = Machine::new();
    let script = format!("{}\nsh -c 'printenv ACME_ACCESS_TOKEN'", recipe("eval"));
    assert_eq!(machine.prints(&script), machine.access_token());
}

#[test]
fn cron_keeps_the_token_fresh() {
    let line = recipe("*/30 * * * * ");
    Machine::new().keeps_the_token_fresh(&line["*/30 * * * * ".len()..]);
}

#[test]
fn a_systemd_timer_keeps_the_token_fresh() {
    assert_eq!(recipe("WorkingDirectory="), "WorkingDirectory=%h/strava");
    let command = recipe("ExecStart=")["ExecStart=".len()..].to_owned();
    Machine::new().keeps_the_token_fresh(&command.replace("%h", "\"$HOME\""));
}

#[test]
fn continuous_integration_starts_from_a_secret() {
    let machine = Machine::new();
    let script = format!("{}\n{}", recipe("umask"), recipe("loopin exec -- "));
    let script = format!("rm token.json client_secrets.txt\n{script}");
    assert_eq!(machine.prints(&script), machine.access_token());
    let token = machine.0.path("home/strava/token.json").metadata().unwrap();
    assert_eq!(token.permissions().mode() & 0o777, 0o600);
}

#[test]
fn two_accounts_are_two_files() {
    let machine = Machine::new();
    assert!(recipe("loopin login --token-file").contains(" ada.json "));
    let script = format!(
        "mv token.json ada.json\n{}",
        recipe("loopin exec --token-file")
    );
    assert_eq!(machine.prints(&script), machine.access_token());
}
