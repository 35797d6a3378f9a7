//! The first five minutes: from an app at the provider to `client_secrets.txt`, by questions or through a pipe.

use std::fs;
use std::os::unix::fs::symlink;

use crate::ports::free_port;
use crate::support::*;

const SECRETS: &str = "client_secrets.txt";
const HEX40: &str = "0123456789abcdef0123456789abcdef01234567";

/// A folder without an app, and a provider that says where to make one.
fn without_an_app() -> World {
    let world = World::like_strava();
    world.removes(SECRETS);
    world.provider_has("app_page", "\"http://127.0.0.1:1/settings/api\"");
    world.provider_has("app_requires", "\"a subscription\"");
    let form = "{ \"Authorization Callback Domain\" = \"127.0.0.1\" }";
    world.provider_has("app_form", form);
    world.provider_has("client_id_format", "\"digits\"");
    let uri = format!("\"http://127.0.0.1:{}/authorization\"", free_port());
    world.provider_has("redirect_uri", &uri);
    world
}

fn setup(world: &World) -> Loopin<'_> {
    let setup = Loopin::new(world, "setup ./acme.toml");
    setup.flag("-vv").with("--browser", "none")
}

/// What the provider's page says.
fn line(world: &World) -> String {
    format!("123456,{}\n", world.marks.word(Secret::Client))
}

#[track_caller]
fn wrote_nothing(outcome: &Outcome<'_>) {
    let after = outcome.world.snapshot();
    assert_eq!(after, outcome.before, "having said:\n{}", outcome.stderr);
}

/// It ends so, and nothing was written.
#[track_caller]
fn fails(outcome: &Outcome<'_>, code: i32) {
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
fn a_link_stays_one() {
    let world = without_an_app();
    world.writes("my_secrets.txt", "999999,other");
    symlink("my_secrets.txt", world.path(SECRETS)).unwrap();
    setup(&world).flag("--force").reads(line(&world)).ends(OK);
    assert_eq!(world.read("my_secrets.txt"), line(&world));
    assert!(world.path(SECRETS).is_symlink());
}

#[test]
fn a_link_to_nothing_stays_one_too() {
    let world = without_an_app();
    symlink("my_secrets.txt", world.path(SECRETS)).unwrap();
    setup(&world).reads(line(&world)).ends(OK);
    assert_eq!(world.read("my_secrets.txt"), line(&world));
    assert!(world.path(SECRETS).is_symlink());
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

/// A person sits at a terminal, and is asked for the id.
fn at_a_terminal(world: &World) -> Running<'_> {
    let setup = setup(world).at_a_terminal_of(200).start();
    setup.wait_until_it_says("Client ID: ");
    setup
}

/// The same, and the id was right.
fn asked_for_the_secret(world: &World) -> Running<'_> {
    let setup = at_a_terminal(world);
    setup.is_given("123456\r");
    setup.wait_until_it_says("Client Secret");
    setup
}

/// The same, and the secret was typed.
fn asked_to_log_in(world: &World) -> Running<'_> {
    let setup = at_a_terminal(world);
    answers(&setup, world);
    setup.wait_until_it_says("log in now? [Y/n] ");
    setup
}

/// The person has both from the provider's page.
fn answers(setup: &Running<'_>, world: &World) {
    setup.is_given("123456\r");
    setup.wait_until_it_says("Client Secret");
    setup.is_given(world.marks.word(Secret::Client) + "\r");
}

#[test]
fn a_person_is_told_what_happens_where_to_go_and_what_to_type_there() {
    let world = without_an_app();
    let setup = asked_to_log_in(&world);
    setup.is_given("n\r");
    let outcome = setup.finish();
    outcome
        .ends(OK)
        .says("a subscription")
        .says(SECRETS)
        .says("token.json");
    outcome.says("\nhttp://127.0.0.1:1/settings/api\n");
    outcome.says("Authorization Callback Domain: 127.0.0.1");
    assert_eq!(world.read(SECRETS), line(&world));
    outcome.asked_for_a_token(0);
}

#[test]
fn the_providers_page_is_opened() {
    let world = without_an_app();
    let browser = world.browser();
    let setup = setup(&world).with("--browser", browser.command());
    let setup = setup.at_a_terminal().start();
    let visit = browser.is_opened();
    assert_eq!(visit.arguments, ["http://127.0.0.1:1/settings/api"]);
    setup.wait_until_it_says("Client ID: ");
    setup.ctrl_c();
    setup.finish().ends_by_signal(2);
}

#[test]
fn the_id_shows_and_the_secret_does_not() {
    let world = without_an_app();
    let setup = at_a_terminal(&world);
    assert!(setup.shows_what_is_typed());
    setup.is_given("123456\r");
    setup.wait_until_it_says("Client Secret");
    assert!(!setup.shows_what_is_typed());
    setup.is_given(world.marks.word(Secret::Client) + "\r");
    setup.wait_until_it_says("log in now? [Y/n] ");
    assert!(setup.shows_what_is_typed());
    setup.is_given("n\r");
    setup.finish().ends(OK).says("Client ID: 123456\n");
}

#[test]
fn a_person_may_log_in_right_away() {
    for yes in ["\r", "y\r", "YES\r"] {
        let world = without_an_app();
        let setup = asked_to_log_in(&world);
        setup.is_given(yes);
        assert_eq!(setup.person().approve().status(), 200);
        let outcome = setup.finish();
        outcome.ends(OK).has_token("/account/id", "227615");
    }
}

