//! Options, variables, secrets and what the program says about them.

use crate::support::*;

#[test]
fn a_bare_command_shows_the_help() {
    let world = World::like_strava();
    let help = Loopin::new(&world, "").shows_on_stdout();
    assert!(help.contains("login") && help.contains("demo"), "{help}");
    let version = Loopin::new(&world, "--version").shows_on_stdout();
    assert_eq!(version, format!("loopin {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_option_that_does_not_exist_is_a_wrong_option() {
    let world = World::like_strava();
    for flag in [
        "--nonsense",
        "--client-secret=x",
        "--insecure",
        "-x",
        "extra",
    ] {
        world
            .login()
            .flag(flag)
            .finish()
            .ends(USAGE)
            .opened_nothing();
    }
}

#[test]
fn a_command_that_does_not_exist_is_a_wrong_option() {
    let world = World::like_strava();
    Loopin::new(&world, "logon").finish().ends(USAGE);
}

#[test]
fn a_wrong_value_is_a_wrong_option() {
    let world = World::like_strava();
    for (option, value) in [
        ("--timeout", "soon"),
        ("--timeout", "-1s"),
        ("--timeout", ""),
        ("--interactive", "maybe"),
        ("--param", "no-equals-sign"),
        ("--param", "state=mine"),
        ("--param", "redirect_uri=http://evil.example/"),
        ("--provider", "./none.toml"),
        ("--provider", "nobody"),
        ("--client-secrets", "none.txt"),
    ] {
        let outcome = world.login().with(option, value).finish();
        outcome.ends(USAGE).opened_nothing().left_the_token_alone();
    }
}

#[test]
fn the_help_names_every_exit_code_and_every_option() {
    let world = World::like_strava();
    let help = Loopin::new(&world, "login --help").shows_on_stdout();
    for option in [
        "--provider",
        "--token-file",
        "--client-secrets",
        "--client-id",
        "--scope",
        "--require-scopes",
        "--account",
        "--switch-account",
        "--redirect-uri",
        "--port",
        "--browser",
        "--param",
        "--timeout",
        "--interactive",
        "--force",
    ] {
        assert!(help.contains(option), "no {option} in:\n{help}");
        let variable = option
            .to_uppercase()
            .replacen("--", "LOOPIN_", 1)
            .replace('-', "_");
        let flag = ["--require-scopes", "--switch-account", "--force"].contains(&option);
        assert!(
            flag || help.contains(&variable),
            "no {variable} in:\n{help}"
        );
    }
    let help = Loopin::new(&world, "help exit-codes").shows_on_stdout();
    for code in 0..=8 {
        assert!(
            help.contains(&format!("  {code}  ")),
            "no {code} in:\n{help}"
        );
    }
}

#[test]
fn options_may_come_as_variables() {
    let world = World::like_strava();
    let login = Loopin::new(&world, "login")
        .env("LOOPIN_PROVIDER", "./acme.toml")
        .env("LOOPIN_BROWSER", "none")
        .env("LOOPIN_INTERACTIVE", "always")
        .env("LOOPIN_PORT", "0")
        .env("LOOPIN_SCOPE", "read,activity:write")
        .env("LOOPIN_TOKEN_FILE", "mine.json")
        .env("LOOPIN_PARAM", "hint=x")
        .start();
    assert_eq!(login.person().parameter("scope"), "read,activity:write");
    assert_eq!(login.person().parameter("hint"), "x");
    login.person().approve();
    login.finish().ends(OK).has_token("/account/id", "227615");
}

#[test]
fn id_and_secret_may_come_from_the_providers_variables() {
    let world = World::like_strava();
    world.writes("client_secrets.txt", "999999,another-secret\n");
    let secret = world.marks.word(Secret::Client);
    let login = world.login().env("ACME_CLIENT_ID", "123456");
    login.env("ACME_CLIENT_SECRET", &secret).approved().ends(OK);
}

#[test]
fn half_of_a_client_in_the_variables_is_not_completed_from_the_file() {
    let world = World::like_strava();
    let outcome = world.login().env("ACME_CLIENT_ID", "999999").finish();
    outcome
        .ends(USAGE)
        .says("ACME_CLIENT_SECRET")
        .opened_nothing();
}

#[test]
fn an_id_picks_the_source_that_has_it() {
    let world = World::like_strava();
    let login = world.login().env("ACME_CLIENT_ID", "999999");
    let login = login.env("ACME_CLIENT_SECRET", "another-secret");
    login.with("--client-id", "123456").approved().ends(OK);
    let outcome = world
        .login()
        .flag("--force")
        .with("--client-id", "777777")
        .finish();
    outcome.ends(USAGE).opened_nothing();
}

#[test]
fn the_forms_that_people_have_their_secrets_in_are_understood() {
    let world = World::like_strava();
    let secret = world.marks.word(Secret::Client);
    for text in [
        format!("\u{feff}123456,{secret}\r\n"),
        format!("  123456 , {secret}  \n\n"),
        format!("# my app\nACME_CLIENT_ID=123456\nACME_CLIENT_SECRET={secret}\n"),
        format!("export ACME_CLIENT_ID='123456'\nexport ACME_CLIENT_SECRET=\"{secret}\"\n"),
        format!("{{\"installed\":{{\"client_id\":\"123456\",\"client_secret\":\"{secret}\"}}}}"),
    ] {
        world.writes("client_secrets.txt", text);
        world.login().flag("--force").approved().ends(OK);
    }
}

#[test]
fn secrets_that_cannot_be_understood_are_named_but_never_shown() {
    let world = World::like_strava();
    let secret = world.marks.word(Secret::Client);
    for text in [
        String::new(),
        secret.clone(),
        format!("{secret},"),
        format!(",{secret}"),
        format!("123456,{secret}\n123456,{secret}\n"),
        format!("ACME_CLIENT_SECRET={secret}"),
        format!("123456,\0{secret}"),
        format!("{{\"client_secret\":\"{secret}\""),
    ] {
        world.writes("client_secrets.txt", text);
        let outcome = world.login().finish();
        outcome
            .ends(USAGE)
            .says("client_secrets.txt")
            .opened_nothing();
    }
}

#[test]
fn secrets_that_are_no_short_text_are_named_for_what_they_are() {
    let world = World::like_strava();
    let whole = world.read("client_secrets.txt");
    let wide: Vec<u8> = whole.bytes().flat_map(|byte| [byte, 0]).collect();
    let marked = [b"\xff\xfe", &wide[..]].concat();
    let large = whole + &"\n".repeat(10_000_000);
    for (content, why) in [
        (wide, "it is not a text file in UTF-8"),
        (marked, "it is not a text in UTF-8"),
        (large.into_bytes(), "it is larger than"),
    ] {
        world.writes("client_secrets.txt", content);
        let outcome = world.login().finish();
        outcome.ends(USAGE).says("client_secrets.txt: ").says(why);
    }
}

#[test]
fn a_folder_or_a_pipe_in_the_secrets_place_is_named_and_not_waited_for() {
    let world = World::like_strava();
    world.removes("client_secrets.txt");
    world.has_a_pipe("client_secrets.txt");
    let is_named = || {
        let outcome = world.login().finish();
        outcome.ends(USAGE).says("not a regular file");
    };
    is_named();
    world.removes("client_secrets.txt");
    std::fs::create_dir(world.path("client_secrets.txt")).unwrap();
    is_named();
}

#[test]
fn a_secret_that_is_there_twice_or_not_at_all_is_named_with_its_line() {
    let world = World::like_strava();
    let secret = world.marks.word(Secret::Client);
    for (text, why) in [
        (
            format!("ACME_CLIENT_ID=1\nACME_CLIENT_SECRET={secret}\nACME_CLIENT_SECRET={secret}"),
            "line 3: ACME_CLIENT_SECRET is there twice",
        ),
        (
            format!("1,{secret}\n\n1,{secret}\n"),
            "line 3: nothing was expected after",
        ),
        (secret, "line 1: expected client_id,client_secret"),
        ("ACME_CLIENT_ID=1".to_owned(), "there is no client secret"),
    ] {
        world.writes("client_secrets.txt", text);
        let outcome = world.login().finish();
        outcome.ends(USAGE).says(why).opened_nothing();
    }
}

#[test]
fn id_and_secret_the_wrong_way_round_are_named_but_never_shown() {
    let world = World::like_strava();
    world.provider_has("client_id_format", "\"digits\"");
    let secret = world.marks.word(Secret::Client);
    world.writes("client_secrets.txt", format!("{secret},123456\n"));
    let outcome = world.login().finish();
    outcome.ends(USAGE).says("client id").opened_nothing();
}

#[test]
fn without_secrets_the_login_says_where_they_come_from() {
    let world = World::like_strava();
    world.removes("client_secrets.txt");
    let outcome = world.login().finish();
    outcome
        .ends(USAGE)
        .says("client_secrets.txt")
        .opened_nothing();
    outcome.says("hint: ");
}

#[test]
fn nobody_comes_and_the_login_says_how_to_finish() {
    let world = World::like_strava();
    for timeout in ["200ms", "1", "1s"] {
        let login = world.login().with("--timeout", timeout).start();
        let person = login.person();
        let outcome = login.finish();
        outcome.ends(TIMEOUT).left_the_token_alone();
        let after = outcome.stderr.rsplit("loopin: error: ").next().unwrap();
        let registered = format!("the redirect URI {}, compare", person.asked.redirect_uri);
        assert!(after.contains("hint: "), "{after}");
        assert!(after.contains(&registered), "{after}");
        assert!(outcome.stderr.contains(&person.url));
    }
}

#[test]
fn minutes_and_hours_are_understood() {
    let world = World::like_strava();
    for timeout in ["5m", "1h"] {
        let login = world.login().flag("--force").with("--timeout", timeout);
        login.approved().ends(OK);
    }
}

#[test]
fn quiet_leaves_the_url_and_what_goes_wrong() {
    let world = World::like_strava();
    let login = world.login().without("-vv").flag("-q").start();
    login.person().refuse();
    login.finish().ends(DENIED);
    let login = world.login().without("-vv").flag("-q");
    login.approved().ends(OK).never_says("logged in");
}

#[test]
fn without_v_nobody_is_bothered_with_details() {
    let world = World::like_strava();
    let outcome = world.login().without("-vv").approved();
    outcome.ends(OK).never_says("DEBUG").never_says("TRACE");
}

#[test]
fn an_argument_that_is_no_text_is_a_wrong_option() {
    let world = World::like_strava();
    let odd = ["sh", "-c", "exec \"$@\" \"$(printf '\\377')\"", "sh"];
    let outcome = Loopin::new(&world, "").through(&odd).finish();
    outcome.ends(USAGE).never_says("bug");
}
