//! From an issuer to what it says of itself: where that is looked for, and whether it is believed.

use serde_json::Value;

use crate::support::*;
use crate::trust::Trap;

/// The provider says this of itself, and is not believed.
#[track_caller]
fn is_not_believed<'w>(world: &'w World, edit: impl FnOnce(&mut Value)) -> Outcome<'w> {
    world.server.says_of_itself(edit);
    let outcome = world.login().finish();
    outcome.ends(PROVIDER).opened_nothing().asked_for_a_token(0);
    outcome.left_the_token_alone();
    outcome
}

/// Whoever looks for the metadata is answered so.
#[track_caller]
fn login_ends(code: i32, answer: impl Fn() -> Answer) {
    let world = World::of_an_issuer();
    world.server.answers_at(OPENID, answer());
    world.server.answers_at(RFC_8414, answer());
    let outcome = world.login().finish();
    outcome.ends(code).opened_nothing().asked_for_a_token(0);
    outcome.left_the_token_alone().never_says("mark-page");
}

#[test]
fn an_issuer_is_all_that_a_login_needs() {
    let world = World::of_an_issuer();
    let outcome = world.login().approved();
    outcome.ends(OK).asked_for_a_token(1);
    outcome.has_token("/provider", &world.server.issuer());
    outcome.has_token("/account/id", "u-1");
    outcome.has_token("/account/name", "Mari Maasikas");
}

#[test]
fn an_issuer_in_a_provider_file_will_do_as_well() {
    let world = World::of_an_issuer_at("/tenant");
    world.provider_has("scopes", "[\"openid\", \"email\"]");
    let login = world.login().with("--provider", "./acme.toml");
    let outcome = login.approved();
    outcome.ends(OK).has_token("/scope", "openid email");
    let file = world.path("acme.toml").canonicalize().unwrap();
    outcome.has_token("/provider", file.to_str().unwrap());
}

#[test]
fn keys_of_a_provider_file_win_over_what_the_issuer_says() {
    let world = World::of_an_issuer();
    let token_endpoint = format!("{:?}", world.server.url("/oauth/token"));
    world.provider_has("token_endpoint", &token_endpoint);
    let trap = Trap::set();
    let elsewhere = trap.url("/token");
    world
        .server
        .says_of_itself(|metadata| metadata["token_endpoint"] = elsewhere.into());
    let login = world.login().with("--provider", "./acme.toml");
    login.approved().ends(OK).asked_for_a_token(1);
    trap.is_untouched();
}

#[test]
fn it_is_looked_for_where_oauth_puts_it_and_then_where_openid_does() {
    for (path, first, second) in [
        ("", RFC_8414.to_owned(), OPENID.to_owned()),
        ("/", RFC_8414.to_owned(), OPENID.to_owned()),
        ("/a/b", format!("{RFC_8414}/a/b"), format!("/a/b{OPENID}")),
        ("/a/b/", format!("{RFC_8414}/a/b"), format!("/a/b{OPENID}")),
    ] {
        let world = World::of_an_issuer_at(path);
        world.server.publishes_at(&[&second]);
        world.login().approved().ends(OK);
        let asked = world.server.was_asked_about_itself();
        assert_eq!(asked, [first.clone(), second.clone()], "{path}");
        world.server.publishes_at(&[&first, &second]);
        world.login().flag("--force").approved().ends(OK);
        assert_eq!(world.server.was_asked_about_itself(), [first], "{path}");
    }
}

#[test]
fn what_one_document_does_not_tell_the_other_may() {
    let world = World::of_an_issuer();
    world
        .server
        .answers_at(RFC_8414, Answer::edited(without("jwks_uri")));
    let login = world.login().start();
    assert_ne!(login.person().parameter("nonce"), "");
    login.person().approve();
    login.finish().ends(OK);
    let asked = world.server.was_asked_about_itself();
    assert_eq!(asked, [RFC_8414, OPENID]);
}

