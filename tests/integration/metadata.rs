//! What an issuer says of itself decides how it is dealt with, as far as that is safe.

use serde_json::{Value, json};

use crate::support::*;
use crate::trust::Trap;

const ENDPOINTS: [&str; 5] = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "revocation_endpoint",
    "jwks_uri",
];

fn world(edit: impl FnOnce(&mut Value)) -> World {
    let world = World::of_an_issuer();
    world.server.says_of_itself(edit);
    world
}

/// Refused before anything is opened, and before a secret goes anywhere.
#[track_caller]
fn is_refused(world: &World) -> Outcome<'_> {
    let browser = world.browser();
    let login = world.login().with("--browser", browser.command());
    let outcome = login.finish();
    outcome.ends(PROVIDER).asked_for_a_token(0).opened_nothing();
    outcome.left_the_token_alone();
    assert!(browser.was_never_opened());
    outcome
}

/// What a login asks a person for.
#[track_caller]
fn asks_for<'w>(login: Loopin<'w>, scope: &str, prompt: &str) {
    let login = login.start();
    let person = login.person();
    assert_eq!(person.parameter("scope"), scope);
    assert_eq!(person.parameter("prompt"), prompt);
    person.approve();
    login.finish().ends(OK);
}

#[test]
fn endpoints_that_nobody_should_go_to_are_refused() {
    for endpoint in [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://as.example/x",
        "http://127.0.0.1.evil.example/x",
        "smb://host/share",
        "ftp://as.example/x",
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
        "https://as.example/\u{1b}[2J",
        "//as.example/x",
        "/oauth/x",
        "",
    ] {
        for name in ENDPOINTS {
            is_refused(&world(|metadata| metadata[name] = endpoint.into()));
        }
    }
}

#[test]
fn endpoints_that_are_no_texts_are_refused() {
    for odd in [
        json!(7),
        json!(["https://as.example/x"]),
        json!({}),
        json!(true),
    ] {
        for name in ENDPOINTS {
            is_refused(&world(|metadata| metadata[name] = odd.clone()));
        }
    }
}

#[test]
fn without_its_two_endpoints_it_is_no_provider() {
    for name in ["authorization_endpoint", "token_endpoint"] {
        is_refused(&world(without(name))).says(name);
        is_refused(&world(|metadata| metadata[name] = Value::Null)).says(name);
    }
}

#[test]
fn what_else_it_may_have_may_be_missing() {
    for name in ["userinfo_endpoint", "revocation_endpoint"] {
        world(without(name)).login().approved().ends(OK);
        let null = world(|metadata| metadata[name] = Value::Null);
        null.login().approved().ends(OK);
    }
}

#[test]
fn the_rest_of_its_endpoint_survives() {
    let world = World::of_an_issuer();
    let endpoint = world.server.url("/oauth/authorize?tenant=a&x=%26");
    let edit = |metadata: &mut Value| metadata["authorization_endpoint"] = endpoint.into();
    world.server.says_of_itself(edit);
    let login = world.login().start();
    let url = login.printed_url();
    assert!(url.contains("?tenant=a&x=%26&"), "{url}");
}

#[test]
fn the_client_is_authenticated_as_the_metadata_says() {
    for (methods, auth) in [
        (json!(["client_secret_basic"]), ClientAuth::Basic),
        (json!(["client_secret_post"]), ClientAuth::Post),
        (
            json!(["client_secret_post", "client_secret_basic"]),
            ClientAuth::Basic,
        ),
        (
            json!(["private_key_jwt", "client_secret_basic", "none"]),
            ClientAuth::Basic,
        ),
        (
            json!(["client_secret_jwt", "none", "client_secret_post"]),
            ClientAuth::Post,
        ),
        (json!([]), ClientAuth::Basic),
        (Value::Null, ClientAuth::Basic),
    ] {
        let world = world(|metadata| metadata["token_endpoint_auth_methods_supported"] = methods);
        world.server.rules(|rules| rules.client_auth = auth);
        world.login().approved().ends(OK).asked_for_a_token(1);
        world.run("refresh").finish().ends(OK).after_refreshes(1);
    }
}

