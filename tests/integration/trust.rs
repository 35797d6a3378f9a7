//! Who is believed: neither a file in a cloned folder nor a new app at the provider draws a secret to strangers, and
//! neither somebody else's file nor one that is no token is ours.

use std::fs::{self, Permissions};
use std::io::ErrorKind;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::process::Command;

use crate::support::*;

/// A server that nobody should ever talk to.
pub struct Trap(TcpListener);

impl Trap {
    pub fn set() -> Trap {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Trap(listener)
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.0.local_addr().unwrap())
    }

    #[track_caller]
    pub fn is_untouched(&self) {
        let visit = self.0.accept().map_err(|error| error.kind());
        assert_eq!(visit.unwrap_err(), ErrorKind::WouldBlock);
    }
}

/// A folder whose token names a provider file of its own, which leads to a trap.
fn cloned_folder() -> (World, Trap) {
    let world = World::like_strava();
    world.has_expired_token();
    let trap = Trap::set();
    for endpoint in ["token_endpoint", "userinfo_endpoint", "revocation_endpoint"] {
        world.provider_has(endpoint, &format!("{:?}", trap.url("/")));
    }
    (world, trap)
}

#[test]
fn a_provider_that_only_the_token_file_names_gets_no_secret() {
    for command in ["token", "refresh", "whoami", "logout", "login"] {
        let (world, trap) = cloned_folder();
        let command = match command {
            "login" => world.login(),
            _ => world.run(command),
        };
        let outcome = command.without("--provider").finish();
        outcome.ends(USAGE).says("--provider").opened_nothing();
        outcome.left_the_token_alone();
        trap.is_untouched();
    }
    let (world, trap) = cloned_folder();
    let exec = world.run("exec").without("--provider");
    let outcome = exec.args(&["--", "echo", "started"]).finish();
    outcome.ends(EXEC).prints_nothing();
    outcome
        .says("loopin: error: usage (2): ")
        .says("--provider");
    trap.is_untouched();
}

#[test]
fn a_logout_that_is_refused_does_not_say_that_the_login_ends() {
    let (world, trap) = cloned_folder();
    let logout = world.run("logout").without("--provider").finish();
    logout.ends(USAGE).never_says("everywhere");
    trap.is_untouched();
}

#[test]
fn nor_does_it_get_one_from_the_variables_that_it_names() {
    for prefix in ["ACME", "STRAVA", "LOOPIN"] {
        let (world, trap) = cloned_folder();
        world.provider_has("env_prefix", &format!("{prefix:?}"));
        world.removes("client_secrets.txt");
        let secret = world.marks.word(Secret::Client);
        let token = world.run("token").without("--provider");
        let token = token.env(&format!("{prefix}_CLIENT_ID"), "123456");
        let token = token.env(&format!("{prefix}_CLIENT_SECRET"), &secret);
        let outcome = token.finish();
        outcome.ends(USAGE).prints_nothing().left_the_token_alone();
        trap.is_untouched();
    }
}

#[test]
fn a_provider_that_the_command_itself_names_gets_it() {
    let world = World::like_strava();
    world.has_expired_token();
    let token = world.run("token").without("--provider");
    token
        .env("LOOPIN_PROVIDER", "./acme.toml")
        .finish()
        .ends(OK);
    assert_eq!(world.server.refreshes(), 1);
    world.token_is_expired();
    world.run("token").finish().ends(OK);
    assert_eq!(world.server.refreshes(), 2);
}

