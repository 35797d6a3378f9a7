//! What every real test needs: a home, the program in it, and waiting for what happens.

use std::fs::{File, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Far more than anything here takes: what has not happened by then will not.
pub const LONG: Duration = Duration::from_secs(60);

/// Asks until there is an answer.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        match ask() {
            Some(answer) => return answer,
            None if started.elapsed() > LONG => panic!("waited in vain for {what}"),
            None => thread::park_timeout(Duration::from_millis(20)),
        }
    }
}

/// The command that logs in at the provider of `file`, on any free port.
pub fn login_at(file: &str) -> String {
    format!("login --provider ./{file} --interactive always --port 0")
}

/// The same, for a person who opens the URL by hand.
pub fn login_without_browser(file: &str) -> String {
    login_at(file) + " --browser none"
}

/// The port that an authorization URL's `redirect_uri` names.
pub fn redirect_port(url: &str) -> u16 {
    let at = url
        .split("redirect_uri=http%3A%2F%2F127.0.0.1%3A")
        .nth(1)
        .expect(url);
    at.split('%').next().unwrap().parse().unwrap()
}

/// A program that the machine must have.
pub fn tool(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("this test needs {name}: `tests/run` installs it and runs all tests")
    })
}

/// What `tests/run` installed from npm or PyPI, by its path in the folder of the two.
pub fn installed(path: &str) -> PathBuf {
    let folder = std::env::var_os("LOOPIN_TEST_TOOLS").map(PathBuf::from);
    let found = folder
        .map(|folder| folder.join(path))
        .filter(|found| found.exists());
    found.unwrap_or_else(|| {
        panic!("this test needs {path}: `tests/run` installs it and runs all tests")
    })
}

/// Lines of a stream as they come. They are read to the end on a thread of its own, so that no writer blocks or breaks.
pub struct Lines(Receiver<String>);

impl Lines {
    pub fn of(stream: impl Read + Send + 'static) -> Self {
        let (lines, receiver) = channel();
        thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        Self(receiver)
    }

    /// The first line from here on that is `wanted`.
    pub fn until(&self, wanted: impl Fn(&str) -> bool) -> String {
        let mut seen = Vec::new();
        self.find(|line| {
            seen.push(line.to_owned());
            wanted(line)
        })
        .unwrap_or_else(|| panic!("ended with only\n{}", seen.join("\n")))
    }

    /// The same, or nothing if the stream ends without it.
    pub fn find(&self, mut wanted: impl FnMut(&str) -> bool) -> Option<String> {
        loop {
            match self.0.recv_timeout(LONG) {
                Ok(line) if wanted(&line) => return Some(line),
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("does not go on"),
            }
        }
    }

    /// Everything from here to the end.
    pub fn rest(&self) -> String {
        let mut rest = String::new();
        self.find(|line| {
            rest = format!("{rest}{line}\n");
            false
        });
        rest
    }
}

/// An empty folder that is both home and working directory.
pub struct Home(TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// As `write`, readable by nobody else.
    pub fn write_secret(&self, name: &str, content: &str) {
        self.write(name, content);
        self.allow(name, 0o600);
    }

    pub fn write_program(&self, name: &str, content: &str) {
        self.write(name, content);
        self.allow(name, 0o700);
    }

    fn allow(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn token(&self) -> Value {
        serde_json::from_str(&self.read("token.json")).unwrap()
    }

    /// Lets the stored access token have expired long ago.
    pub fn expire(&self) {
        let mut token = self.token();
        token["expires_at"] = 1_500_000_000.into();
        self.write_secret("token.json", &token.to_string());
    }

    /// The scopes in `token.json`.
    pub fn scopes(&self) -> Vec<String> {
        let token = self.token();
        token["scope"]
            .as_str()
            .unwrap()
            .split(' ')
            .map(String::from)
            .collect()
    }

    /// Starts `loopin` in an environment that has nothing but PATH and HOME.
    pub fn start(&self, args: &str) -> Loopin {
        Loopin::started_by(self.loopin(args))
    }

    /// The same, up to its end.
    pub fn run(&self, args: &str) -> Ended {
        self.start(args).ended()
    }

    pub fn start_with(&self, args: &str, name: &str, value: &Path) -> Loopin {
        let mut loopin = self.loopin(args);
        loopin.env(name, value);
        Loopin::started_by(loopin)
    }

    /// `loopin … > FILE`
    pub fn start_into(&self, file: &str, args: &str) -> Loopin {
        let mut loopin = self.loopin(args);
        loopin.stdout(File::create(self.path(file)).unwrap());
        Loopin::started_by(loopin)
    }

    /// A line of a shell in which `"$loopin"` is the program.
    pub fn start_in_shell(&self, line: &str) -> Loopin {
        let mut shell = self.command("sh");
        shell.args(["-c", line]);
        shell.env("loopin", env!("CARGO_BIN_EXE_loopin"));
        Loopin::started_by(shell)
    }

    fn loopin(&self, args: &str) -> Command {
        let mut loopin = self.command(env!("CARGO_BIN_EXE_loopin"));
        loopin.args(args.split_whitespace());
        loopin
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap();
        command
            .current_dir(self.0.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.0.path());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// How a `loopin` ended.
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A running `loopin`, ended when it goes out of sight.
pub struct Loopin {
    child: Child,
    stdout: Option<Lines>,
    pub stderr: Lines,
}

impl Loopin {
    fn started_by(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().map(Lines::of);
        let stderr = Lines::of(child.stderr.take().unwrap());
        Self {
            child,
            stdout,
            stderr,
        }
    }

    /// The authorization URL that it prints on a line of its own.
    pub fn authorize_url(&self) -> String {
        self.stderr
            .until(|line| line.trim().starts_with("http"))
            .trim()
            .to_owned()
    }

    /// How a login ended: its exit code and what it said on stderr since it was last listened to.
    pub fn end(self) -> (i32, String) {
        let ended = self.ended();
        assert_eq!(ended.stdout, "", "a login has nothing to say on stdout");
        (ended.code, ended.stderr)
    }

    pub fn ended(mut self) -> Ended {
        let stderr = self.stderr.rest();
        let stdout = self.stdout.as_ref().map_or(String::new(), Lines::rest);
        let code = self.child.wait().unwrap();
        Ended {
            code: code.code().expect("loopin ends by itself"),
            stdout,
            stderr,
        }
    }
}

impl Drop for Loopin {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