#[test]
fn id_and_secret_with_odd_characters_arrive() {
    let world = World::of_an_issuer();
    let secret = format!("{}:+%/\u{e9}", world.marks.word(Secret::Client));
    world.writes("client_secrets.txt", format!("acme:client,{secret}\n"));
    world.server.rules(|rules| {
        rules.client_id = "acme:client".to_owned();
        rules.client_secret = secret;
    });
    world.login().approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_client_without_a_secret_is_a_public_one() {
    let world = World::of_an_issuer();
    world.removes("client_secrets.txt");
    world.is_authenticated_by(ClientAuth::None);
    let login = || world.login().with("--client-id", "acme-client");
    login().approved().ends(OK).asked_for_a_token(1);
    login().finish().ends(OK).opened_nothing();
}

#[test]
fn a_public_client_is_taken_at_its_word_whatever_is_listed() {
    let world = World::of_an_issuer();
    world.removes("client_secrets.txt");
    world
        .server
        .rules(|rules| rules.client_auth = ClientAuth::None);
    let login = world.login().with("--client-id", "acme-client");
    login.approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_provider_that_wants_what_no_secret_can_do_is_named() {
    for method in ["private_key_jwt", "tls_client_auth", "client_secret_jwt"] {
        let world = world(|metadata| {
            metadata["token_endpoint_auth_methods_supported"] = json!([method]);
        });
        is_refused(&world).says("authenticates clients");
    }
}

#[test]
fn pkce_is_never_given_up() {
    for methods in [json!(["plain"]), json!([]), Value::Null, json!("S256")] {
        let world = world(|metadata| metadata["code_challenge_methods_supported"] = methods);
        world.login().approved().ends(OK).asked_for_a_token(1);
    }
}

#[test]
fn a_provider_that_wants_its_requests_pushed_is_named() {
    let world = world(|metadata| metadata["require_pushed_authorization_requests"] = true.into());
    is_refused(&world).says("pushed");
}

#[test]
fn a_provider_that_wants_its_requests_signed_is_named() {
    let world = world(|metadata| metadata["require_signed_request_object"] = true.into());
    is_refused(&world).says("signed");
}

#[test]
fn an_issuer_that_was_promised_may_not_be_missing_nor_another() {
    for iss in [None, Some("https://evil.example"), Some("")] {
        let world = World::of_an_issuer();
        let login = world.login().start();
        let person = login.person();
        let bare = person.approval().without("iss");
        person.go(&iss.map_or(bare.clone(), |iss| bare.with("iss", iss)));
        let outcome = login.finish();
        outcome.ends(PROVIDER).says("issuer").asked_for_a_token(0);
    }
}

#[test]
fn an_issuer_that_was_not_promised_may_be_missing_but_not_another() {
    let promise = "authorization_response_iss_parameter_supported";
    world(without(promise)).login().approved().ends(OK);
    let world = world(|metadata| metadata[promise] = false.into());
    let login = world.login().start();
    let person = login.person();
    person.go(&person.approval().with("iss", "https://evil.example"));
    login.finish().ends(PROVIDER).asked_for_a_token(0);
}

#[test]
fn an_error_needs_the_issuer_too() {
    let world = World::of_an_issuer();
    let login = world.login().start();
    let person = login.person();
    let page = person.go(&person.back().with("error", "access_denied").without("iss"));
    page.shows_no("You refused");
    login.finish().ends(PROVIDER).says("issuer");
    let login = world.login().start();
    login.person().refuse();
    login.finish().ends(DENIED);
}

#[test]
fn what_is_asked_for_is_what_the_provider_lists() {
    for (listed, scope, prompt) in [
        (
            json!(["openid", "profile", "email", "offline_access"]),
            "openid profile offline_access",
            "consent",
        ),
        (
            json!(["offline_access", "openid"]),
            "openid offline_access",
            "consent",
        ),
        (json!(["openid", "email"]), "openid", ""),
        (json!(["read", "profile"]), "profile", ""),
        (json!(["read"]), "", ""),
        (json!([]), "", ""),
        (Value::Null, "openid", ""),
    ] {
        let world = world(|metadata| metadata["scopes_supported"] = listed);
        asks_for(world.login(), scope, prompt);
    }
}

#[test]
fn who_it_is_is_not_asked_where_nobody_could_verify_it() {
    let world = world(without("jwks_uri"));
    asks_for(world.login(), "profile offline_access", "");
    assert_eq!(world.server.was_asked_about_itself(), [RFC_8414, OPENID]);
}

#[test]
fn who_says_nothing_of_scopes_and_openid_is_asked_for_nothing() {
    let world = world(|metadata| {
        let members = metadata.as_object_mut().unwrap();
        members.retain(|name, _| !name.starts_with("scopes") && !name.contains("id_token"));
        members.remove("jwks_uri");
        members.remove("subject_types_supported");
    });
    world.server.publishes_at(&[RFC_8414]);
    asks_for(world.login(), "", "");
}

#[test]
fn consent_is_asked_for_with_offline_access_by_whomever_that_is_named() {
    let world = world(|metadata| metadata["scopes_supported"] = json!(["openid"]));
    let login = world.login().with("--scope", "openid offline_access");
    asks_for(login, "openid offline_access", "consent");
    let world = World::of_an_issuer();
    asks_for(world.login().with("--scope", "openid"), "openid", "");
}

#[test]
fn whoever_is_to_be_asked_again_logs_in_again() {
    let world = World::of_an_issuer();
    world.is_logged_in();
    let login = world.login().flag("--force").start();
    let prompt = login.person().parameter("prompt");
    assert_eq!(prompt, "login consent");
}

#[test]
fn the_account_is_asked_for_where_no_id_token_tells_it() {
    let world = world(|metadata| {
        without("jwks_uri")(metadata);
        metadata["scopes_supported"] = json!(["profile"]);
    });
    world
        .login()
        .approved()
        .ends(OK)
        .has_token("/account/id", "u-1");
    assert_eq!(world.server.userinfo_requests(), 1);
}

#[test]
fn an_issuer_far_away_leads_nobody_to_this_machine() {
    let trap = Trap::set();
    for name in ENDPOINTS {
        for host in ["127.0.0.1", "localhost", "0.0.0.0"] {
            let world = World::of_an_issuer_over_https();
            let here = trap.url("/x").replace("127.0.0.1", host);
            let edit = |metadata: &mut Value| metadata[name] = here.into();
            world.server.says_of_itself(edit);
            is_refused(&world).says(name);
        }
    }
    trap.is_untouched();
}

#[test]
fn an_issuer_far_away_leads_nobody_to_this_machine_by_another_name() {
    for host in [
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "as.localhost",
    ] {
        let world = World::of_an_issuer_over_https();
        let here = format!("https://{host}/x");
        let edit = |metadata: &mut Value| metadata["token_endpoint"] = here.into();
        world.server.says_of_itself(edit);
        is_refused(&world).says("token_endpoint is on this machine, and the issuer is not");
    }
}
