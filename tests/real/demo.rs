//! A person at Chromium logs in at `loopin demo --serve`.

use std::net::TcpStream;

use super::support::{Home, Loopin, login_without_browser, redirect_port};
use super::webdriver::Browser;
use crate::support::Reply;

pub const AUTHORIZE: &str = "button[name=decision][value=authorize]";
pub const CANCEL: &str = "button[name=decision][value=cancel]";

#[test]
#[ignore = "needs Chromium: tests/run"]
fn an_unticked_scope_is_not_granted_and_the_page_names_it() {
    let (home, _demo, browser) = a_demo();
    let login = home.start(&login_without_browser("demo.toml"));
    browser.open(&login.authorize_url());
    browser.click("input[name=scope][value='activity:read_all']");
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "partial");
    assert!(
        browser.text("main").contains("activity:read_all"),
        "{}",
        browser.text("main")
    );
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("activity:read_all"), "{said}");
    assert!(
        !home.scopes().contains(&"activity:read_all".into()),
        "{:?}",
        home.scopes()
    );
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_success_page_says_whose_account_it_is_and_what_was_granted() {
    let (home, _demo, browser) = a_demo();
    let login = home.start(&login_without_browser("demo.toml"));
    browser.open(&login.authorize_url());
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "success");
    let page = browser.text("main");
    assert!(
        page.contains(home.token()["account"]["name"].as_str().unwrap()),
        "{page}"
    );
    assert!(page.contains("token.json"), "{page}");
    assert!(
        home.scopes().iter().all(|scope| page.contains(scope)),
        "{page}"
    );
    assert_eq!(login.end().0, 0);
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_address_bar_keeps_neither_code_nor_state() {
    let (home, _demo, browser) = a_demo();
    let login = home.start(&login_without_browser("demo.toml"));
    let url = login.authorize_url();
    browser.open(&url);
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "success");
    assert_eq!(
        browser.current_url(),
        format!("http://127.0.0.1:{}/authorization", redirect_port(&url))
    );
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_success_page_loads_nothing_else() {
    let (home, _demo, browser) = a_demo();
    let login = home.start(&login_without_browser("demo.toml"));
    browser.open(&login.authorize_url());
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "success");
    let loaded = browser
        .run_script("return performance.getEntriesByType('resource').map(entry => entry.name)");
    let loaded = loaded
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap());
    assert_eq!(
        loaded
            .filter(|name| !name.ends_with("/favicon.ico"))
            .count(),
        0
    );
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn without_javascript_the_pages_say_the_same() {
    let (home, _demo, browser) = a_demo();
    browser.without_javascript();
    let login = home.start(&login_without_browser("demo.toml"));
    browser.open(&login.authorize_url());
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "success");
    assert!(
        browser
            .text("main")
            .contains(home.token()["account"]["name"].as_str().unwrap())
    );
    assert_eq!(login.end().0, 0);
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn a_person_who_cancels_reads_that_they_refused() {
    let (home, _demo, browser) = a_demo();
    let login = home.start(&login_without_browser("demo.toml"));
    browser.open(&login.authorize_url());
    browser.click(CANCEL);
    assert_eq!(outcome(&browser), "refused");
    let (code, said) = login.end();
    assert_eq!(code, 4, "{said}");
    assert!(!home.path("token.json").exists());
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn a_login_works_beside_20_idle_connections() {
    let (home, _demo, browser) = a_demo();
    let login = home.start(&login_without_browser("demo.toml"));
    let url = login.authorize_url();
    let listener = ("127.0.0.1", redirect_port(&url));
    let idle: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(listener).unwrap())
        .collect();
    browser.open(&url);
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "success");
    assert_eq!(login.end().0, 0);
    assert!(
        TcpStream::connect(listener).is_err(),
        "the port is free again"
    );
    drop(idle);
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn a_provider_that_went_away_is_reported_on_the_page() {
    let (home, _demo, browser) = a_demo();
    let served = std::fs::read_to_string(home.path("demo.toml")).unwrap();
    let away = served
        .lines()
        .map(|line| match line.starts_with("token_endpoint =") {
            true => "token_endpoint = \"http://127.0.0.1:1/token\"",
            false => line,
        });
    home.write("demo.toml", &away.collect::<Vec<_>>().join("\n"));
    let login = home.start(&login_without_browser("demo.toml"));
    browser.open(&login.authorize_url());
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "failed");
    assert_eq!(login.end().0, 5);
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn a_token_that_cannot_be_kept_is_not_called_a_login() {
    let (home, _demo, browser) = a_demo();
    let folder = "AFolderWhoseNameIsWiderThanTheScreenOfAPhone";
    std::fs::create_dir(home.path(folder)).unwrap();
    let command = login_without_browser("demo.toml");
    let login = home.start(&format!("{command} --token-file {folder}/token.json"));
    browser.open(&login.authorize_url());
    std::fs::remove_dir_all(home.path(folder)).unwrap();
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "failed");
    let (code, said) = login.end();
    assert_eq!(code, 7, "{said}");
}

