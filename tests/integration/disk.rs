//! The token file and the disk below it: when they fail, nothing is spent and nothing is lost.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::*;
use crate::token::stored;

/// No file can be written to, though files can be created.
pub const FULL: [&str; 4] = ["sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "sh"];

/// As somebody whom the permissions of files concern, even where the tests run as root.
pub const WITHOUT_PRIVILEGES: [&str; 4] = [
    "sh",
    "-c",
    r#"[ "$(id -u)" != 0 ] || set -- setpriv --bounding-set=-dac_override,-dac_read_search -- "$@"
    exec "$@""#,
    "sh",
];

/// A folder that takes no new files, until the test is over.
struct ReadOnly<'w>(&'w World);

impl ReadOnly<'_> {
    fn new(world: &World) -> ReadOnly<'_> {
        fs::set_permissions(world.folder(), Permissions::from_mode(0o500)).unwrap();
        ReadOnly(world)
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        fs::set_permissions(self.0.folder(), Permissions::from_mode(0o700)).unwrap();
    }
}

/// Everything that can do without a write is done, and no refresh token is spent.
#[track_caller]
pub fn writes_nothing(world: &World, through: &[&str]) {
    world.token_is_good_for(7200);
    let outcome = world.run("token").through(through).finish();
    outcome.ends(OK).prints_the_token().left_the_token_alone();
    let longer = world.run("token").with("--min-ttl", "5h");
    let outcome = longer.through(through).finish();
    outcome
        .ends(OK)
        .prints_the_token()
        .says("loopin: warning: ");
    let refresh = world.run("refresh").through(through).finish();
    refresh.ends(LOCAL).left_the_token_alone();
    world.token_is_expired();
    let expired = world.run("token").through(through).finish();
    expired.ends(LOCAL).prints_nothing().says("token.json");
    let exec = world.run("exec").args(&["--", "echo", "started"]);
    let exec = exec.through(through).finish();
    exec.ends(EXEC).prints_nothing().says("error: local (7): ");
    exec.left_the_token_alone().after_refreshes(0);
}

#[test]
fn a_size_limit_is_found_before_the_refresh_token_is_spent() {
    let world = World::like_strava();
    world.is_logged_in();
    let limit = "ulimit -f 0; exec \"$@\"";
    writes_nothing(
        &world,
        &["env", "--default-signal=XFSZ", "sh", "-c", limit, "sh"],
    );
}

#[test]
fn a_full_disk_is_found_before_the_refresh_token_is_spent() {
    let world = World::like_strava();
    world.is_logged_in();
    writes_nothing(&world, &FULL);
    world.run("token").finish().ends(OK).prints_the_token();
}

#[test]
fn a_folder_that_takes_no_files_is_found_before_the_refresh_token_is_spent() {
    for locks in [true, false] {
        let world = World::like_strava();
        world.is_logged_in();
        if !locks {
            world.removes(".token.json.lock");
        }
        let read_only = ReadOnly::new(&world);
        writes_nothing(&world, &WITHOUT_PRIVILEGES);
        drop(read_only);
        world.run("token").finish().ends(OK).prints_the_token();
    }
}

#[test]
fn a_link_is_followed_and_kept_by_a_refresh() {
    let world = World::like_strava();
    world.has_expired_token();
    fs::create_dir(world.path("dotfiles")).unwrap();
    fs::rename(world.path("token.json"), world.path("dotfiles/token.json")).unwrap();
    symlink("dotfiles/token.json", world.path("token.json")).unwrap();
    world.removes(".token.json.lock");
    world.run("token").finish().ends(OK).prints_the_token();
    assert!(world.path("token.json").is_symlink());
    assert!(world.path("dotfiles/.token.json.lock").exists());
    assert!(!world.path(".token.json.lock").exists());
    assert_eq!(stored(&world), world.server.current_access_token());
}

#[test]
fn a_refreshed_token_is_its_owners_alone_under_any_umask() {
    for umask in ["000", "022", "077", "777"] {
        let world = World::like_strava();
        world.has_expired_token();
        // The checks after every command look at the mode.
        let token = world.run("token").under_umask(umask);
        token.finish().ends(OK).prints_the_token();
    }
}

#[test]
fn nothing_is_written_to_the_folder_for_temporary_files() {
    let world = World::like_strava();
    world.has_expired_token();
    let token = world.run("token").env("TMPDIR", "/nowhere");
    token.finish().ends(OK).prints_the_token();
}

