//! Logins at `oidc-provider`, by nothing but its issuer where nothing else is said: all else is in its metadata.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use super::server::Server;
use super::support::{Home, login_without_browser};
use super::visitor::{Visitor, status_for};
use super::webdriver::Browser;

const CONSENT: &str = "input[value=consent] ~ button";

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_person_logs_in_at_an_issuer() {
    let server = Server::oidc_provider(&json!({}));
    let (home, browser) = (server.home(), Browser::start());
    let login = home.start(&server.login());
    browser.open(&login.authorize_url());
    sign_in(&browser);
    browser.click(CONSENT);
    assert_eq!(browser.attribute("main", "data-outcome"), "success");
    assert_eq!(login.end().0, 0);
    assert_eq!(home.token()["provider"], server.fact("issuer"));
    assert_eq!(home.token()["account"]["id"], "marianne");
    assert_eq!(home.scopes(), ["openid", "profile"]);
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_person_may_refuse_before_or_after_signing_in() {
    let server = Server::oidc_provider(&json!({}));
    let (home, browser) = (server.home(), Browser::start());
    for refusing in [|_: &Browser| (), sign_in] {
        let login = home.start(&server.login());
        browser.open(&login.authorize_url());
        refusing(&browser);
        browser.click(".login-help a");
        assert_eq!(browser.attribute("main", "data-outcome"), "refused");
        assert_eq!(login.end().0, 4);
    }
    assert!(!home.path("token.json").exists());
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn a_second_login_needs_no_browser_unless_forced() {
    let server = Server::oidc_provider(&json!({}));
    let home = server.home();
    logs_in(&home, &server.login());
    let token = home.token();
    let again = home.run(&server.login());
    assert_eq!(again.code, 0, "{}", again.stderr);
    let opened = again.stderr.contains(server.fact("authorization_endpoint"));
    assert!(!opened, "{}", again.stderr);
    assert_eq!(home.token(), token);
    logs_in(&home, &(server.login() + " --force"));
    assert_ne!(home.token()["access_token"], token["access_token"]);
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn whoever_is_forced_signs_in_again_and_may_be_somebody_else() {
    let server = Server::oidc_provider(&json!({}));
    let (home, browser) = (server.home(), Browser::start());
    let login = home.start(&server.login());
    browser.open(&login.authorize_url());
    sign_in(&browser);
    browser.click(CONSENT);
    assert_eq!(login.end().0, 0);
    let login = home.start(&(server.login() + " --force"));
    browser.open(&login.authorize_url());
    sign_in_as(&browser, "pille");
    browser.click(CONSENT);
    assert_eq!(login.end().0, 7);
    assert_eq!(home.token()["account"]["id"], "marianne");
    assert!(home.path("token.pille.json").exists());
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn an_issuer_may_have_a_path() {
    let server = Server::oidc_provider(&json!({ "path": "/tenant/a" }));
    let home = Home::new();
    logs_in(&home, &as_public(&server));
    assert_eq!(home.token()["provider"], server.fact("issuer"));
    for command in ["refresh", "whoami", "logout"] {
        let ended = home.run(&public(&server, command));
        assert_eq!(ended.code, 0, "{command}: {}", ended.stderr);
    }
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn a_client_authenticates_itself_as_the_metadata_wants_it() {
    for method in ["client_secret_basic", "client_secret_post"] {
        let server = Server::oidc_provider(&json!({ "methods": [method] }));
        let home = server.home();
        logs_in(&home, &server.login());
        let expected = json!({ "grant": "authorization_code", "by": method });
        assert_eq!(server.says(), expected);
        assert_eq!(home.run(&server.asked_to("refresh")).code, 0);
        let expected = json!({ "grant": "refresh_token", "by": method });
        assert_eq!(server.says(), expected);
    }
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn a_client_without_a_secret_needs_none() {
    let server = Server::oidc_provider(&json!({}));
    let home = Home::new();
    logs_in(&home, &as_public(&server));
    assert_eq!(server.says()["by"], "none");
    assert_eq!(home.token()["client_id"], "public");
    let whoami = home.run(&public(&server, "whoami"));
    let person: Value = serde_json::from_str(&whoami.stdout).unwrap();
    assert_eq!(person["name"], "Marianne");
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn id_tokens_may_be_signed_by_any_of_four_algorithms() {
    let server = Server::oidc_provider(&json!({}));
    for algorithm in ["ES256", "RS256", "PS256", "EdDSA"] {
        let client = format!(" --client-id {algorithm}");
        let home = Home::new();
        logs_in(&home, &(server.login() + &client));
        assert_eq!(home.token()["account"]["id"], "marianne", "{algorithm}");
        // A refresh brings another one.
        let refreshed = home.run(&(server.asked_to("refresh") + &client));
        assert_eq!(refreshed.code, 0, "{algorithm}: {}", refreshed.stderr);
    }
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn a_refresh_token_is_good_for_one_use_and_a_second_one_ends_the_login() {
    let server = Server::oidc_provider(&json!({}));
    let home = server.home();
    logs_in(&home, &server.login());
    let first = home.read("token.json");
    for _ in 0..2 {
        let spent = home.token()["refresh_token"].clone();
        let refreshed = home.run(&server.asked_to("refresh"));
        assert_eq!(refreshed.code, 0, "{}", refreshed.stderr);
        assert_ne!(home.token()["refresh_token"], spent);
    }
    let newest = home.read("token.json");
    for token in [first, newest] {
        home.write_secret("token.json", &token);
        assert_eq!(home.run(&server.asked_to("refresh")).code, 3);
        assert_eq!(home.read("token.json"), token);
    }
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn after_a_logout_the_server_takes_the_token_no_more() {
    let server = Server::oidc_provider(&json!({}));
    let home = server.home();
    logs_in(&home, &server.login());
    let token = home.token()["access_token"].as_str().unwrap().to_owned();
    let userinfo = server.fact("userinfo_endpoint");
    assert_eq!(status_for(&token, userinfo), "200");
    assert_eq!(home.run(&server.asked_to("logout")).code, 0);
    assert_eq!(status_for(&token, userinfo), "401");
    assert!(!home.path("token.json").exists());
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn offline_access_is_asked_for_where_it_is_listed() {
    let listed = ["openid", "profile", "offline_access"];
    for (scopes, wanted) in [(&listed[..2], false), (&listed, true)] {
        let server = Server::oidc_provider(&json!({ "scopes": scopes }));
        let home = Home::new();
        let url = logs_in(&home, &as_public(&server));
        assert_eq!(url.contains("offline_access"), wanted, "{url}");
        assert_eq!(url.contains("prompt=consent"), wanted, "{url}");
        assert_eq!(home.scopes(), scopes);
        assert!(home.token()["refresh_token"].is_string());
    }
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn a_token_is_for_the_resource_that_was_named_and_stays_so() {
    let server = Server::oidc_provider(&json!({}));
    let home = Home::new();
    let resource = " --resource https://api.example/ --scope openid --scope api:read";
    logs_in(&home, &(as_public(&server) + resource));
    let first = home.token();
    assert_eq!(audience(&first), "https://api.example/");
    // The userinfo endpoint is another resource: whose token it is was in the id_token.
    assert_eq!(first["account"]["id"], "marianne");
    home.expire();
    let token = home.run(&public(&server, "token"));
    assert_eq!(token.code, 0, "{}", token.stderr);
    assert_ne!(home.token()["access_token"], first["access_token"]);
    assert_eq!(audience(&home.token()), "https://api.example/");
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn a_resource_that_the_server_does_not_know_is_named_as_the_reason() {
    let server = Server::oidc_provider(&json!({}));
    let (home, resource) = (Home::new(), " --resource https://other.example/");
    let login = home.start(&(as_public(&server) + resource));
    Visitor::new().opens(&login.authorize_url());
    let (code, said) = login.end();
    assert_eq!(code, 6, "{said}");
    assert!(said.contains("invalid_target"), "{said}");
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn what_providers_prints_of_an_issuer_is_a_provider_file() {
    let server = Server::oidc_provider(&json!({ "path": "/tenant/a" }));
    let home = server.home();
    let printed = home.run(&format!("providers {}", server.fact("issuer")));
    assert_eq!(printed.code, 0, "{}", printed.stderr);
    home.write("printed.toml", &printed.stdout);
    let url = logs_in(&home, &login_without_browser("printed.toml"));
    assert!(url.contains("&nonce="), "{url}");
    assert_eq!(home.token()["account"]["id"], "marianne");
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn later_the_token_itself_tells_the_issuer_unless_there_is_a_secret() {
    let server = Server::oidc_provider(&json!({}));
    for (home, login, code) in [
        (Home::new(), as_public(&server), 0),
        (server.home(), server.login(), 2),
    ] {
        logs_in(&home, &login);
        home.expire();
        let token = home.run("token");
        assert_eq!(token.code, code, "{}", token.stderr);
        assert_eq!(token.stderr.contains("--provider"), code == 2);
    }
}

#[test]
#[ignore = "needs curl and oidc-provider: tests/run"]
fn a_provider_file_may_say_it_all_instead() {
    let server = Server::oidc_provider(&json!({}));
    let home = server.home();
    let keys = ["issuer", "authorization_endpoint", "token_endpoint"];
    let keys = keys.map(|key| format!("{key} = {:?}\n", server.fact(key)));
    let more = "authorization_response_iss_parameter_supported = true\nscopes = ['api:read']\n";
    home.write("acme.toml", &(keys.concat() + more));
    logs_in(&home, &login_without_browser("acme.toml"));
    assert_eq!(home.scopes(), ["api:read"]);
    assert!(home.token()["account"].is_null());
}

fn sign_in(browser: &Browser) {
    sign_in_as(browser, "marianne");
}

fn sign_in_as(browser: &Browser, name: &str) {
    browser.type_into("input[name=login]", name);
    browser.type_into("input[name=password]", "any will do");
    browser.click("input[value=login] ~ button");
    browser.text(CONSENT);
}

/// A person agrees to everything. The address that they were sent to.
fn logs_in(home: &Home, login: &str) -> String {
    let login = home.start(login);
    let (url, person) = (login.authorize_url(), Visitor::new());
    let page = person.opens(&url);
    let page = person.sends(&page, &["prompt=login", "login=marianne", "password=any"]);
    let page = person.sends(&page, &["prompt=consent"]);
    assert!(
        page.html.contains("data-outcome=\"success\""),
        "{}",
        page.html
    );
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    url
}

/// The command that logs in the client that has no secret.
fn as_public(server: &Server) -> String {
    server.login() + " --client-id public"
}

/// Any other command of that client's.
fn public(server: &Server, command: &str) -> String {
    server.asked_to(command) + " --client-id public"
}

/// What an access token that is a JWT (RFC 9068) is good for.
fn audience(token: &Value) -> String {
    let token = token["access_token"].as_str().unwrap();
    let claims = token.split('.').nth(1).expect("it is a JWT");
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    claims["aud"].as_str().unwrap().to_owned()
}