#[test]
fn the_readmes_variables_lead_a_makefile_to_the_demo() {
    let (home, _demo) = serve();
    let readme = include_str!("../../README.md").lines();
    let mut variables = readme.filter(|line| line.starts_with("export LOOPIN_PROVIDER="));
    let variables = variables.next().unwrap();
    let line = "\"$loopin\" exec --login --interactive always --port 0 --browser none \
                -- printenv STRAVA_ACCESS_TOKEN";
    let exec = home.start_in_shell(&format!("{variables}\n{line}"));
    approve(&exec.authorize_url());
    let printed = exec.ended().stdout;
    assert_eq!(home.token()["access_token"], printed.trim());
}

/// A home with the running demo's provider file and secrets in it.
pub fn serve() -> (Home, Loopin) {
    let home = Home::new();
    let demo = home.start_into("demo.toml", "demo --serve");
    demo.stderr.until(|_| true); // it speaks once its provider file is written
    let provider = std::fs::read_to_string(home.path("demo.toml")).unwrap();
    let secrets = provider
        .lines()
        .find_map(|line| line.strip_prefix("# client_secrets.txt: "));
    home.write_secret("client_secrets.txt", secrets.expect(&provider));
    (home, demo)
}

/// The person agrees, and the browser gets back.
pub fn approve(url: &str) {
    send_back(url).shows("data-outcome=\"success\"");
}

/// The person refuses, and the browser gets back.
pub fn refuse(url: &str) {
    Reply::get(&decided(url, "cancel")).shows("data-outcome=\"refused\"");
}

/// The person agrees; what the browser gets from the listener.
pub fn send_back(url: &str) -> Reply {
    Reply::get(&address_that_the_browser_ends_on(url))
}

/// The person agrees; where the browser goes then.
pub fn address_that_the_browser_ends_on(url: &str) -> String {
    decided(url, "authorize")
}

fn decided(url: &str, decision: &str) -> String {
    let page = Reply::get(url);
    let request = page.body().split("name=\"request\" value=\"").nth(1);
    let request = request.unwrap().split('"').next().unwrap();
    let scopes = "scope=read_all&scope=profile:read_all&scope=activity:read_all";
    let form = format!("request={request}&decision={decision}&{scopes}");
    let answer = Reply::post(url.split('?').next().unwrap(), &form);
    answer.header("location").unwrap()
}

/// The same as `serve`, and a browser.
fn a_demo() -> (Home, Loopin, Browser) {
    let (home, demo) = serve();
    (home, demo, Browser::start())
}

/// What the page that the browser ended on says of the login: success, partial, refused or failed.
pub fn outcome(browser: &Browser) -> String {
    browser.attribute("main:not([data-outcome=consent])", "data-outcome")
}
