//! The first five minutes at a terminal: what a person is told and asked, and what comes of every answer.

use crate::setup::{HEX40, SECRETS, fails, line, setup, without_an_app, wrote_nothing};
use crate::support::*;

/// A person sits at a terminal, and is asked for the id.
pub fn at_a_terminal(world: &World) -> Running<'_> {
    let setup = setup(world).at_a_terminal_of(200).start();
    setup.wait_until_it_says("Client ID: ");
    setup
}

/// The same, and the id was right.
pub fn asked_for_the_secret(world: &World) -> Running<'_> {
    let setup = at_a_terminal(world);
    setup.is_given("123456\r");
    setup.wait_until_it_says("Client Secret");
    setup
}

/// The same, and the secret was typed.
pub fn asked_to_log_in(world: &World) -> Running<'_> {
    let setup = at_a_terminal(world);
    answers(&setup, world);
    setup.wait_until_it_says("log in now? [Y/n] ");
    setup
}

/// The person has both from the provider's page.
pub fn answers(setup: &Running<'_>, world: &World) {
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
fn a_link_in_the_secrets_place_is_named_before_any_question() {
    let world = without_an_app();
    std::os::unix::fs::symlink("elsewhere", world.path(SECRETS)).unwrap();
    let outcome = setup(&world).at_a_terminal_of(200).finish();
    let outcome = outcome.says("is a symbolic link to elsewhere");
    fails(outcome.never_says("Client ID: "), LOCAL);
}

#[test]
fn nobody_is_asked_to_log_in_where_a_recipe_does_that() {
    let world = without_an_app();
    let setup = setup(&world).flag("--no-login").at_a_terminal().start();
    setup.wait_until_it_says("Client ID: ");
    answers(&setup, &world);
    let outcome = setup.finish();
    outcome.ends(OK).never_says("log in now?");
    assert_eq!(world.read(SECRETS), line(&world));
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
    setup.wait_until_it_says("log in now? [Y/n] ");
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
    setup.wait_until_it_says("there is no client secret\nClient Secret");
    setup.is_given(world.marks.word(Secret::Client) + "\r");
    setup.wait_until_it_says("log in now? [Y/n] ");
    setup.is_given("n\r");
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
fn what_comes_while_the_person_is_at_the_provider_is_not_replaced_unasked() {
    for (answer, replaced) in [("\r", false), ("y\r", true)] {
        let world = without_an_app();
        let setup = at_a_terminal(&world);
        world.writes(SECRETS, "999999,other");
        answers(&setup, &world);
        setup.wait_until_it_says("999999");
        setup.wait_until_it_says("replace it? [y/N] ");
        setup.is_given(answer);
        setup.wait_until_it_says("log in now?");
        setup.is_given("n\r");
        setup.finish().ends(OK).never_says("other");
        assert_eq!(world.read(SECRETS) == line(&world), replaced, "{answer:?}");
    }
}

#[test]
fn a_pipe_in_the_files_place_is_not_waited_for_at_a_terminal_either() {
    let world = without_an_app();
    world.has_a_pipe(SECRETS);
    let setup = setup(&world).at_a_terminal_of(200).start();
    setup.wait_until_it_says("replace it? [y/N] ");
    setup.is_given("y\r");
    setup.wait_until_it_says("Client ID: ");
    answers(&setup, &world);
    fails(&setup.finish(), LOCAL);
}

/// In a session that has this port.
fn wants_to_log_in<'w>(world: &'w World, port: &str) -> Running<'w> {
    let setup = setup(world).env("LOOPIN_PORT", port).at_a_terminal();
    let setup = setup.start();
    answers(&setup, world);
    setup.wait_until_it_says("log in now?");
    setup.is_given("\r");
    setup
}

#[test]
fn an_empty_variable_keeps_nobody_from_logging_in() {
    let world = without_an_app();
    let setup = wants_to_log_in(&world, "");
    assert_eq!(setup.person().approve().status(), 200);
    setup.finish().ends(OK).has_token("/account/id", "227615");
}

#[test]
fn a_variable_that_fits_no_login_is_said_before_anything_is_asked() {
    let world = without_an_app();
    let setup = setup(&world).env("LOOPIN_PORT", "x").at_a_terminal();
    let outcome = setup.finish();
    outcome.ends(USAGE).says("--port").never_says("Client ID");
}

#[test]
fn who_would_not_see_the_questions_is_told_so() {
    let elsewhere = ["sh", "-c", "exec \"$@\" 2>said", "sh"];
    let world = without_an_app();
    let outcome = setup(&world).through(&elsewhere).at_a_terminal();
    outcome.start().end().ends(USAGE);
    let said = world.read("said");
    assert!(said.contains("stderr is no terminal"), "{said}");
    assert!(
        !said.contains("background") && said.contains("hint:"),
        "{said}"
    );
    assert!(!world.path(SECRETS).exists());
}

#[test]
fn a_public_client_needs_no_file_and_is_asked_for_no_secret() {
    let world = World::of_a_public_client();
    let setup = setup(&world).at_a_terminal().start();
    setup.wait_until_it_says("Client ID: ");
    setup.is_given("acme-client\r");
    setup.wait_until_it_says("log in now? [Y/n] ");
    setup.is_given("\r");
    setup.person().approve();
    let outcome = setup.finish();
    outcome.ends(OK).says("--client-id acme-client");
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
