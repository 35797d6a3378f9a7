//! Another machine that one is at by SSH: `sshd` on loopback, as the user who runs the tests.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use super::support::{Home, Lines, tool};
use crate::ports::free_port;

pub struct Sshd {
    folder: TempDir,
    port: u16,
    child: Child,
}

impl Sshd {
    pub fn start() -> Sshd {
        let folder = tempfile::tempdir().unwrap();
        for name in ["host", "person"] {
            let mut keygen = Command::new(tool("ssh-keygen"));
            keygen
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.path().join(name));
            assert!(keygen.status().unwrap().success());
        }
        let (port, path) = (free_port(), folder.path().display());
        let config = format!(
            "ListenAddress 127.0.0.1:{port}\nHostKey {path}/host\nAuthorizedKeysFile {path}/person.pub\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nPidFile none\n"
        );
        std::fs::write(folder.path().join("sshd_config"), config).unwrap();
        let host = std::fs::read_to_string(folder.path().join("host.pub")).unwrap();
        let known = format!("[127.0.0.1]:{port} {host}");
        std::fs::write(folder.path().join("known_hosts"), known).unwrap();
        // Root's sshd wants it; the package makes it when the system starts.
        let _ = std::fs::create_dir("/run/sshd");
        let mut sshd = Command::new(program());
        sshd.args(["-D", "-e", "-f"])
            .arg(folder.path().join("sshd_config"));
        sshd.stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = sshd.spawn().unwrap();
        let log = Lines::of(child.stderr.take().unwrap());
        log.until(|line| line.contains("Server listening"));
        Sshd {
            folder,
            port,
            child,
        }
    }

    /// Runs a command of `loopin` there, at a terminal.
    pub fn runs(&self, home: &Home, command: &str) -> Session {
        let folder = home.path("");
        let (folder, loopin) = (folder.display(), env!("CARGO_BIN_EXE_loopin"));
        let command = format!("cd {folder} && exec env HOME={folder} {loopin} {command}");
        let port = self.port.to_string();
        self.ssh(&["-tt", "-p", &port, "127.0.0.1", &command])
    }

    /// The command line that somebody was told to run, and then nothing there.
    pub fn obeys(&self, line: &str) -> Session {
        let words: Vec<_> = line.split(' ').collect();
        assert_eq!(words[0], "ssh", "{line}");
        self.ssh(&[&["-N"], &words[1..]].concat())
    }

    fn ssh(&self, args: &[&str]) -> Session {
        let path = self.folder.path().display();
        let mut ssh = Command::new(tool("ssh"));
        ssh.env("TERM", "dumb")
            .args(["-F", "none", "-o", "IdentitiesOnly=yes"]);
        ssh.arg("-i").arg(self.folder.path().join("person"));
        ssh.arg("-o")
            .arg(format!("UserKnownHostsFile={path}/known_hosts"));
        ssh.args(["-o", "ExitOnForwardFailure=yes", "-o", "BatchMode=yes"])
            .args(args);
        ssh.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = ssh.spawn().unwrap();
        Session {
            keyboard: child.stdin.take().unwrap(),
            screen: Lines::of(child.stdout.take().unwrap()),
            child,
        }
    }
}

/// Not where the programs for everybody are.
fn program() -> PathBuf {
    let program = PathBuf::from("/usr/sbin/sshd");
    if program.exists() {
        program
    } else {
        tool("sshd")
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An `ssh` that runs, and what comes from the other side.
pub struct Session {
    child: Child,
    keyboard: ChildStdin,
    pub screen: Lines,
}

impl Session {
    pub fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// How it ended, and what was said since it was last listened to.
    pub fn end(mut self) -> (Option<i32>, String) {
        let said = self.screen.rest();
        (self.child.wait().unwrap().code(), said)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
