//! Command lines that cannot be understood: why, for people and for programs, and never with a secret.

use crate::doctor::doctor;
use crate::log_format::failure;
use crate::setup::HEX40;
use crate::support::*;

/// Only these words, none of a test's own.
fn said<'w>(world: &'w World, words: &str) -> Loopin<'w> {
    Loopin::new(world, words)
}

#[test]
fn what_could_be_meant_is_a_hint_to_programs() {
    let world = World::like_strava();
    let wrong = said(&world, "login --timeut 5m --log-format json").finish();
    let failure = failure(&wrong, USAGE, "usage");
    let message = failure["message"].as_str().unwrap();
    assert_eq!(message, "unexpected argument '--timeut' found");
    let hints = failure["hints"].as_array().unwrap();
    assert_eq!(hints.len(), 1, "{failure}");
    assert!(hints[0].as_str().unwrap().contains("'--timeout'"));
}

#[test]
fn programs_get_all_of_the_message() {
    let world = World::like_strava();
    let missing = said(&world, "exec --log-format json").finish();
    let failure = failure(&missing, EXEC, "usage");
    let message = failure["message"].as_str().unwrap();
    assert!(message.contains("required"), "{message}");
    assert!(message.contains("<CMD>"), "{message}");
}

/// Explained to a person.
#[track_caller]
fn is_told_as_text(wrong: Loopin<'_>, code: i32) {
    let outcome = wrong.finish();
    outcome.ends(code).says("loopin: error: ").says("--nope");
    outcome.never_says("{\"");
}

#[test]
fn what_the_command_of_an_exec_is_told_is_not_for_us() {
    let world = World::like_strava();
    let wrong = said(&world, "exec --nope -- x --log-format json");
    is_told_as_text(wrong, EXEC);
    let wrong = said(&world, "exec --nope -- x --log-format=json");
    is_told_as_text(wrong, EXEC);
}

#[test]
fn the_option_counts_more_than_the_variable() {
    let world = World::like_strava();
    for format in ["--log-format text", "--log-format=text"] {
        let wrong = said(&world, &format!("login {format} --nope"));
        is_told_as_text(wrong.env("LOOPIN_LOG_FORMAT", "json"), USAGE);
    }
}

#[test]
fn a_secret_among_the_options_is_refused_and_not_repeated() {
    let world = World::like_strava();
    for command in ["login", "token", "setup", "doctor", "exec"] {
        for secret in ["--client-secret hunter2", "--client-secret=hunter2"] {
            let code = if command == "exec" { EXEC } else { USAGE };
            let text = said(&world, &format!("{command} {secret}")).finish();
            text.ends(code).says("no option takes a secret");
            text.never_says("hunter2").prints_nothing();
            let json = format!("{command} {secret} --log-format json");
            let json = said(&world, &json).finish();
            let failure = failure(&json, code, "usage");
            let message = failure["message"].as_str().unwrap();
            assert!(message.contains("no option takes a secret"), "{message}");
            json.never_says("hunter2");
        }
    }
}

#[test]
fn what_the_command_of_an_exec_is_told_is_no_secret_of_ours() {
    let world = World::like_strava();
    let wrong = said(&world, "exec --nope -- curl --password x");
    is_told_as_text(wrong, EXEC);
}

#[test]
fn a_secret_where_nothing_is_taken_is_not_repeated() {
    let world = World::like_strava();
    let words = format!("login 123456,{HEX40}");
    let outcome = said(&world, &words).finish();
    outcome
        .ends(USAGE)
        .says("unexpected argument")
        .never_says(HEX40);
    let setup = said(&world, &format!("setup --client-secrets 1,{HEX40}"));
    setup
        .finish()
        .ends(USAGE)
        .never_says(HEX40)
        .says("the name of a file");
}

/// What belongs into the file stands in its name's place.
fn misplaced(run: Loopin<'_>) -> Loopin<'_> {
    run.with("--client-secrets", HEX40)
}

#[test]
fn a_secret_where_a_file_is_meant_is_not_repeated() {
    let world = World::like_strava();
    let login = misplaced(world.login()).finish();
    login.ends(USAGE).says("--client-secrets").never_says(HEX40);
    let doctor = misplaced(doctor(&world)).finish();
    doctor.ends(USAGE).never_says(HEX40);
    assert!(doctor.stdout.contains("--client-secrets"));
    assert!(!doctor.stdout.contains(HEX40), "{}", doctor.stdout);
}

#[test]
fn a_command_to_run_again_does_not_repeat_it_either() {
    let world = World::like_strava();
    for command in ["login", "token", "refresh", "whoami"] {
        let run = misplaced(world.run(command)).env("CI", "1").finish();
        run.prints_nothing().never_says(HEX40);
    }
    let nobody = misplaced(doctor(&world)).with("--interactive", "never");
    let stdout = nobody.finish().stdout.clone();
    assert!(!stdout.contains(HEX40), "{stdout}");
}