#[test]
fn a_home_is_needed_by_nobody_while_all_goes_well() {
    let world = World::like_strava();
    world.is_logged_in();
    for home in ["", "relative", "/", "/proc/nowhere"] {
        for state in ["", "relative"] {
            world.token_is_expired();
            let token = world.run("token").env("HOME", home);
            let token = token.env("XDG_STATE_HOME", state).finish();
            token.ends(OK).prints_the_token();
        }
    }
    world.token_is_expired();
    let token = world.run("token").through(&["env", "-u", "HOME"]);
    token.finish().ends(OK).prints_the_token();
}

#[test]
fn a_token_that_finds_no_place_at_all_is_not_left_where_others_look() {
    let world = World::like_strava();
    world.has_expired_token();
    for home in ["", "relative", "/proc/nowhere"] {
        fs::create_dir(world.path("deep")).unwrap();
        fs::copy(world.path("token.json"), world.path("deep/token.json")).unwrap();
        world.server.rules(|rules| rules.rotation = Rotation::Keeps);
        let held = world.server.holds_its_answer();
        let token = world.run("token").with("--token-file", "deep/token.json");
        let token = token.env("HOME", home).start();
        held.wait_until_asked();
        fs::remove_dir_all(world.path("deep")).unwrap();
        held.release();
        // The checks after every command look at what is new, in the folder for temporary files too.
        token
            .finish()
            .ends(LOCAL)
            .prints_nothing()
            .says("deep/token.json");
        assert!(!world.path("relative").exists());
    }
}

/// What could not be stored where it belongs.
fn rescued(world: &World) -> Vec<String> {
    let names = world.snapshot().into_keys();
    let names = names.filter(|name| name.contains("/loopin/recovered/"));
    names.filter(|name| !name.ends_with(".lock")).collect()
}

/// A refresh has found a folder in its file's place; now the old file is back, with a refresh token that is spent.
pub fn has_a_rescued_token(world: &World) {
    world.has_expired_token();
    let document = world.read("token.json");
    let held = world.server.holds_its_answer();
    let token = world.run("token").start();
    held.wait_until_asked();
    world.removes("token.json");
    fs::create_dir(world.path("token.json")).unwrap();
    held.release();
    let outcome = token.finish();
    outcome.ends(LOCAL).prints_nothing();
    let rescued = rescued(world);
    assert_eq!(rescued.len(), 1, "{rescued:?}");
    outcome.says(&rescued[0]).after_refreshes(1);
    fs::remove_dir(world.path("token.json")).unwrap();
    world.writes("token.json", document);
}

#[test]
fn a_token_whose_folder_is_gone_is_rescued_too() {
    let world = World::like_strava();
    world.has_expired_token();
    fs::create_dir(world.path("deep")).unwrap();
    fs::copy(world.path("token.json"), world.path("deep/token.json")).unwrap();
    let held = world.server.holds_its_answer();
    let token = world.run("token").with("--token-file", "deep/token.json");
    let state = world.path("home/.local/state");
    let token = token.env("XDG_STATE_HOME", state.to_str().unwrap());
    let token = token.env("HOME", "/proc/nowhere").start();
    held.wait_until_asked();
    fs::remove_dir_all(world.path("deep")).unwrap();
    held.release();
    token.finish().ends(LOCAL).prints_nothing();
    let rescued = world.token_in(&rescued(&world)[0]);
    assert_eq!(rescued["access_token"], world.server.current_access_token());
}

#[test]
fn the_next_command_finds_what_was_rescued() {
    for command in ["token", "exec", "login", "status", "whoami"] {
        let world = World::like_strava();
        world.server.rules(|rules| rules.strict_userinfo = true);
        has_a_rescued_token(&world);
        let outcome = match command {
            "exec" => world.run("exec").args(&["--", "true"]).finish(),
            "login" => world.login().finish(),
            command => world.run(command).finish(),
        };
        outcome.ends(OK).opened_nothing().after_refreshes(1);
        outcome.says("it is in its place now");
        assert_eq!(stored(&world), world.server.current_access_token());
        assert_eq!(rescued(&world), [""; 0], "{command}");
        world.token_is_expired();
        let next = world.run("token").finish();
        next.ends(OK).prints_the_token().after_refreshes(2);
    }
}

