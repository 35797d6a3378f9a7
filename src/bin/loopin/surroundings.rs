//! Where the program runs, as far as that matters to a browser that has to reach it.

use std::{
    env,
    net::{IpAddr, SocketAddr},
    path::Path,
};

use loopin::Pending;

use crate::shell::quoted;

/// What stands between this machine and the person's browser.
pub(crate) struct Surroundings {
    /// What `ssh` on the person's own machine takes for this one.
    ssh: Option<String>,
    is_container: bool,
}

impl Surroundings {
    pub(crate) fn look() -> Self {
        let marks = ["/.dockerenv", "/run/.containerenv"];
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        Surroundings {
            ssh: env::var("SSH_CONNECTION")
                .ok()
                .filter(|it| !it.trim().is_empty())
                .map(|it| destination(&it)),
            is_container: marks.iter().any(|mark| Path::new(mark).exists())
                || is_set("container")
                || is_set("KUBERNETES_SERVICE_HOST"),
        }
    }

    pub(crate) fn is_ssh(&self) -> bool {
        self.ssh.is_some()
    }

    /// What there is instead of a graphical session.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Surroundings { ssh: Some(_), .. } => "this is an SSH session",
            Surroundings {
                is_container: true, ..
            } => "this is a container",
            _ => "there is no graphical session",
        }
    }

    /// How a browser elsewhere reaches the listener, unless the command was `told` where to listen.
    pub(crate) fn advice(&self, pending: &Pending, command: &str, told: bool) -> Vec<String> {
        let (port, listening_on) = (pending.redirect_port(), pending.listening_on());
        let mut advice = Vec::new();
        if let Some(destination) = &self.ssh {
            let target = match listening_on.ip() {
                ip if ip.is_unspecified() => {
                    SocketAddr::from(([127, 0, 0, 1], listening_on.port()))
                }
                _ => listening_on,
            };
            advice.push(format!(
                "first, on the machine with the browser: ssh -L {port}:{target} {destination}"
            ));
        }
        // Only a port that is known beforehand can be published.
        if self.is_container && !told && !pending.is_on_any_port() {
            advice.push(format!(
                "start this container with -p 127.0.0.1:{port}:{port}, and run in it: {command} --listen 0.0.0.0"
            ));
        }
        advice
    }
}

/// `SSH_CONNECTION` is the client's address and port, then the server's. An address that means something else elsewhere,
/// or nothing at all, is left to the person.
fn destination(connection: &str) -> String {
    let mut words = connection.split_whitespace().skip(2);
    let host = words.next().and_then(|host| host.parse::<IpAddr>().ok());
    let port = words.next().and_then(|port| port.parse::<u16>().ok());
    let user = env::var("USER").ok().filter(|user| !user.is_empty());
    let user = user.map(|user| format!("{user}@")).unwrap_or_default();
    let host = host.map_or("HOST".into(), |host| host.to_string());
    let port = port
        .filter(|port| *port != 22)
        .map(|port| format!(" -p {port}"));
    quoted(&format!("{user}{host}")) + &port.unwrap_or_default()
}
