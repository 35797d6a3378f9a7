//! A server that others wrote: it says where it is in one line of JSON, and ends when its standard input is closed.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::support::{Home, Lines, installed, tool};

pub struct Server {
    facts: Value,
    said: Lines,
    process: Child,
}

impl Server {
    /// `oidc-provider`, certified, which demands PKCE and sends `iss`; in this much not as its script has it.
    pub fn oidc_provider(otherwise: &Value) -> Self {
        let mut node = Command::new(tool("node"));
        node.arg(script("oidc-provider.mjs"))
            .arg(installed("node_modules/oidc-provider/lib/index.js"))
            .arg(otherwise.to_string());
        Self::started_by(node)
    }

    /// Django OAuth Toolkit, in this much not as its script has it.
    pub fn django_oauth_toolkit(otherwise: &Value) -> Self {
        let mut python = Command::new(installed("venv/bin/python"));
        python
            .arg(script("django-oauth-toolkit.py"))
            .arg(otherwise.to_string())
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Self::started_by(python)
    }

    fn started_by(mut command: Command) -> Self {
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = streams.stderr(Stdio::null()).spawn().unwrap();
        let said = Lines::of(process.stdout.take().unwrap());
        let mut server = Self {
            facts: Value::Null,
            said,
            process,
        };
        server.facts = server.says();
        server
    }

    /// The next thing that it says.
    pub fn says(&self) -> Value {
        let line = self.said.until(|line| line.starts_with('{'));
        serde_json::from_str(&line).unwrap()
    }

    /// What it said of itself.
    pub fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap()
    }

    /// Any command, where it is known by its issuer.
    pub fn asked_to(&self, command: &str) -> String {
        format!("{command} --provider {}", self.fact("issuer"))
    }

    /// The login, for a person who opens the URL by hand.
    pub fn login(&self) -> String {
        self.asked_to("login") + " --interactive always --port 0 --browser none"
    }

    /// A home that has the secret of its confidential client.
    pub fn home(&self) -> Home {
        let home = Home::new();
        home.write_secret("client_secrets.txt", &self.secrets());
        home
    }

    /// The content of `client_secrets.txt`.
    pub fn secrets(&self) -> String {
        let [id, secret] = ["client_id", "client_secret"].map(|name| self.fact(name));
        format!("{id},{secret}\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn script(name: &str) -> String {
    format!("{}/tests/real/{name}", env!("CARGO_MANIFEST_DIR"))
}