#[test]
fn what_was_rescued_is_used_where_it_still_cannot_be_written() {
    let world = World::like_strava();
    has_a_rescued_token(&world);
    let read_only = ReadOnly::new(&world);
    for _ in 0..2 {
        let token = world.run("token").through(&WITHOUT_PRIVILEGES).finish();
        token.ends(OK).prints_the_token().left_the_token_alone();
    }
    drop(read_only);
    let outcome = world.run("token").finish();
    outcome.ends(OK).prints_the_token().after_refreshes(1);
    assert_eq!(stored(&world), world.server.current_access_token());
}

#[test]
fn a_logout_from_a_folder_that_keeps_its_files_says_so() {
    let world = World::like_strava();
    world.is_logged_in();
    let _read_only = ReadOnly::new(&world);
    for local in [false, true] {
        let logout = world.run("logout").through(&WITHOUT_PRIVILEGES);
        let logout = if local {
            logout.flag("--local")
        } else {
            logout
        };
        let outcome = logout.finish();
        outcome
            .ends(LOCAL)
            .says("token.json")
            .left_the_token_alone();
        assert!(world.server.revocations().is_empty(), "found too late");
    }
}

#[test]
fn a_refresh_goes_on_from_what_was_rescued() {
    let world = World::like_strava();
    has_a_rescued_token(&world);
    world.run("refresh").finish().ends(OK).after_refreshes(2);
    assert_eq!(stored(&world), world.server.current_access_token());
    assert_eq!(rescued(&world), [""; 0]);
    assert_eq!(world.server.reused(), 0);
}

#[test]
fn a_logout_ends_what_was_rescued_too() {
    for local in [false, true] {
        let world = World::like_strava();
        has_a_rescued_token(&world);
        let rescue = world.token_in(&rescued(&world)[0]);
        let logout = world.run("logout");
        let logout = if local {
            logout.flag("--local")
        } else {
            logout
        };
        logout.finish().ends(OK);
        assert!(!world.path("token.json").exists());
        assert_eq!(rescued(&world), [""; 0]);
        let revocations = world.server.revocations();
        let revoked: Vec<_> = revocations.iter().map(|form| form.get("token")).collect();
        let expected = [rescue["refresh_token"].as_str().unwrap()];
        assert_eq!(revoked, expected[usize::from(local)..]);
    }
}

#[test]
fn a_login_since_then_is_not_undone() {
    let world = World::like_strava();
    has_a_rescued_token(&world);
    let login = world.login().with("--token-file", "other.json");
    login.approved().ends(OK);
    fs::rename(world.path("other.json"), world.path("token.json")).unwrap();
    let outcome = world.run("token").finish();
    outcome.ends(OK).prints_the_token().left_the_token_alone();
}

#[test]
fn a_rescued_file_that_is_broken_is_no_obstacle() {
    let world = World::like_strava();
    has_a_rescued_token(&world);
    let rescue = rescued(&world);
    for content in ["", "{}", "not JSON"] {
        world.writes(&rescue[0], content);
        world.token_is_good_for(7200);
        let outcome = world.run("token").finish();
        outcome.ends(OK).left_the_token_alone();
    }
}

#[test]
fn what_was_rescued_and_is_valid_is_not_waited_for() {
    let world = World::like_strava();
    has_a_rescued_token(&world);
    let _lock = crate::locks::somebody_has_the_lock(&world);
    let patient = world.run("refresh").start();
    patient.wait_until_it_has_open(crate::herd::LOCK);
    let token = world.run("token").finish();
    token.ends(OK).prints_the_token().says("used from there");
    assert!(patient.is_still_running(), "token waited for the lock");
}

#[test]
fn a_folder_that_is_not_there_has_no_token() {
    let world = World::like_strava();
    for (command, code) in [("token", LOGIN), ("status", LOGIN), ("logout", OK)] {
        let run = world.run(command).with("--token-file", "none/token.json");
        run.finish().ends(code).says("none/token.json");
    }
}

#[test]
fn a_token_file_that_may_not_be_read_is_not_taken_for_none() {
    let world = World::like_strava();
    world.is_logged_in();
    let mode = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(world.path("token.json"), permissions).unwrap();
    };
    mode(0o200);
    for command in ["login", "token", "status", "logout"] {
        let run = world.run(command).through(&WITHOUT_PRIVILEGES).finish();
        run.ends(LOCAL).says("cannot read token.json");
    }
    mode(0o600);
    world.run("token").finish().ends(OK).prints_the_token();
}
