//! A person who tries `examples/strava`.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use serde_json::Value;

use super::demo::approve;
use super::opener::Chromium;
use super::strava::Strava;
use super::support::{Home, Lines, installed};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/strava");
const FILES: [&str; 5] = [
    ".gitignore",
    "Makefile",
    "README.md",
    "requirements.txt",
    "sync.py",
];

/// What make says of a token that is good.
pub const LOGGED_IN: &str = "loopin: already logged in to Strava as Ada Demo (227615)\n";

/// A checkout of the example in a folder whose path has spaces, beside a virtual environment in which pip installed what it
/// needs. www.strava.com is on this machine.
pub struct Checkout {
    // Before the home, in which it finds whom it has to end.
    pub chromium: Chromium,
    home: Home,
    pub strava: Strava,
}

impl Checkout {
    pub fn new() -> Checkout {
        let (home, strava) = (Home::new(), Strava::start());
        let chromium = Chromium::with(&home, &strava.options_of_chromium());
        let checkout = Checkout {
            home,
            strava,
            chromium,
        };
        fs::create_dir(checkout.path("")).unwrap();
        for file in FILES {
            fs::copy(Path::new(EXAMPLE).join(file), checkout.path(file)).unwrap();
        }
        checkout
    }

    /// The app's id and secret are there.
    pub fn set_up() -> Checkout {
        let checkout = Checkout::new();
        let secrets = checkout.strava.client_secrets();
        checkout.writes_secret("client_secrets.txt", &secrets);
        checkout
    }

    pub fn logged_in() -> Checkout {
        let checkout = Checkout::set_up();
        checkout.logs_in("");
        checkout
    }

    /// A person who needs no browser.
    pub fn logs_in(&self, variables: &str) {
        let login = "\"$VIRTUAL_ENV/bin/loopin\" login --browser none";
        let login = self.starts(&format!("{variables} {login}"), "");
        let url = login.stderr.until(|line| line.starts_with("https://"));
        approve(&self.strava.seen_from_behind(&url));
        login.ends(0);
        self.strava.was_asked();
    }

    /// A make outside of that environment, with a pip that has no index.
    pub fn make_alone(&self) -> String {
        let python = installed("venv/bin/python");
        format!(
            "unset VIRTUAL_ENV; PIP_NO_INDEX=1 PYTHON='{}' make",
            python.display()
        )
    }

    /// The same, whose pip finds stravalib installed, and loopin's wheel in a folder whose path has spaces.
    pub fn make_with_what_pip_needs(&self) -> String {
        let folder = self.home.path("with a wheel");
        symlink(installed("wheel"), &folder).unwrap();
        let wheel = fs::read_dir(&folder).unwrap().next().unwrap().unwrap();
        let packages = "import sysconfig; print(sysconfig.get_path('purelib'))";
        let packages = Command::new(installed("venv/bin/python"))
            .args(["-c", packages])
            .output();
        let packages = String::from_utf8(packages.unwrap().stdout).unwrap();
        format!(
            "export PYTHONPATH='{}' LOOPIN='{}'; {}",
            packages.trim(),
            wheel.path().display(),
            self.make_alone()
        )
    }

    /// A Python of long ago.
    pub fn has_an_old_python(&self) {
        let python = installed("venv/bin/python");
        let code = "import sys; sys.version_info = (3, 9); exec(sys.argv[1])";
        let script = format!(
            "#!/bin/sh\nexec '{}' -c '{code}' \"$2\"\n",
            python.display()
        );
        self.home.write_program("my activities/old-python", &script);
    }

    /// The app's id and secret, as a shell takes them before a command.
    pub fn client_variables(&self) -> String {
        let secrets = self.strava.client_secrets();
        let (id, secret) = secrets.trim().split_once(',').unwrap();
        format!("STRAVA_CLIENT_ID={id} STRAVA_CLIENT_SECRET={secret}")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path("my activities").join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn writes_secret(&self, name: &str, content: &str) {
        self.home
            .write_secret(&format!("my activities/{name}"), content);
    }

    pub fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }

    pub fn token(&self) -> Value {
        serde_json::from_str(&self.read("token.json")).unwrap()
    }

    pub fn expires(&self) {
        let mut token = self.token();
        token["expires_at"] = 1_500_000_000.into();
        self.writes_secret("token.json", &token.to_string());
    }

    pub fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// What a shell makes of the line goes well.
    #[track_caller]
    pub fn runs(&self, line: &str) -> Ended {
        self.starts(line, "").ends(0)
    }

    pub fn starts(&self, line: &str, stdin: &str) -> Running<'_> {
        let mut child = Command::new("sh")
            .args(["-c", line])
            .current_dir(self.path(""))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.home.path("home"))
            .env("LANG", "C.UTF-8")
            .env("VIRTUAL_ENV", installed("user"))
            .env("BROWSER", self.chromium.script())
            .env("LOOPIN_INTERACTIVE", "always")
            .env("LOOPIN_PORT", "0")
            .envs(self.strava.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        // Who asks nothing may have ended by now.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Running {
            checkout: self,
            stdout: Lines::of(child.stdout.take().unwrap()),
            stderr: Lines::of(child.stderr.take().unwrap()),
            child,
        }
    }
}

pub struct Running<'c> {
    checkout: &'c Checkout,
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

#[derive(Debug)]
pub struct Ended {
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    #[track_caller]
    pub fn is(&self, stdout: &str, stderr: &str) {
        assert_eq!((&*self.stdout, &*self.stderr), (stdout, stderr));
    }

    /// What was said after the token was found to be good.
    pub fn after_login(&self) -> &str {
        self.stderr.strip_prefix(LOGGED_IN).unwrap()
    }
}

impl Running<'_> {
    #[track_caller]
    pub fn ends(self, code: i32) -> Ended {
        let (status, ended) = self.ended();
        assert_eq!(status.code(), Some(code), "{ended:?}");
        ended
    }

    /// How it ended, and what it said since it was last listened to: no secret.
    #[track_caller]
    pub fn ended(mut self) -> (ExitStatus, Ended) {
        let (stdout, stderr) = (self.stdout.rest(), self.stderr.rest());
        let (status, secrets) = (
            self.child.wait().unwrap(),
            self.checkout.strava.client_secrets(),
        );
        let secret = secrets.trim().split(',').nth(1).unwrap();
        assert!(![&stdout, &stderr].iter().any(|text| text.contains(secret)));
        (status, Ended { stdout, stderr })
    }

    /// Ctrl-C at a terminal reaches make and all that it started.
    pub fn is_interrupted(&self) {
        assert!(self.is_sent("INT"));
    }

    fn is_sent(&self, signal: &str) -> bool {
        let group = format!("-{}", self.child.id());
        let mut kill = Command::new("kill");
        kill.args(["-s", signal, "--", &group])
            .stderr(Stdio::null());
        kill.status().unwrap().success()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.is_sent("KILL");
        }
    }
}
