//! A login at `oidc-provider`, a certified server that others wrote, which demands PKCE and sends `iss`.

use serde_json::{Value, json};

use super::server::Server;
use super::support::{Home, login_without_browser};
use super::webdriver::Browser;

const CONSENT: &str = "input[value=consent] ~ button";

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_confidential_client_logs_in() {
    let (home, server, browser) = a_server();
    home.write_secret("client_secrets.txt", &server.secrets());
    let login = home.start(&login_without_browser("oidc.toml"));
    browser.open(&login.authorize_url());
    sign_in(&browser);
    consent(&browser);
    assert_eq!(browser.attribute("main", "data-outcome"), "success");
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(home.scopes(), ["api:read", "api:write"]);
    assert!(home.token()["refresh_token"].is_string());
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_public_client_logs_in_without_a_secret() {
    let (home, _server, browser) = a_server();
    let login = home.start(&(login_without_browser("oidc.toml") + " --client-id public"));
    browser.open(&login.authorize_url());
    sign_in(&browser);
    consent(&browser);
    assert_eq!(browser.attribute("main", "data-outcome"), "success");
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(home.token()["client_id"], "public");
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_person_may_refuse_before_or_after_signing_in() {
    let (home, server, browser) = a_server();
    home.write_secret("client_secrets.txt", &server.secrets());
    for refusing in [|_: &Browser| (), sign_in] {
        let login = home.start(&login_without_browser("oidc.toml"));
        browser.open(&login.authorize_url());
        refusing(&browser);
        browser.click(".login-help a");
        assert_eq!(browser.attribute("main", "data-outcome"), "refused");
        assert_eq!(login.end().0, 4);
    }
    assert!(!home.path("token.json").exists());
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_second_login_needs_no_browser_unless_forced() {
    let (home, server, browser) = a_server();
    home.write_secret("client_secrets.txt", &server.secrets());
    let first = home.start(&login_without_browser("oidc.toml"));
    browser.open(&first.authorize_url());
    sign_in(&browser);
    consent(&browser);
    assert_eq!(first.end().0, 0);
    let token = home.token();

    let (code, said) = home.start(&login_without_browser("oidc.toml")).end();
    assert_eq!(code, 0, "{said}");
    assert!(
        !said.contains(&server.fact("authorization_endpoint")),
        "{said}"
    );
    assert_eq!(home.token(), token);

    let forced = home.start(&(login_without_browser("oidc.toml") + " --force"));
    browser.open(&forced.authorize_url());
    consent(&browser);
    assert_eq!(forced.end().0, 0);
    assert_ne!(home.token()["access_token"], token["access_token"]);
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_login_is_kept_alive_by_refresh_tokens_that_are_good_for_one_use() {
    let (home, _server) = logged_in();
    let mut issued = vec![home.token()["access_token"].clone()];
    for _ in 0..2 {
        home.expire();
        let token = home.run("token --provider ./oidc.toml");
        assert_eq!(token.code, 0, "{}", token.stderr);
        assert_eq!(token.stdout.trim_end(), home.token()["access_token"]);
        assert!(!issued.contains(&token.stdout.trim_end().into()));
        issued.push(token.stdout.trim_end().into());
    }
    let asked = home.run("whoami --provider ./oidc.toml");
    assert_eq!(asked.code, 0, "{}", asked.stderr);
    let person: Value = serde_json::from_str(&asked.stdout).unwrap();
    assert_eq!(person["sub"], "marianne");
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_refresh_token_that_was_used_before_ends_the_login() {
    let (home, _server) = logged_in();
    home.expire();
    let stolen = home.read("token.json");
    assert_eq!(home.run("token --provider ./oidc.toml").code, 0);
    home.expire();
    let newest = home.read("token.json");
    for token in [stolen, newest] {
        home.write_secret("token.json", &token);
        let refused = home.run("token --provider ./oidc.toml");
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert_eq!(home.read("token.json"), token);
    }
}

#[test]
#[ignore = "needs Chromium and oidc-provider: tests/run"]
fn a_logout_ends_the_login_at_the_provider() {
    let (home, _server) = logged_in();
    home.expire();
    let kept = home.read("token.json");
    let logout = home.run("logout --provider ./oidc.toml");
    assert_eq!(logout.code, 0, "{}", logout.stderr);
    assert!(!home.path("token.json").exists());
    home.write_secret("token.json", &kept);
    let refused = home.run("token --provider ./oidc.toml");
    assert_eq!(refused.code, 3, "{}", refused.stderr);
}

/// A home with the running server's provider file in it, and a browser.
fn a_server() -> (Home, Server, Browser) {
    let server = Server::oidc_provider(&json!({}));
    let endpoints = ["authorization", "token", "revocation", "userinfo"].map(|name| {
        let name = format!("{name}_endpoint");
        format!("{name} = {:?}\n", server.fact(&name))
    });
    let home = Home::new();
    home.write(
        "oidc.toml",
        &format!(
            "name = \"oidc-provider\"\nissuer = {:?}\n{}\
             authorization_response_iss_parameter_supported = true\n\
             redirect_port = \"any\"\nscopes = [\"api:read\", \"api:write\"]\n",
            server.fact("issuer"),
            endpoints.concat()
        ),
    );
    (home, server, Browser::start())
}

/// A home in which somebody has logged in as a person whose name may be asked for.
fn logged_in() -> (Home, Server) {
    let (home, server, browser) = a_server();
    home.write_secret("client_secrets.txt", &server.secrets());
    let login =
        home.start(&(login_without_browser("oidc.toml") + " --scope openid --scope api:read"));
    browser.open(&login.authorize_url());
    sign_in(&browser);
    consent(&browser);
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    (home, server)
}

pub fn sign_in(browser: &Browser) {
    browser.type_into("input[name=login]", "marianne");
    browser.type_into("input[name=password]", "any will do");
    browser.click("input[value=login] ~ button");
    browser.text(CONSENT);
}

pub fn consent(browser: &Browser) {
    browser.click(CONSENT);
}