#[test]
fn another_document_of_somebody_else_tells_nothing() {
    let trap = Trap::set();
    let url = trap.url("/userinfo");
    let world = World::of_an_issuer();
    world.server.says_of_itself(without("userinfo_endpoint"));
    world.server.answers_at(RFC_8414, Answer::Genuine);
    let theirs = move |metadata: &mut Value| {
        metadata["issuer"] = "https://evil.example".into();
        metadata["userinfo_endpoint"] = url.clone().into();
    };
    world.server.answers_at(OPENID, Answer::edited(theirs));
    world.is_logged_in();
    world.run("whoami").finish().ends(USAGE);
    trap.is_untouched();
}

#[test]
fn one_document_is_enough_where_the_other_cannot_be_had() {
    for answer in [Answer::Silence, Answer::typed(503, "text/html", "")] {
        let world = World::of_an_issuer();
        world.server.says_of_itself(without("userinfo_endpoint"));
        world.server.answers_at(RFC_8414, Answer::Genuine);
        world.server.answers_at(OPENID, answer);
        world.login().approved().ends(OK);
    }
}

#[test]
fn a_page_for_people_is_no_metadata() {
    for status in [200, 400, 403, 404, 410] {
        let world = World::of_an_issuer();
        let page = Answer::typed(status, "text/html", "<html>mark-page</html>");
        world.server.answers_at(RFC_8414, page);
        world.login().approved().ends(OK);
        let asked = world.server.was_asked_about_itself();
        assert_eq!(asked, [RFC_8414, OPENID]);
    }
}

#[test]
fn an_issuer_of_which_nothing_is_to_be_found_is_named() {
    let world = World::of_an_issuer_at("/tenant");
    world.server.publishes_at(&[]);
    let outcome = world.login().finish();
    outcome.ends(PROVIDER).opened_nothing().asked_for_a_token(0);
    outcome.says(&world.server.issuer()).says("well-known");
}

#[test]
fn what_differs_from_the_issuer_in_anything_is_not_the_issuers() {
    for (path, other) in [
        ("", "/"),
        ("/", ""),
        ("/tenant", "/tenant/"),
        ("/tenant/", "/tenant"),
        ("/tenant", "/Tenant"),
        ("/~tenant", "/%7Etenant"),
        ("/%7Etenant", "/~tenant"),
        ("/tenant", "/a/../tenant"),
        ("/tenant", "/tenant?"),
        ("/tenant", "/tenant#"),
    ] {
        let world = World::of_an_issuer_at(path);
        let other = world.server.url(other);
        let said = other.clone();
        let outcome = is_not_believed(&world, |metadata| metadata["issuer"] = said.into());
        outcome.says("another issuer");
    }
}

#[test]
fn the_issuer_that_was_perhaps_meant_is_named() {
    for (path, other) in [("", "/"), ("/tenant/", "/tenant"), ("/tenant", "/Tenant")] {
        let world = World::of_an_issuer_at(path);
        let other = world.server.url(other);
        let said = other.clone();
        let outcome = is_not_believed(&world, |metadata| metadata["issuer"] = said.into());
        outcome.says(&format!("another issuer, {other}\n"));
        outcome.says("hint: --provider takes the issuer exactly");
    }
}

#[test]
fn hosts_and_ports_are_compared_as_they_are_written() {
    for other in [
        "https://as.example:443",
        "https://AS.example",
        "https://as.example.",
        "HTTPS://as.example",
        "https://\u{430}s.example",
        "https://evil.example",
        "http://as.example",
    ] {
        let world = World::of_an_issuer_over_https();
        let outcome = is_not_believed(&world, |metadata| metadata["issuer"] = other.into());
        outcome.says("another issuer");
    }
}

#[test]
fn an_issuer_far_away_is_met_over_tls() {
    let world = World::of_an_issuer_over_https();
    let outcome = world.login().approved();
    outcome
        .ends(OK)
        .has_token("/provider", "https://as.example");
    let wanted = world.https.as_ref().unwrap().wanted();
    assert!(
        wanted.iter().all(|host| host == "as.example:443"),
        "{wanted:?}"
    );
}

