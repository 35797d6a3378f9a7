//! make, which runs many recipes at once: they share one login.

use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::support::{LONG, tool};
use crate::support::World;

/// As in the README, eight times over.
const SYNC: &str = r#"
.PHONY: login
all: $(addprefix sync.,1 2 3 4 5 6 7 8)
login: ; @loopin login
sync.%: login ; @loopin exec -- sh -c 'echo "$$ACME_ACCESS_TOKEN"' >$@
"#;

const NOBODY: [(&str, &str); 1] = [("LOOPIN_INTERACTIVE", "never")];

const HERD: &str = r#"
all: $(addprefix token.,$(shell seq 64))
token.%: ; @loopin token >$@
"#;

/// Two recipes that wait for each other: they end only where both may run at once.
const JOBSERVER: &str = r#"
outer: ; +@loopin exec -- $(MAKE) inner
inner: give take
give: ; @echo "$$ACME_ACCESS_TOKEN" >pipe
take: ; @cat pipe
"#;

#[test]
#[ignore = "needs make: tests/run"]
fn recipes_side_by_side_depend_on_one_login() {
    let world = World::like_strava();
    world.has_expired_token();
    for _ in 0..2 {
        let made = Make::starts(&world, SYNC, &["-j8"]).ends();
        assert!(made.status.success(), "{}", made.stderr);
        let tokens = (1..=8).map(|n| world.read(&format!("sync.{n}")));
        let wanted = world.server.current_access_token() + "\n";
        assert!(tokens.into_iter().all(|token| token == wanted));
        assert_eq!(world.server.refreshes(), 1);
    }
}

#[test]
#[ignore = "needs make: tests/run"]
fn make_stops_where_a_login_is_needed_and_nobody_could_click() {
    let world = World::like_strava();
    let made = Make::starts(&world, SYNC, &["-j8"]).ends();
    assert_eq!(made.status.code(), Some(2));
    assert!(made.stderr.contains("loopin: error: "), "{}", made.stderr);
    assert!(made.stderr.contains("Error 3"), "{}", made.stderr);
    assert!(!world.path("sync.1").exists());
}

#[test]
#[ignore = "needs make: tests/run"]
fn sixty_four_recipes_at_once_make_one_refresh() {
    let world = World::like_strava();
    world.has_expired_token();
    let made = Make::starts(&world, HERD, &["-j64"]).ends();
    assert!(made.status.success(), "{}", made.stderr);
    let wanted = world.token()["access_token"].as_str().unwrap().to_owned() + "\n";
    let tokens: Vec<_> = (1..=64)
        .map(|n| world.read(&format!("token.{n}")))
        .collect();
    assert!(tokens.iter().all(|token| *token == wanted), "{tokens:?}");
    assert_eq!((world.server.refreshes(), world.server.reused()), (1, 0));
}

#[test]
#[ignore = "needs make: tests/run"]
fn a_make_that_exec_starts_takes_part_in_the_jobserver() {
    let world = World::like_strava();
    world.has_expired_token();
    let mkfifo = Command::new("mkfifo").arg(world.path("pipe")).status();
    assert!(mkfifo.unwrap().success());
    let made = Make::starts(&world, JOBSERVER, &["-j2"]).ends();
    assert!(made.status.success(), "{}", made.stderr);
    assert!(!made.stderr.contains("jobserver"), "{}", made.stderr);
    let token = world.server.current_access_token();
    assert!(made.stdout.contains(&token), "{}", made.stdout);
}

#[test]
#[ignore = "needs make: tests/run"]
fn ctrl_c_during_a_refresh_loses_no_token() {
    let world = World::like_strava();
    world.has_expired_token();
    let old = world.token();
    let held = world.server.holds_its_answer();
    let make = Make::starts(&world, SYNC, &["-j8"]);
    held.wait_until_asked();
    make.is_interrupted();
    held.release();
    let made = make.ends();
    assert_eq!(made.status.signal(), Some(2), "{}", made.stderr);
    assert_ne!(world.token()["refresh_token"], old["refresh_token"]);
    world.run("refresh").finish().ends(0);
}

/// The same Makefile where nobody could click: what it said, or how the login in it ended.
#[track_caller]
fn makes(world: &World, env: &[(&str, &str)]) -> Result<String, String> {
    let env: Vec<_> = NOBODY.iter().chain(env).copied().collect();
    let made = Make::starts_with(world, SYNC, &["-j8"], &env).ends();
    if made.status.success() {
        return Ok(made.stderr);
    }
    let code = made.stderr.split(": login] ").nth(1);
    Err(code.map_or(made.stderr.clone(), |code| code.trim().to_owned()))
}

