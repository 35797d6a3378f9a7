//! Provider files that are wrong, or meant to do harm.

use crate::support::*;

/// Refused before anything is opened or asked.
#[track_caller]
fn is_refused(world: &World) {
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    let outcome = login.finish();
    outcome.ends(USAGE).says("acme.toml").opened_nothing();
    outcome.left_the_token_alone().asked_for_a_token(0);
    assert!(browser.was_never_opened());
}

#[test]
fn endpoints_that_no_browser_should_open_are_refused() {
    for endpoint in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://as.example/authorize",
        "http://127.0.0.1.evil.example/authorize",
        "smb://host/share",
        "--new-window",
        "-x https://as.example/",
        "https://as.example/a b",
        "https://as.example/\"quoted\"",
        "https://as.example/'quoted'",
        "https://as.example/$(id)",
        "https://as.example/`id`",
        "https://as.example/%PATH%",
        "https://as.example/&calc",
        "https://as.example/|id",
        "https://person:secret@as.example/",
        "https://person@as.example/",
        "https://:secret@as.example/",
        "https://as.example/#fragment",
        "https://as.example/\\u001b[2J",
        "",
        "authorize",
    ] {
        for name in ["authorization_endpoint", "token_endpoint"] {
            let world = World::like_strava();
            let quoted = endpoint.replace('"', "\\\"");
            world.provider_has(name, &format!("\"{quoted}\""));
            is_refused(&world);
        }
    }
}

#[test]
fn a_file_that_does_not_describe_a_provider_is_refused() {
    let world = World::like_strava();
    let whole = world.read("acme.toml");
    for text in [
        "",
        "not TOML",
        "name = 12",
        &whole.replace("token_endpoint =", "tokenendpoint ="),
        &whole.replace("authorization_endpoint =", "# authorization_endpoint ="),
        &whole.replace("\"any\"", "\"sometimes\""),
        &whole.replace("client_secret_post", "client_secret_jwt"),
    ] {
        world.writes("acme.toml", text);
        let outcome = world.login().finish();
        outcome.ends(USAGE).says("acme.toml").opened_nothing();
    }
}

#[test]
fn a_wrong_key_is_named_with_its_line() {
    let world = World::like_strava();
    let whole = world.read("acme.toml");
    world.writes("acme.toml", format!("\nscops = []\n{whole}"));
    world
        .login()
        .finish()
        .ends(USAGE)
        .says("line 2")
        .says("scops");
}

/// The file can be committed; a client's secret cannot.
#[test]
fn a_secret_in_a_provider_file_is_refused_and_not_repeated() {
    let world = World::like_strava();
    world.provider_has("client_secret", "\"do-not-echo\"");
    let outcome = world.login().finish();
    outcome.ends(USAGE).says("unknown field `client_secret`");
    outcome.never_says("do-not-echo").opened_nothing();
}

/// With this as its first line, instead of what it said of that key.
#[track_caller]
fn is_told(line: &str, said: &str) {
    let world = World::like_strava();
    let key = line.split(' ').next().unwrap();
    let whole = world.read("acme.toml");
    let rest = whole.lines().filter(|other| !other.starts_with(key));
    let lines: Vec<&str> = std::iter::once(line).chain(rest).collect();
    world.writes("acme.toml", lines.join("\n"));
    let outcome = world.login().finish();
    outcome.ends(USAGE).says("acme.toml: line 1: ").says(said);
    outcome.opened_nothing();
}

#[test]
fn a_word_that_is_nearly_right_is_told_how_it_is_right() {
    for (line, right) in [
        ("token_endpiont = 'https://as.example'", "token_endpoint"),
        ("redirect_port = 'exakt'", "exact"),
        ("revocation_endpoint_auth_method = 'baerer'", "bearer"),
        ("app_form = [{ feild = 'x', value = 'y' }]", "field"),
    ] {
        is_told(line, &format!("did you mean `{right}`?"));
    }
}

#[test]
fn a_value_of_another_type_is_named_with_its_line() {
    for line in [
        "scopes = 'read'",
        "app_page = 1",
        "max_access_token_lifetime = '1h'",
        "authorization_response_iss_parameter_supported = 'yes'",
    ] {
        is_told(line, "invalid type");
    }
}

#[test]
fn a_key_that_cannot_mean_what_it_says_is_refused() {
    for (key, value, said) in [
        ("issuer", "'https://as.example{x}'", "issuer"),
        ("issuer", "'https://as.example/{x}{y}'", "issuer"),
        ("scope_parameter", "'state'", "scope_parameter"),
        ("scope_parameter", "''", "scope_parameter"),
        ("token_root", "'authed_user'", "no JSON pointer"),
        ("account", "{ id = 'sub' }", "no JSON pointer"),
        ("account", "{ name = ['/a', 'b'] }", "no JSON pointer"),
        ("token_errors", "{ list = 'errors' }", "no JSON pointer"),
        ("token_errors", "{ codes = { x = 'gone' } }", "\"gone\""),
        ("client_id", "''", "client_id"),
    ] {
        let world = World::of_a_public_client();
        let whole = world.read("acme.toml");
        let keys = whole.split("[account]").next().unwrap();
        let rest = keys.lines().filter(|line| !line.starts_with(key));
        let lines: Vec<&str> = rest.collect();
        world.writes(
            "acme.toml",
            format!("{}\n{key} = {value}\n", lines.join("\n")),
        );
        world.login().finish().says(said);
        is_refused(&world);
    }
}