#[test]
fn the_browser_that_was_named_is_the_logins_too() {
    let world = without_an_app();
    let browser = world.browser();
    let setup = setup(&world).with("--browser", browser.command());
    let setup = setup.at_a_terminal().start();
    browser.is_opened();
    setup.wait_until_it_says("Client ID: ");
    answers(&setup, &world);
    setup.is_given("\r");
    setup.person_at(&browser).approve();
    setup.finish().ends(OK);
}

#[test]
fn a_login_that_is_refused_then_is_no_reason_to_lose_the_secret() {
    let world = without_an_app();
    let setup = asked_to_log_in(&world);
    setup.is_given("\r");
    setup.person().refuse();
    setup.finish().ends(DENIED);
    assert_eq!(world.read(SECRETS), line(&world));
}

#[test]
fn a_person_who_mistypes_is_asked_again() {
    let world = without_an_app();
    let setup = at_a_terminal(&world);
    setup.is_given("\rmari\r123456\r");
    setup.wait_until_it_says("Client Secret");
    setup.is_given("\r");
    setup.is_given(world.marks.word(Secret::Client) + "\rn\r");
    let outcome = setup.finish();
    assert_eq!(outcome.ends(OK).stderr.matches("warning:").count(), 3);
    assert_eq!(world.read(SECRETS), line(&world));
}

#[test]
fn a_person_who_types_nothing_is_not_asked_for_ever() {
    let world = without_an_app();
    let setup = at_a_terminal(&world);
    setup.is_given("\r\r\r");
    fails(&setup.finish(), USAGE);
    let setup = asked_for_the_secret(&world);
    setup.is_given("\r\r\r");
    fails(&setup.finish(), USAGE);
}

#[test]
fn a_secret_that_is_typed_for_the_id_is_recognised() {
    let world = without_an_app();
    world.provider_has("client_secret_format", "\"hex40\"");
    let setup = at_a_terminal(&world);
    setup.is_given(format!("{HEX40}\r"));
    setup.wait_until_it_says("looks like a secret");
    setup.ctrl_c();
    setup.finish().ends_by_signal(2);
}

#[test]
fn the_end_of_the_file_ends_the_questions() {
    let world = without_an_app();
    for asked in [at_a_terminal, asked_for_the_secret] {
        let setup = asked(&world);
        setup.is_given_no_more();
        fails(&setup.finish(), USAGE);
    }
    let setup = asked_to_log_in(&world);
    setup.is_given_no_more();
    setup.finish().ends(USAGE).asked_for_a_token(0);
    assert_eq!(world.read(SECRETS), line(&world));
}

#[test]
fn ctrl_c_at_a_question_ends_it_and_gives_the_terminal_back() {
    let world = without_an_app();
    for asked in [at_a_terminal, asked_for_the_secret] {
        let setup = asked(&world);
        setup.is_given("half");
        setup.ctrl_c();
        let outcome = setup.finish();
        outcome.ends_by_signal(2);
        wrote_nothing(&outcome);
    }
    let setup = asked_to_log_in(&world);
    setup.ctrl_c();
    setup.finish().ends_by_signal(2).asked_for_a_token(0);
    assert_eq!(world.read(SECRETS), line(&world));
}

#[test]
fn ctrl_c_in_the_login_that_follows_gives_the_terminal_back() {
    let world = without_an_app();
    let setup = asked_to_log_in(&world);
    setup.is_given("\r");
    setup.person();
    setup.ctrl_c();
    setup.finish().ends_by_signal(2).asked_for_a_token(0);
}

#[test]
fn what_is_there_is_replaced_only_if_the_person_wants_it() {
    for (answer, replaced) in [("\r", false), ("n\r", false), ("y\r", true)] {
        let world = without_an_app();
        world.writes(SECRETS, "999999,other");
        let setup = setup(&world).at_a_terminal_of(200).start();
        setup.wait_until_it_says("999999");
        setup.wait_until_it_says("replace it? [y/N] ");
        setup.is_given(answer);
        if replaced {
            setup.wait_until_it_says("Client ID: ");
            answers(&setup, &world);
        }
        setup.wait_until_it_says("log in now?");
        setup.is_given("n\r");
        setup.finish().ends(OK).never_says("other");
        assert_eq!(world.read(SECRETS) == line(&world), replaced, "{answer:?}");
    }
}

#[test]
fn a_public_client_needs_no_file_and_is_asked_for_no_secret() {
    let world = World::of_a_public_client();
    let setup = setup(&world).at_a_terminal().start();
    setup.wait_until_it_says("Client ID: ");
    setup.is_given("acme-client\r");
    let outcome = setup.finish();
    fails(outcome.says("--client-id acme-client"), OK);
    outcome.never_says("Client Secret");
}

#[test]
fn in_the_background_nothing_is_asked_and_nothing_stops() {
    let script = "set -m; \"$@\" & wait $!";
    let background = ["bash", "-c", script, "bash"];
    let world = without_an_app();
    let setup = setup(&world).through(&background).at_a_terminal();
    fails(&setup.finish(), USAGE);
}

#[test]
fn the_questions_fit_a_narrow_terminal() {
    let world = without_an_app();
    let setup = setup(&world).without("-vv").at_a_terminal_of(40).start();
    setup.wait_until_it_says("Client ID: ");
    setup.ctrl_c();
    let outcome = setup.finish();
    let lines = outcome.ends_by_signal(2).stderr.lines();
    let mut wide = lines.filter(|line| line.chars().count() > 40);
    assert_eq!(wide.find(|line| line.contains(' ')), None);
}
