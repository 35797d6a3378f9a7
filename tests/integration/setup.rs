//! From an app at the provider to `client_secrets.txt`, for a program: id and secret come through a pipe.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use crate::ports::free_port;
use crate::support::*;

pub const SECRETS: &str = "client_secrets.txt";
pub const HEX40: &str = "0123456789abcdef0123456789abcdef01234567";

/// A folder without an app, and a provider that says where to make one.
pub fn without_an_app() -> World {
    let world = World::like_strava();
    world.removes(SECRETS);
    world.provider_has("app_page", "\"http://127.0.0.1:1/settings/api\"");
    world.provider_has("app_requires", "\"a subscription\"");
    let form = "[{ field = \"Authorization Callback Domain\", value = \"127.0.0.1\" }]";
    world.provider_has("app_form", form);
    world.provider_has("client_id_format", "\"digits\"");
    let uri = format!("\"http://127.0.0.1:{}/authorization\"", free_port());
    world.provider_has("redirect_uri", &uri);
    world
}

pub fn setup(world: &World) -> Loopin<'_> {
    let setup = Loopin::new(world, "setup ./acme.toml");
    setup.flag("-vv").with("--browser", "none")
}

/// What the provider's page says.
pub fn line(world: &World) -> String {
    format!("123456,{}\n", world.marks.word(Secret::Client))
}

#[track_caller]
pub fn wrote_nothing(outcome: &Outcome<'_>) {
    let after = outcome.world.snapshot();
    assert_eq!(after, outcome.before, "having said:\n{}", outcome.stderr);
}

/// It ends so, and nothing was written.
#[track_caller]
pub fn fails(outcome: &Outcome<'_>, code: i32) {
    outcome.ends(code);
    wrote_nothing(outcome);
}

#[test]
fn id_and_secret_from_a_pipe_are_saved_and_nothing_is_asked() {
    let world = without_an_app();
    let outcome = setup(&world).reads(line(&world));
    outcome
        .ends(OK)
        .never_says("Client ID")
        .says("loopin login");
    assert_eq!(world.read(SECRETS), line(&world));
    world.login().approved().ends(OK);
}

#[test]
fn every_form_that_the_file_may_have_is_read_from_a_pipe() {
    for form in [
        "\u{feff}123456,***\r\n",
        "  123456 , ***  ",
        "ACME_CLIENT_ID=123456\nACME_CLIENT_SECRET=***\n",
        "export ACME_CLIENT_ID='123456'\nexport ACME_CLIENT_SECRET=\"***\"\n",
        r#"{"installed":{"client_id":"123456","client_secret":"***"}}"#,
    ] {
        let world = without_an_app();
        let text = form.replace("***", &world.marks.word(Secret::Client));
        setup(&world).reads(text).ends(OK);
        assert_eq!(world.read(SECRETS), line(&world), "{form}");
    }
}

#[test]
fn the_file_is_for_its_owner_alone_whatever_the_umask() {
    for umask in ["000", "777", "022"] {
        let world = without_an_app();
        setup(&world)
            .under_umask(umask)
            .reads(line(&world))
            .ends(OK);
        assert_eq!(world.snapshot()[SECRETS].0, 0o600, "umask {umask}");
    }
}

#[test]
fn the_same_id_and_secret_again_change_nothing() {
    let world = without_an_app();
    world.writes(SECRETS, format!("# mine\r\n{}", line(&world)));
    fails(&setup(&world).reads(line(&world)), OK);
}

#[test]
fn what_is_there_is_not_replaced_unasked() {
    let world = without_an_app();
    let private = world.marks.word(Secret::Client);
    for there in [
        format!("999999,{private}"),
        format!("123456,other-{private}"),
        "not understood".to_owned(),
        String::new(),
    ] {
        world.writes(SECRETS, there);
        let outcome = setup(&world).reads(line(&world));
        fails(outcome.says("--force"), LOCAL);
    }
}

#[test]
fn what_is_there_is_replaced_by_force() {
    let world = without_an_app();
    for there in ["999999,other", "not understood", ""] {
        world.writes(SECRETS, there);
        setup(&world).flag("--force").reads(line(&world)).ends(OK);
        assert_eq!(world.read(SECRETS), line(&world));
    }
}

#[test]
fn a_folder_in_the_files_place_stays_one() {
    let world = without_an_app();
    fs::create_dir(world.path(SECRETS)).unwrap();
    fails(&setup(&world).reads(line(&world)), LOCAL);
    fails(&setup(&world).flag("--force").reads(line(&world)), LOCAL);
}

#[test]
fn a_pipe_or_a_socket_in_the_files_place_stays_one_and_is_not_waited_for() {
    let world = without_an_app();
    world.has_a_pipe(SECRETS);
    let _socket = UnixListener::bind(world.path("my_secrets.txt")).unwrap();
    for place in [SECRETS, "my_secrets.txt"] {
        let there = fs::metadata(world.path(place)).unwrap().file_type();
        let setup = || setup(&world).with("--client-secrets", place);
        fails(&setup().reads(line(&world)), LOCAL);
        fails(&setup().flag("--force").reads(line(&world)), LOCAL);
        let stays = fs::metadata(world.path(place)).unwrap().file_type();
        assert_eq!(there, stays);
    }
}

#[test]
fn what_others_can_read_is_named_though_nothing_changes() {
    let world = without_an_app();
    world.writes(SECRETS, line(&world));
    let readable = fs::Permissions::from_mode(0o644);
    fs::set_permissions(world.path(SECRETS), readable).unwrap();
    let outcome = setup(&world).reads(line(&world));
    fails(
        outcome.says("warning: others can read client_secrets.txt"),
        OK,
    );
    outcome.says(": chmod 600 client_secrets.txt\n");
}

