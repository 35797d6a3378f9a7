//! What people type, paste and mistype at the questions of a setup, and what of it shows.

use crate::questions::{asked_for_the_secret, asked_to_log_in, at_a_terminal};
use crate::setup::{HEX40, SECRETS, line, without_an_app};
use crate::support::*;

/// The last question is answered, and what was typed is saved.
#[track_caller]
fn is_saved<'w>(setup: Running<'w>, world: &World, saved: &str) -> Outcome<'w> {
    setup.wait_until_it_says("log in now? [Y/n] ");
    setup.is_given("n\r");
    let outcome = setup.finish();
    outcome.ends(OK).says("Client ID: 123456\n");
    assert_eq!(world.read(SECRETS), saved);
    outcome
}

fn secret(world: &World) -> String {
    world.marks.word(Secret::Client)
}

/// So it is pasted where the id is asked for.
#[track_caller]
fn is_taken_as_one_line(paste: &str) {
    let world = without_an_app();
    let setup = at_a_terminal(&world);
    setup.is_given(paste.replace("***", &secret(&world)) + "\r");
    setup.wait_until_it_says("log in now? [Y/n] ");
    setup.is_given("n\r");
    let outcome = setup.finish();
    outcome.ends(OK).never_says("Client Secret");
    outcome.never_says("mark-").never_says("***");
    assert_eq!(world.read(SECRETS), line(&world));
}

#[test]
fn id_and_secret_may_be_pasted_in_one_line() {
    is_taken_as_one_line("123456,***");
    is_taken_as_one_line("\u{1b}[200~123456,***\u{1b}[201~");
    is_taken_as_one_line("123456,\"***\"");
}

#[test]
fn blanks_around_the_comma_between_them_do_not_matter() {
    is_taken_as_one_line("123456, ***");
    is_taken_as_one_line("  123456 , ***  ");
}

#[test]
fn of_two_lines_that_are_pasted_at_once_the_secret_does_not_show() {
    let world = without_an_app();
    let setup = at_a_terminal(&world);
    setup.is_given(format!("123456\n{}\n", secret(&world)));
    is_saved(setup, &world, &line(&world)).never_says("mark-");
}

#[test]
fn keys_that_are_no_characters_are_no_part_of_a_secret() {
    for typed in [
        "\u{1b}[200~***\u{1b}[201~",
        "\u{1b}[A\u{1b}[1;5D***\u{1b}[C\u{1b}[3~",
        "***\u{1}\u{5}\u{c}\t",
    ] {
        let world = without_an_app();
        let setup = asked_for_the_secret(&world);
        setup.is_given(typed.replace("***", &secret(&world)) + "\r");
        is_saved(setup, &world, &line(&world));
    }
}

#[test]
fn keys_of_a_terminal_in_another_mode_are_none_either() {
    let world = without_an_app();
    let setup = asked_for_the_secret(&world);
    setup.is_given(format!("\u{1b}OD{}\u{1b}OP\r", secret(&world)));
    is_saved(setup, &world, &line(&world));
}

#[test]
fn what_is_mistyped_can_be_taken_back() {
    for mistyped in [
        "wrong\u{15}",
        "wrong\u{17}",
        "\u{f5}x\u{7f}\u{7f}",
        "x\u{8}\u{8}",
    ] {
        let world = without_an_app();
        let setup = at_a_terminal(&world);
        setup.is_given(format!("{mistyped}123456\r"));
        setup.wait_until_it_says("Client Secret");
        setup.is_given(format!("{mistyped}{}\r", secret(&world)));
        is_saved(setup, &world, &line(&world));
    }
}

#[test]
fn a_secret_may_be_quoted() {
    for quoted in ["\"***\"", "'***'", " \"***\" "] {
        let world = without_an_app();
        let setup = asked_for_the_secret(&world);
        setup.is_given(quoted.replace("***", &secret(&world)) + "\r");
        is_saved(setup, &world, &line(&world));
    }
}

/// What was typed looks like no secret of this provider.
fn odd(world: &World) -> Running<'_> {
    world.provider_has("client_secret_format", "\"hex40\"");
    let setup = asked_for_the_secret(world);
    setup.is_given(secret(world) + "\r");
    setup.wait_until_it_says("Secret again, or Enter");
    assert!(!setup.shows_what_is_typed());
    setup
}

#[test]
fn an_odd_secret_is_taken_if_the_person_insists() {
    let world = without_an_app();
    let setup = odd(&world);
    setup.is_given("\r");
    is_saved(setup, &world, &line(&world));
}

#[test]
fn an_odd_secret_may_be_typed_once_more() {
    let world = without_an_app();
    let setup = odd(&world);
    setup.is_given(format!("{HEX40}\r"));
    let saved = format!("123456,{HEX40}\n");
    is_saved(setup, &world, &saved).never_says(HEX40);
}

#[test]
fn an_answer_that_is_neither_yes_nor_no_is_asked_for_again() {
    let world = without_an_app();
    let setup = asked_to_log_in(&world);
    setup.is_given("maybe\r\u{1b}[A\rN\r");
    let outcome = setup.finish();
    outcome.ends(OK).asked_for_a_token(0);
    assert_eq!(outcome.stderr.matches("log in now? [Y/n] ").count(), 3);
}

#[test]
fn who_does_not_log_in_now_is_told_how_to() {
    let world = without_an_app();
    let setup = asked_to_log_in(&world);
    setup.is_given("n\r");
    let outcome = setup.finish();
    outcome.says("\nloopin: to log in: loopin login --provider ./acme.toml --browser none\n");
}