#[test]
fn a_public_client_has_no_secret_that_could_be_drawn_anywhere() {
    let world = World::of_a_public_client();
    world.has_expired_token();
    let token = world.run("token").without("--provider").finish();
    token.ends(OK);
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn a_valid_token_of_a_provider_that_nobody_named_is_only_read() {
    let (world, trap) = cloned_folder();
    world.edits_token(|token| token["expires_at"] = 4_000_000_000_u64.into());
    let token = world.run("token").without("--provider").finish();
    token.ends(OK).left_the_token_alone();
    trap.is_untouched();
}

/// Another app is registered at the provider now, and `client_secrets.txt` has its id and secret.
fn has_another_app(world: &World) {
    let secret = world.marks.word(Secret::Client);
    world.writes("client_secrets.txt", format!("654321,{secret}\n"));
    world
        .server
        .rules(|rules| rules.client_id = "654321".into());
}

#[test]
fn a_token_of_another_app_is_not_this_ones_even_if_it_is_valid() {
    for expired in [false, true] {
        let world = World::like_strava();
        world.is_logged_in();
        if expired {
            world.token_is_expired();
        }
        has_another_app(&world);
        let token = world.run("token").finish();
        token.ends(LOGIN).prints_nothing().says("loopin login");
        let exec = world.run("exec").args(&["--", "echo", "started"]).finish();
        exec.ends(EXEC).prints_nothing();
        exec.says("loopin: error: login needed (3): ");
        exec.left_the_token_alone().asked_for_a_token(1);
    }
}

#[test]
fn another_app_may_be_named_by_an_option_or_by_variables_too() {
    let world = World::like_strava();
    world.is_logged_in();
    let option = world.run("token").with("--client-id", "654321");
    option.finish().ends(LOGIN).prints_nothing();
    let secret = world.marks.word(Secret::Client);
    let variables = world.run("token").env("ACME_CLIENT_ID", "654321");
    let variables = variables.env("ACME_CLIENT_SECRET", &secret);
    variables.finish().ends(LOGIN).prints_nothing();
    let same = world.run("token").with("--client-id", "123456");
    same.finish().ends(OK).asked_for_a_token(1);
}

#[test]
fn the_refresh_token_of_the_old_app_is_sent_nowhere() {
    let world = World::like_strava();
    world.has_expired_token();
    has_another_app(&world);
    for command in ["token", "refresh", "whoami", "logout"] {
        let outcome = world.run(command).finish();
        outcome.prints_nothing().left_the_token_alone();
        assert_ne!(outcome.status.code(), Some(OK), "{command}");
        outcome.asked_for_a_token(1);
    }
    let outcome = world.login().approved();
    outcome.ends(OK).has_token("/client_id", "654321");
    assert_eq!(world.server.refreshes(), 0);
    assert!(world.server.revocations().is_empty());
    world.run("token").finish().ends(OK);
}

#[test]
fn a_token_of_the_demo_is_nobodys() {
    let world = World::like_strava();
    let demo = Loopin::new(&world, "demo").flag("--headless").finish();
    demo.ends(OK).has_token("/provider", "demo");
    let token = world.run("token").finish();
    token.ends(LOGIN).prints_nothing().left_the_token_alone();
    let logout = world.run("logout").finish();
    logout.ends(OK);
    assert!(!world.path("token.json").exists());
    assert!(world.server.revocations().is_empty());
}

#[test]
fn a_token_that_others_can_read_becomes_private() {
    for (command, mode) in [("token", 0o644), ("exec", 0o666), ("login", 0o640)] {
        let world = World::like_strava();
        world.is_logged_in();
        let (path, before) = (world.path("token.json"), world.read("token.json"));
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let command = || match command {
            "exec" => world.run("exec").args(&["--", "true"]),
            command => world.run(command),
        };
        command().finish().ends(OK).says("loopin: warning: ");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(world.read("token.json"), before);
        command().finish().ends(OK).never_says("warning: ");
    }
}

#[test]
fn a_token_with_a_second_name_is_warned_about() {
    let world = World::like_strava();
    world.is_logged_in();
    fs::hard_link(world.path("token.json"), world.path("copy.json")).unwrap();
    let outcome = world.run("token").finish();
    outcome
        .ends(OK)
        .prints_the_token()
        .says("loopin: warning: ");
    outcome.left_the_token_alone();
}

/// Somebody else's file stands at `name`: a token where the tests may give files away, else one of the system's own.
fn is_somebody_elses(world: &World, name: &str) {
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        chown(world.path(name), Some(65534), None).unwrap();
    } else {
        world.removes(name);
        symlink("/etc/passwd", world.path(name)).unwrap();
    }
}

#[test]
fn a_token_that_somebody_else_put_there_is_refused() {
    for linked in [false, true] {
        let world = World::like_strava();
        world.is_logged_in();
        if linked {
            fs::rename(world.path("token.json"), world.path("real.json")).unwrap();
            symlink("real.json", world.path("token.json")).unwrap();
        }
        is_somebody_elses(&world, if linked { "real.json" } else { "token.json" });
        world.run("token").finish().ends(LOCAL).prints_nothing();
        world.login().finish().ends(LOCAL).opened_nothing();
        world.run("refresh").finish().ends(LOCAL);
        assert_eq!(world.server.refreshes(), 0);
    }
}

#[test]
fn what_is_no_token_is_left_alone_and_a_login_asked_for() {
    let world = World::like_strava();
    let large = " ".repeat(2 << 20) + "{\"access_token\":\"a\"}";
    let bytes: [&[u8]; 9] = [
        b"",
        b"\0\0\0\0\0\0\0\0",
        b"{}",
        b"[]",
        b"not JSON",
        b"{\"access_token\":\"a\"",
        b"{\"access_token\":\"a\"}970}",
        b"{\"access_token\":\"\xff\"}",
        large.as_bytes(),
    ];
    for content in bytes {
        world.writes("token.json", content);
        let outcome = world.run("token").finish();
        outcome.ends(LOGIN).prints_nothing().says("token.json");
        outcome.left_the_token_alone().opened_nothing();
    }
    assert_eq!(world.server.connections(), 0);
}

#[test]
fn what_is_no_file_is_left_alone_and_not_waited_for() {
    let pipe = |world: &World| {
        let mut mkfifo = Command::new("mkfifo");
        let made = mkfifo.arg(world.path("token.json")).status();
        assert!(made.unwrap().success());
    };
    let folder = |world: &World| fs::create_dir(world.path("token.json")).unwrap();
    let link =
        |to: &'static str| move |world: &World| symlink(to, world.path("token.json")).unwrap();
    let (device, nothing) = (link("/dev/null"), link("nowhere/token.json"));
    let makes: [&dyn Fn(&World); 4] = [&pipe, &folder, &device, &nothing];
    for make in makes {
        let world = World::like_strava();
        make(&world);
        let kind = || {
            fs::symlink_metadata(world.path("token.json"))
                .unwrap()
                .mode()
        };
        let before = kind();
        world.run("token").finish().ends(LOGIN).prints_nothing();
        world.run("logout").finish().ends(LOCAL);
        assert_eq!(kind(), before);
    }
}

#[test]
fn the_variables_for_a_provider_that_the_command_names_are_not_forgotten_but_asked_about() {
    let world = World::like_strava();
    world.has_expired_token();
    let unnamed = world
        .read("acme.toml")
        .replace("env_prefix = \"ACME\"\n", "");
    world.writes("acme.toml", unnamed);
    world.removes("client_secrets.txt");
    let secret = world.marks.word(Secret::Client);
    let token = world
        .run("token")
        .env("LOOPIN_CLIENT_ID", "123456")
        .env("LOOPIN_CLIENT_SECRET", &secret);
    let outcome = token.without("--provider").finish();
    outcome.ends(USAGE).says("--provider").after_refreshes(0);
}
