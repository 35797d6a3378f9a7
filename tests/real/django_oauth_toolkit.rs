//! Logins at Django OAuth Toolkit, a server of another make, whose issuer has a path.

use serde_json::{Value, json};

use super::server::Server;
use super::support::Home;
use super::visitor::status_for;
use super::webdriver::Browser;

#[test]
#[ignore = "needs Chromium and Django OAuth Toolkit: tests/run"]
fn a_person_logs_in_at_django() {
    let promise = json!({ "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": true });
    let server = Server::django_oauth_toolkit(&json!({ "settings": promise }));
    let home = server.home();
    assert_eq!(logs_in(&home, &server.login()), 0);
    assert_eq!(home.token()["provider"], server.fact("issuer"));
    assert_eq!(home.token()["account"]["id"], "1");
    assert_eq!(home.scopes(), ["openid"]);
    let whoami = home.run(&server.asked_to("whoami"));
    let person: Value = serde_json::from_str(&whoami.stdout).unwrap();
    assert_eq!(person["sub"], "1");
}

#[test]
#[ignore = "needs Chromium and Django OAuth Toolkit: tests/run"]
fn a_person_may_cancel_at_django() {
    let server = Server::django_oauth_toolkit(&json!({}));
    let (home, browser) = (server.home(), Browser::start());
    let login = home.start(&server.login());
    browser.open(&login.authorize_url());
    sign_in(&browser);
    browser.click("input[value=Cancel]");
    assert_eq!(browser.attribute("main", "data-outcome"), "refused");
    assert_eq!(login.end().0, 4);
    assert!(!home.path("token.json").exists());
}

#[test]
#[ignore = "needs Chromium and Django OAuth Toolkit: tests/run"]
fn each_refresh_at_django_spends_the_refresh_token_of_the_one_before() {
    let server = Server::django_oauth_toolkit(&json!({}));
    let home = server.home();
    assert_eq!(logs_in(&home, &server.login()), 0);
    let first = home.read("token.json");
    let mut issued = vec![home.token()["refresh_token"].clone()];
    for _ in 0..2 {
        let refreshed = home.run(&server.asked_to("refresh"));
        assert_eq!(refreshed.code, 0, "{}", refreshed.stderr);
        assert!(!issued.contains(&home.token()["refresh_token"]));
        issued.push(home.token()["refresh_token"].clone());
    }
    home.write_secret("token.json", &first);
    assert_eq!(home.run(&server.asked_to("refresh")).code, 3);
    assert_eq!(home.read("token.json"), first);
}

/// It publishes both documents; only that of RFC 8414 has the revocation endpoint, the other one whose token it is.
#[test]
#[ignore = "needs Chromium and Django OAuth Toolkit: tests/run"]
fn after_a_logout_django_takes_the_token_no_more() {
    let server = Server::django_oauth_toolkit(&json!({ "metadata": true }));
    let home = server.home();
    assert_eq!(logs_in(&home, &server.login()), 0);
    let token = home.token()["access_token"].as_str().unwrap().to_owned();
    let userinfo = server.fact("userinfo_endpoint");
    assert_eq!(home.run(&server.asked_to("whoami")).code, 0);
    assert_eq!(status_for(&token, userinfo), "200");
    assert_eq!(home.run(&server.asked_to("logout")).code, 0);
    assert_eq!(status_for(&token, userinfo), "401");
}

/// It lists no method for a client without a secret, and yet has them.
#[test]
#[ignore = "needs Chromium and Django OAuth Toolkit: tests/run"]
fn a_client_without_a_secret_logs_in_at_django() {
    let server = Server::django_oauth_toolkit(&json!({}));
    let home = Home::new();
    let public = " --client-id public";
    assert_eq!(logs_in(&home, &(server.login() + public)), 0);
    assert_eq!(home.run(&(server.asked_to("refresh") + public)).code, 0);
}

/// Whoever has the client's secret could have signed it, and many have.
#[test]
#[ignore = "needs Chromium and Django OAuth Toolkit: tests/run"]
fn an_id_token_that_is_signed_with_the_secret_is_refused() {
    let server = Server::django_oauth_toolkit(&json!({}));
    let home = Home::new();
    let secrets = server.secrets().replace("confidential", "symmetric");
    home.write_secret("client_secrets.txt", &secrets);
    assert_eq!(logs_in(&home, &server.login()), 6);
    assert!(!home.path("token.json").exists());
}

/// A person agrees to everything; the login's exit code.
fn logs_in(home: &Home, login: &str) -> i32 {
    let (login, browser) = (home.start(login), Browser::start());
    browser.open(&login.authorize_url());
    sign_in(&browser);
    browser.click("input[name=allow]");
    browser.text("main[data-outcome]");
    login.end().0
}

fn sign_in(browser: &Browser) {
    browser.type_into("input[name=username]", "marianne");
    browser.type_into("input[name=password]", "any");
    browser.click("input[type=submit]");
    browser.text("#authorizationForm");
}