#[test]
fn a_link_stays_one() {
    let world = without_an_app();
    symlink("my_secrets.txt", world.path(SECRETS)).unwrap();
    for there in ["999999,other", "ACME_CLIENT_ID=9\nACME_CLIENT_SECRET=other"] {
        world.writes("my_secrets.txt", there);
        setup(&world).flag("--force").reads(line(&world)).ends(OK);
        assert_eq!(world.read("my_secrets.txt"), line(&world));
        assert!(world.path(SECRETS).is_symlink());
    }
}

#[test]
fn a_link_to_nothing_is_not_followed() {
    let world = without_an_app();
    symlink("elsewhere", world.path(SECRETS)).unwrap();
    let outcome = setup(&world).reads(line(&world));
    fails(
        outcome.says("a symbolic link to elsewhere, where no id"),
        LOCAL,
    );
    assert!(!world.path("elsewhere").exists());
}

#[test]
fn a_link_to_what_is_no_client_is_not_followed_even_by_force() {
    let world = without_an_app();
    world.writes(".profile", "umask 077");
    symlink(".profile", world.path(SECRETS)).unwrap();
    for force in [&[] as &[&str], &["--force"]] {
        let outcome = setup(&world).args(force).reads(line(&world));
        fails(outcome.says("is a symbolic link to .profile"), LOCAL);
        assert_eq!(world.read(".profile"), "umask 077");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let world = without_an_app();
    for place in [
        "no-such-folder/x_secrets.txt",
        "acme.toml/x_secrets.txt",
        "/proc/x_secrets.txt",
    ] {
        let outcome = setup(&world)
            .with("--client-secrets", place)
            .reads(line(&world));
        fails(outcome.says(place).never_says("--token-file"), LOCAL);
    }
}

#[test]
fn another_place_is_named_in_the_command_that_logs_in() {
    let world = without_an_app();
    let elsewhere = setup(&world).with("--client-secrets", "my_secrets.txt");
    let outcome = elsewhere.reads(line(&world));
    outcome.ends(OK).says("--client-secrets my_secrets.txt");
    assert_eq!(world.read("my_secrets.txt"), line(&world));
}

#[test]
fn what_is_no_id_and_secret_is_said_and_never_shown() {
    let world = without_an_app();
    let private = world.marks.word(Secret::Client);
    for text in [
        String::new(),
        "\n".into(),
        ",".into(),
        "123456".into(),
        "123456,".into(),
        format!(",{private}"),
        format!("{private},123456"),
        format!("{HEX40},123456"),
        format!("\0\u{1}{private}"),
        format!("{{\"client_id\": \"{private}\""),
        private.repeat(500_000),
    ] {
        let outcome = setup(&world).reads(text);
        fails(outcome.never_says(HEX40), USAGE);
    }
}

#[test]
fn a_secret_in_the_ids_place_is_recognised() {
    let world = without_an_app();
    world.provider_has("client_secret_format", "\"hex40\"");
    let outcome = setup(&world).reads(format!("{HEX40},123456\n"));
    fails(outcome.says("looks like a secret").never_says(HEX40), USAGE);
}

#[test]
fn a_secret_in_the_providers_place_is_said_and_never_shown() {
    let world = without_an_app();
    for word in [format!("4242,{HEX40}"), HEX40.to_owned()] {
        let outcome = Loopin::new(&world, "setup").args(&[&word]).reads("");
        fails(outcome.says("make a new secret").never_says(HEX40), USAGE);
    }
}

#[test]
fn an_odd_secret_is_a_warning() {
    let world = without_an_app();
    world.provider_has("client_secret_format", "\"hex40\"");
    setup(&world).reads(line(&world)).ends(OK).says("warning:");
    let usual = setup(&world)
        .flag("--force")
        .reads(format!("123456,{HEX40}\n"));
    usual.ends(OK).never_says("warning:");
}

#[test]
fn strava_is_set_up_where_nobody_is_named() {
    let world = without_an_app();
    let outcome = Loopin::new(&world, "setup").reads(format!("123456,{HEX40}\n"));
    outcome.ends(OK).never_says("warning:");
    let outcome = Loopin::new(&world, "setup strava").flag("--force");
    let outcome = outcome.reads(format!("{HEX40},123456\n"));
    fails(outcome.says("Strava").never_says(HEX40), USAGE);
}

#[test]
fn a_page_that_no_browser_should_open_is_refused_and_not_opened() {
    for page in [
        "https://as.example/$(id)",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "http://as.example/apps",
        "--new-window",
    ] {
        for key in ["app_page", "account_page"] {
            let world = without_an_app();
            world.provider_has(key, &format!("{page:?}"));
            let browser = world.browser();
            let setup = || setup(&world).with("--browser", browser.command());
            let at_a_terminal = setup().at_a_terminal().start().finish();
            fails(at_a_terminal.says("acme.toml"), USAGE);
            fails(setup().reads(line(&world)).says("acme.toml"), USAGE);
            assert!(browser.was_never_opened());
        }
    }
}

#[test]
fn a_provider_that_is_not_there_is_said() {
    let world = without_an_app();
    for provider in [
        "no-such",
        "./no-such.toml",
        "https://",
        "client_secrets.txt",
    ] {
        let setup = Loopin::new(&world, "setup").args(&[provider]);
        fails(&setup.reads(line(&world)), USAGE);
    }
}