#[test]
fn the_parameter_that_scopes_go_by_is_the_logins_own() {
    let world = World::standard();
    world.provider_has("scope_parameter", "\"user_scope\"");
    let param = |name: &str| world.login().with("--param", &format!("{name}=x"));
    for ours in ["user_scope", "scope"] {
        param(ours).finish().ends(USAGE).says(ours).opened_nothing();
    }
    let login = param("team").start();
    let person = login.person();
    assert_eq!(person.parameter("user_scope"), "profile data.read");
    assert_eq!(person.parameter("team"), "x");
}

#[test]
fn the_variables_of_a_built_in_provider_are_for_its_own_server() {
    let world = World::standard();
    world.provider_has("env_prefix", "\"STRAVA\"");
    world.login().approved().ends(OK);
    world.provider_has("token_endpoint", "\"https://as.example/token\"");
    world.login().finish().says("env_prefix").says("STRAVA");
    world.removes("token.json");
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    login.finish().ends(USAGE).opened_nothing();
    assert!(browser.was_never_opened());
}

#[test]
fn no_endpoint_of_another_server_gets_what_those_variables_hold() {
    let elsewhere = "\"https://as.example/\"";
    for (key, value) in [
        ("token_endpoint", elsewhere),
        ("revocation_endpoint", elsewhere),
        ("issuer", elsewhere),
    ] {
        for prefix in ["STRAVA", "Strava"] {
            let world = World::standard();
            world.provider_has("env_prefix", &format!("{prefix:?}"));
            world.provider_has(key, value);
            let outcome = world.login().finish();
            outcome.ends(USAGE).says("env_prefix").opened_nothing();
        }
    }
}

#[test]
fn two_endpoints_are_enough_for_a_provider() {
    let world = World::standard();
    let (authorize, token) = (
        world.server.url("/oauth/authorize"),
        world.server.url("/oauth/token"),
    );
    let text = format!("authorization_endpoint = \"{authorize}\"\ntoken_endpoint = \"{token}\"\n");
    world.writes("acme.toml", text);
    let login = world.login().with("--scope", "profile");
    login.approved().ends(OK).has_token("/scope", "profile");
}

#[test]
fn a_prefix_that_a_shell_would_run_is_refused() {
    let world = World::like_strava();
    world.is_logged_in();
    for prefix in ["x=1;touch pwned;y", "A=B", "a b", "", "1", "$(id)", "A\\n"] {
        world.provider_has("env_prefix", &format!("\"{prefix}\""));
        for provider in [true, false] {
            let token = world.run("token").with("--format", "env");
            let token = if provider {
                token
            } else {
                token.without("--provider")
            };
            token
                .finish()
                .ends(USAGE)
                .prints_nothing()
                .says("env_prefix");
        }
    }
}

#[test]
fn a_provider_file_that_was_moved_with_its_token_is_still_its_provider() {
    let world = World::like_strava();
    world.has_expired_token();
    world.edits_token(|token| token["provider"] = "/somewhere/else/acme.toml".into());
    let token = world.run("token").finish();
    token.ends(OK).prints_the_token().after_refreshes(1);
    let here = world.path("acme.toml").canonicalize().unwrap();
    token.has_token("/provider", here.to_str().unwrap());
}

#[test]
fn another_file_of_the_same_name_is_another_provider() {
    let world = World::like_strava();
    world.has_expired_token();
    world.edits_token(|token| token["provider"] = "/somewhere/else/acme.toml".into());
    std::fs::create_dir(world.path("other")).unwrap();
    std::fs::copy(world.path("acme.toml"), world.path("other/acme.toml")).unwrap();
    let token = world.run("token").with("--provider", "./other/acme.toml");
    token.finish().ends(LOCAL).after_refreshes(0);
}

#[test]
fn a_file_of_another_name_is_another_provider() {
    let world = World::like_strava();
    world.has_expired_token();
    world.edits_token(|token| token["provider"] = "/somewhere/else/other.toml".into());
    let token = world.run("token").finish();
    token.ends(LOCAL).after_refreshes(0);
}

#[test]
fn a_file_beside_one_that_is_still_there_is_another_provider() {
    let world = World::like_strava();
    world.has_expired_token();
    std::fs::create_dir(world.path("other")).unwrap();
    std::fs::copy(world.path("acme.toml"), world.path("other/acme.toml")).unwrap();
    let there = world.path("other/acme.toml");
    world.edits_token(|token| token["provider"] = there.to_str().unwrap().into());
    world.run("token").finish().ends(LOCAL).after_refreshes(0);
}