#[test]
#[ignore = "needs make: tests/run"]
fn a_clean_state_is_one_browser_and_an_unticked_scope_none_but_a_warning() {
    let world = World::like_strava();
    let browser = world.browser();
    let interactive = [
        ("LOOPIN_INTERACTIVE", "always"),
        ("LOOPIN_BROWSER", browser.command()),
    ];
    let make = Make::starts_with(&world, SYNC, &["-j8"], &interactive);
    let url = browser.is_opened().arguments.pop().unwrap();
    world.person(&url).approve_only(&["read"]);
    assert!(make.ends().status.success());
    let again = makes(&world, &[]).unwrap();
    assert!(
        again.contains("did not grant: activity:read_all"),
        "{}",
        again
    );
    assert_eq!(world.server.token_requests().len(), 1);
}

#[test]
#[ignore = "needs make: tests/run"]
fn secrets_that_are_newer_than_the_token_are_no_reason_to_do_anything() {
    let world = World::like_strava();
    world.is_logged_in();
    let (token, secrets) = (world.read("token.json"), world.read("client_secrets.txt"));
    world.writes("client_secrets.txt", secrets);
    assert!(makes(&world, &[]).is_ok());
    assert_eq!(world.read("token.json"), token);
    assert_eq!(world.server.token_requests().len(), 1);
}

#[test]
#[ignore = "needs make: tests/run"]
fn without_a_network_a_valid_token_is_enough_and_an_expired_one_is_kept() {
    let world = World::like_strava();
    world.is_logged_in();
    world.provider_has("token_endpoint", "\"http://127.0.0.1:1/oauth/token\"");
    assert!(makes(&world, &[]).is_ok());
    world.token_is_expired();
    let token = world.read("token.json");
    assert_eq!(makes(&world, &[]).unwrap_err(), "Error 5");
    assert_eq!(world.read("token.json"), token);
}

#[test]
#[ignore = "needs make: tests/run"]
fn a_full_disk_spends_no_refresh_token_and_room_on_it_mends_all() {
    let world = World::like_strava();
    world.is_logged_in();
    assert!(makes(&world, &[("BLOCKS", "1")]).is_ok());
    world.token_is_expired();
    assert_eq!(makes(&world, &[("BLOCKS", "1")]).unwrap_err(), "Error 7");
    assert_eq!(world.server.refreshes(), 0);
    assert!(makes(&world, &[]).is_ok());
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
#[ignore = "needs make: tests/run"]
fn after_a_kill_during_a_refresh_the_file_is_whole_and_a_login_mends_the_rest() {
    let world = World::like_strava();
    world.has_expired_token();
    let token = world.read("token.json");
    let held = world.server.holds_its_answer();
    let make = Make::starts(&world, SYNC, &["-j8"]);
    held.wait_until_asked();
    assert!(make.is_sent("KILL"));
    held.release();
    assert_eq!(make.ends().status.signal(), Some(9));
    assert_eq!(world.read("token.json"), token);
    world.server.forgets_all_grants();
    assert_eq!(makes(&world, &[]).unwrap_err(), "Error 3");
    world.is_logged_in();
    assert!(makes(&world, &[]).is_ok());
}

/// A make with a process group of its own, as a shell would start it.
struct Make {
    group: u32,
    made: Receiver<Made>,
}

struct Made {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

impl Make {
    fn starts(world: &World, makefile: &str, args: &[&str]) -> Make {
        Make::starts_with(world, makefile, args, &NOBODY)
    }

    fn starts_with(world: &World, makefile: &str, args: &[&str], env: &[(&str, &str)]) -> Make {
        world.writes("Makefile", makefile);
        let loopin = Path::new(env!("CARGO_BIN_EXE_loopin")).parent().unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = [loopin.to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&path));
        let mut child = Command::new("sh")
            .args([
                "-c",
                "trap '' XFSZ; ulimit -f ${BLOCKS-unlimited}; exec \"$@\"",
                "sh",
            ])
            .arg(tool("make"))
            .args(args)
            .current_dir(world.folder())
            .env_clear()
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("HOME", world.path("home"))
            .env("LOOPIN_PROVIDER", "./acme.toml")
            .envs(env.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let (group, (tell, made)) = (child.id(), channel());
        thread::spawn(move || {
            let stdout = all_of(child.stdout.take().unwrap());
            let stderr = all_of(child.stderr.take().unwrap());
            let status = child.wait().unwrap();
            let (stdout, stderr) = (stdout.join().unwrap(), stderr.join().unwrap());
            tell.send(Made {
                status,
                stdout,
                stderr,
            })
        });
        Make { group, made }
    }

    /// Ctrl-C at a terminal reaches make and all that it started.
    fn is_interrupted(&self) {
        assert!(self.is_sent("INT"));
    }

    /// How it ended, and everything that it started.
    fn ends(self) -> Made {
        let made = self.made.recv_timeout(LONG);
        made.expect("make ends")
    }

    fn is_sent(&self, signal: &str) -> bool {
        let group = format!("-{}", self.group);
        let kill = Command::new("kill")
            .args(["-s", signal, "--", &group])
            .stderr(Stdio::null())
            .status();
        kill.unwrap().success()
    }
}

impl Drop for Make {
    fn drop(&mut self) {
        if thread::panicking() {
            self.is_sent("KILL");
        }
    }
}

fn all_of(mut stream: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text);
        text
    })
}