#[test]
fn an_issuer_that_nobody_vouches_for_hears_nothing() {
    let world = World::of_an_issuer_over_https();
    let other = Authority::new();
    world.writes("authority.pem", other.pem());
    let outcome = world.login().finish();
    outcome.ends(PROVIDER).opened_nothing();
    assert_eq!(world.server.connections(), 0);
}

#[test]
fn an_issuer_that_is_no_text_is_none() {
    for odd in [Value::Null, 7.into(), serde_json::json!(["x"]), "".into()] {
        let world = World::of_an_issuer();
        is_not_believed(&world, |metadata| metadata["issuer"] = odd);
    }
    let world = World::of_an_issuer();
    is_not_believed(&world, without("issuer"));
}

#[test]
fn what_cannot_be_an_issuer_is_a_wrong_option() {
    let world = World::of_an_issuer();
    let server = world.server.url("");
    let person = server.replace("://", "://person:mark-password@");
    for odd in [
        "http://as.example",
        "http://192.0.2.1",
        "https://",
        "https://as.example/a b",
        "https://as.example/$(id)",
        "https://as.example/%PATH%",
        "https://b\u{fc}cher.example",
        &format!("{server}/{{tid}}/v2.0"),
        &format!("{server}/{{a\"\nname = \"b}}"),
        &format!("{server}?tenant=a"),
        &format!("{server}/#tenant"),
        &person,
    ] {
        let login = world.login().with("--provider", odd);
        let outcome = login.finish();
        outcome.ends(USAGE).opened_nothing();
        outcome.never_says("mark-password");
    }
    assert_eq!(world.server.connections(), 0);
}

#[test]
fn a_server_in_trouble_is_a_reason_to_try_later() {
    for status in [408, 425, 429, 500, 502, 503] {
        login_ends(TEMPORARY, || {
            Answer::typed(status, "text/html", "<html>mark-page</html>")
        });
    }
    login_ends(TEMPORARY, || Answer::Silence);
}

#[test]
fn an_issuer_that_never_answers_is_given_up() {
    login_ends(TEMPORARY, || Answer::Never);
}

#[test]
fn what_is_no_document_is_the_providers_fault() {
    let twice = "{\"issuer\":\"https://evil.example\",\"issuer\":\"mark-page\"}";
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(50_000), "]".repeat(50_000));
    for body in [
        "",
        "null",
        "[]",
        "\"mark-page\"",
        "{}",
        "{\"issuer\":",
        twice,
        &deep,
    ] {
        login_ends(PROVIDER, || Answer::typed(200, "application/json", body));
    }
    login_ends(PROVIDER, || {
        Answer::typed(200, "application/json", b"{\"issuer\":\"\xff\"}")
    });
}

#[test]
fn a_document_without_end_is_not_read_to_its_end() {
    login_ends(PROVIDER, || Answer::Endless);
    let world = World::of_an_issuer();
    let long = "x".repeat(3_000_000);
    is_not_believed(&world, |metadata| {
        metadata["service_documentation"] = long.into()
    });
}

#[test]
fn a_packed_document_is_not_unpacked() {
    let packed = || Answer::typed(200, "application/json", b"\x1f\x8b\x08\0\0\0\0\0\0\x03");
    login_ends(PROVIDER, || packed().and_header("Content-Encoding", "gzip"));
}

#[test]
fn nobody_is_led_elsewhere_for_metadata() {
    let trap = Trap::set();
    for status in [301, 302, 303, 307, 308] {
        login_ends(PROVIDER, || Answer::redirect(status, &trap.url(OPENID)));
    }
    trap.is_untouched();
    let world = World::of_an_issuer();
    let same_server = Answer::redirect(302, &world.server.url("/elsewhere"));
    world.server.answers_at(OPENID, same_server);
    world.login().finish().ends(PROVIDER).opened_nothing();
}
