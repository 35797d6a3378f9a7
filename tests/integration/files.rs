//! The token file: what is taken for one, what is left alone, and how it is written.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::support::*;

/// Neither a login nor a forced one touches what is there; nobody is sent to a browser first.
#[track_caller]
fn is_left_alone(world: &World) {
    for login in [world.login(), world.login().flag("--force")] {
        let outcome = login.finish();
        outcome.ends(LOCAL).says("token.json").opened_nothing();
        outcome.left_the_token_alone().asked_for_a_token(0);
    }
}

#[test]
fn a_file_that_is_no_token_is_left_alone() {
    let world = World::like_strava();
    let token = format!(
        "{{\"access_token\":\"{}\"}}",
        world.marks.word(Secret::Access)
    );
    let large = " ".repeat(2 << 20) + &token;
    for content in [
        "",
        "\0\0\0\0\0\0\0\0",
        "[]",
        "{}",
        "null",
        "\"text\"",
        "not JSON",
        "{\"access_token\": 12}",
        "{\"athlete\": 12}",
        &token[1..],
        &token[..token.len() - 1],
        &format!("{token}970}}"),
        &large,
    ] {
        world.writes("token.json", content);
        is_left_alone(&world);
    }
}

#[test]
fn a_folder_in_the_files_place_is_left_alone() {
    let world = World::like_strava();
    fs::create_dir(world.path("token.json")).unwrap();
    is_left_alone(&world);
    assert!(world.path("token.json").is_dir());
}

#[test]
fn a_pipe_in_the_files_place_is_left_alone_and_not_waited_for() {
    let world = World::like_strava();
    let made = Command::new("mkfifo")
        .arg(world.path("token.json"))
        .status();
    assert!(made.unwrap().success());
    is_left_alone(&world);
}

#[test]
fn a_link_to_a_device_or_to_nothing_is_left_alone() {
    for target in ["/dev/null", "nowhere/token.json", "token.json"] {
        let world = World::like_strava();
        symlink(target, world.path("token.json")).unwrap();
        is_left_alone(&world);
    }
}

#[test]
fn a_link_to_a_token_is_followed_and_kept() {
    let world = World::like_strava();
    fs::create_dir(world.path("dotfiles")).unwrap();
    world.is_logged_in();
    fs::rename(world.path("token.json"), world.path("dotfiles/token.json")).unwrap();
    symlink("dotfiles/token.json", world.path("token.json")).unwrap();
    let before = world.token();
    world.login().flag("--force").approved().ends(OK);
    assert!(world.path("token.json").is_symlink());
    assert_ne!(world.token_in("dotfiles/token.json"), before);
}

/// The document that the tutorials of the field write.
fn writes_a_tutorials_file(world: &World, expires_at: u64) {
    let access = world.marks.word(Secret::Access);
    let refresh = world.marks.word(Secret::Refresh);
    let tokens = format!("\"access_token\":\"{access}-0\",\"refresh_token\":\"{refresh}-0\"");
    let document = format!("{{{tokens},\"expires_at\":{expires_at},\"note\":\"mine\"}}");
    world.writes("token.json", document);
}

#[test]
fn a_file_of_the_tutorials_is_taken_for_what_it_is() {
    let world = World::like_strava();
    writes_a_tutorials_file(&world, 4_000_000_000);
    let outcome = world.login().finish();
    outcome.ends(OK).says("loopin: warning: ").opened_nothing();
    outcome.asked_for_a_token(0);
}

#[test]
fn an_expired_file_of_the_tutorials_is_replaced_by_a_login() {
    let world = World::like_strava();
    writes_a_tutorials_file(&world, 1_500_000_000);
    let outcome = world.login().approved();
    // Its refresh token is one that the server never issued.
    outcome.ends(OK).asked_for_a_token(2);
    outcome
        .has_token("/note", "mine")
        .has_token("/account/id", "227615");
}

#[test]
fn a_byte_order_mark_before_the_token_does_no_harm() {
    let world = World::like_strava();
    world.is_logged_in();
    let document = world.read("token.json");
    world.writes("token.json", format!("\u{feff}{document}"));
    world.login().finish().ends(OK).opened_nothing();
}

