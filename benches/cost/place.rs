//! The folder in which everything runs.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::program::Program;
use crate::series::time;
use crate::support::now;

pub struct Place(TempDir);

impl Place {
    pub fn new() -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        let secret = "c5f7a1e2d3b4968778695a4b3c2d1e0f12345678";
        place.has("client_secrets.txt", &format!("123456,{secret}\n"));
        place
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A provider like Strava, with its token endpoint here. It reads no variables of Strava's, which are for Strava.
    pub fn has_provider(&self, name: &str, token_endpoint: &str) {
        let strava = include_str!("../../src/providers/strava.toml");
        let lines = strava
            .lines()
            .filter(|line| !line.starts_with("env_prefix"));
        let lines = lines.map(|line| match line.starts_with("token_endpoint =") {
            true => format!("token_endpoint = \"{token_endpoint}\"\n"),
            false => format!("{line}\n"),
        });
        fs::write(self.path(name), lines.collect::<String>()).unwrap();
    }

    /// What `token.json` calls the provider of this file.
    pub fn provider(&self, name: &str) -> String {
        let path = fs::canonicalize(self.path(name)).unwrap();
        path.display().to_string()
    }

    /// A token that lives for so many seconds.
    pub fn has_token(&self, provider: &str, seconds: i64) {
        let token = json!({
            "access_token": "a4b945687a8f9f0ab0c1d2e3f405162738495a6b",
            "refresh_token": "e5c567567f8f9f0ab0c1d2e3f405162738495a6b",
            "expires_at": now() as i64 + seconds,
            "token_type": "Bearer",
            "scope": "activity:read_all profile:read_all read_all",
            "requested_scope": "activity:read_all profile:read_all read_all",
            "provider": provider,
            "client_id": "123456",
            "account": { "id": "227615", "name": "Mari Maasikas" },
        });
        let mut text = serde_json::to_string_pretty(&token).unwrap();
        text.push('\n');
        self.has("token.json", &text);
    }

    /// A file that is the owner's alone.
    pub fn has(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A command that runs here, and finds nothing in its environment but this.
    pub fn command(&self, program: &Program) -> Command {
        let mut command = program.command();
        command
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.folder())
            .env("SSL_CERT_FILE", self.path("authority.pem"))
            .env("LOOPIN_INTERACTIVE", "always");
        command
    }

    /// How long a shell waits for `$(PROGRAM)`, in milliseconds.
    pub fn times(&self, program: &Program) -> f64 {
        let mut command = self.command(program);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        time(|| {
            let mut child = command.spawn().unwrap();
            let mut output = String::new();
            let stdout = child.stdout.as_mut().unwrap();
            stdout.read_to_string(&mut output).unwrap();
            assert!(child.wait().unwrap().success(), "{output}");
        })
    }
}