#[test]
fn the_token_is_its_owners_alone_under_any_umask() {
    for umask in ["000", "022", "077", "777"] {
        let world = World::like_strava();
        // The checks after every login look at the mode.
        world.login().under_umask(umask).approved().ends(OK);
        assert!(world.token()["access_token"].is_string());
    }
}

#[test]
fn a_token_that_others_could_read_is_private_after_the_next_login() {
    let world = World::like_strava();
    world.is_logged_in();
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(world.path("token.json"), readable).unwrap();
    world.login().flag("--force").approved().ends(OK);
    let mode = fs::metadata(world.path("token.json"))
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
}

#[test]
fn a_folder_that_is_not_there_is_named_before_anybody_is_asked() {
    let world = World::like_strava();
    let outcome = world
        .login()
        .with("--token-file", "none/token.json")
        .finish();
    outcome.ends(LOCAL).says("none/token.json").opened_nothing();
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_takes_no_files_is_named_before_anybody_is_asked() {
    let world = World::like_strava();
    let outcome = world
        .login()
        .with("--token-file", "/proc/token.json")
        .finish();
    outcome
        .ends(LOCAL)
        .says("/proc/token.json")
        .opened_nothing();
}

#[test]
fn a_disk_that_takes_no_more_is_named_before_anybody_is_asked() {
    let world = World::like_strava();
    let full = "trap '' XFSZ; ulimit -f 1; exec \"$@\"";
    let outcome = world.login().through(&["sh", "-c", full, "sh"]).finish();
    outcome.ends(LOCAL).says("token.json").opened_nothing();
}

#[test]
fn the_token_goes_where_it_is_told_to_go() {
    let world = World::like_strava();
    fs::create_dir(world.path("deep")).unwrap();
    let login = world.login().with("--token-file", "deep/mine.json");
    let outcome = login.approved();
    outcome.ends(OK).has_token("/account/id", "227615");
    assert!(!world.path("token.json").exists());
}

#[test]
fn what_a_killed_login_left_behind_is_cleaned_up() {
    let world = World::like_strava();
    world.writes(".token.json.a1b2c3.tmp", "{}");
    world.is_logged_in();
    assert!(!world.path(".token.json.a1b2c3.tmp").exists());
}

#[test]
fn the_browser_hears_of_success_only_once_the_token_is_on_the_disk() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = world.login().start();
    let person = login.person();
    let page = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    fs::create_dir(world.path("token.json")).unwrap();
    held.release();
    page.join().unwrap().shows_no("You are logged in");
    login
        .finish()
        .ends(LOCAL)
        .says("token.json")
        .says("the token is in ")
        .never_says("logged in to");
    let folder = world.path("home/.local/state/loopin/recovered");
    let rescued = fs::read_dir(folder).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().ends_with(".json") && !name.to_string_lossy().starts_with('.')
    });
    assert_eq!(rescued.count(), 1);
}

#[test]
fn a_token_file_does_not_choose_where_the_secret_goes() {
    let world = World::like_strava();
    world.is_logged_in();
    world.token_is_expired();
    let outcome = world.login().without("--provider").finish();
    outcome.ends(USAGE).says("--provider").opened_nothing();
}

#[test]
fn a_token_of_another_provider_is_not_replaced_by_accident() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| token["provider"] = "elsewhere".into());
    let outcome = world.login().finish();
    outcome.ends(LOCAL).opened_nothing().left_the_token_alone();
    outcome
        .says("--token-file")
        .says("--force")
        .says("elsewhere");
}

#[test]
fn a_token_of_another_provider_is_replaced_by_force() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| token["provider"] = "elsewhere".into());
    let outcome = world.login().flag("--force").approved();
    outcome.ends(OK);
    assert_ne!(outcome.token()["provider"], "elsewhere");
}

#[test]
fn a_token_of_another_client_is_replaced_by_a_login() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| token["client_id"] = "654321".into());
    let outcome = world.login().approved();
    outcome.ends(OK).has_token("/client_id", "123456");
}

#[test]
fn a_folder_that_everybody_may_change_is_named() {
    let world = World::like_strava();
    let everybody =
        |mode| fs::set_permissions(world.folder(), fs::Permissions::from_mode(mode)).unwrap();
    everybody(0o777);
    world
        .is_logged_in()
        .says("everybody on this machine can replace");
    everybody(0o1777);
    let sticky = world.login().flag("--force").approved();
    sticky.ends(OK).never_says("everybody");
}
