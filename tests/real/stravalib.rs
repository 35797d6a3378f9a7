//! stravalib, which most people who log in to Strava from a script use, reads `token.json` as it is.

use std::fs;

use super::strava_checkout::Checkout;

const TOKEN: &str = "\"$VIRTUAL_ENV/bin/loopin\" token";
const LOGIN: &str = "\"$VIRTUAL_ENV/bin/loopin\" login --interactive never";

/// What the README recommends: the access token, and nothing else.
const WITH_THE_ACCESS_TOKEN: &str = r#"
import json, stravalib
token = json.load(open("token.json"))
client = stravalib.Client(access_token=token["access_token"])
print(client.get_athlete().firstname)
"#;

/// With these and a client id and secret in the environment, stravalib looks at the expiry before each request, and
/// refreshes what has expired: in memory only.
const WITH_THE_REFRESH_TOKEN: &str = r#"
import json, stravalib
token = json.load(open("token.json"))
client = stravalib.Client(
    access_token=token["access_token"],
    refresh_token=token["refresh_token"],
    token_expires=token["expires_at"],
)
print(client.get_athlete().firstname)
"#;

/// The block of the README that begins so.
pub fn readmes_block(start: &str) -> String {
    let blocks = include_str!("../../README.md").split("```python\n");
    let mut blocks = blocks.filter_map(|block| block.split_once("```"));
    let (block, _) = blocks.find(|(block, _)| block.starts_with(start)).unwrap();
    block.to_owned()
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn the_readmes_script_greets_the_athlete() {
    let checkout = Checkout::logged_in();
    let script = readmes_block("import json, stravalib");
    assert_eq!(says(&checkout, &script), "Hello, Ada\n");
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn the_warning_that_the_readme_tells_of_can_be_silenced_as_it_says() {
    let checkout = Checkout::logged_in();
    fs::write(checkout.path("script.py"), WITH_THE_ACCESS_TOKEN).unwrap();
    let variable = "SILENCE_TOKEN_WARNINGS=true";
    assert!(include_str!("../../README.md").contains(variable));
    for (variable, warns) in [("", true), (variable, false)] {
        let python = format!("{variable} \"$VIRTUAL_ENV/bin/python\" script.py");
        let said = checkout.runs(&python).stderr;
        assert_eq!(said.contains("access_token manually"), warns, "{said}");
        assert_eq!(said.contains("STRAVA_CLIENT_ID"), warns, "{said}");
    }
}

#[test]
#[ignore = "needs stravalib, the Python package: tests/run"]
fn the_readmes_script_greets_the_athlete_with_a_fresh_token() {
    let checkout = Checkout::logged_in();
    checkout.expires();
    let script = readmes_block("import loopin, stravalib");
    assert_eq!(says(&checkout, &script), "Hello, Ada\n");
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn stravalib_gets_the_athlete_before_and_after_a_refresh() {
    let checkout = Checkout::logged_in();
    assert_eq!(says(&checkout, WITH_THE_ACCESS_TOKEN), "Ada\n");
    let before = checkout.token();
    checkout.expires();
    checkout.runs(TOKEN);
    assert_ne!(checkout.token()["refresh_token"], before["refresh_token"]);
    assert_eq!(says(&checkout, WITH_THE_ACCESS_TOKEN), "Ada\n");
    assert_eq!(says(&checkout, WITH_THE_REFRESH_TOKEN), "Ada\n");
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn stravalib_spends_no_refresh_token_while_the_access_token_is_valid() {
    let checkout = Checkout::logged_in();
    assert_eq!(says(&checkout, WITH_THE_REFRESH_TOKEN), "Ada\n");
    checkout.expires();
    checkout.runs(TOKEN);
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn a_stravalib_that_refreshes_by_itself_ends_the_login_in_the_file() {
    let checkout = Checkout::logged_in();
    checkout.expires();
    let file = checkout.read("token.json");
    assert_eq!(says(&checkout, WITH_THE_REFRESH_TOKEN), "Ada\n");
    for command in [TOKEN, LOGIN] {
        let ended = checkout.starts(command, "").ends(3);
        assert!(ended.stderr.contains("loopin login"), "{ended:?}");
    }
    assert_eq!(checkout.read("token.json"), file);
}

/// What the script prints.
fn says(checkout: &Checkout, script: &str) -> String {
    fs::write(checkout.path("script.py"), script).unwrap();
    let python = "\"$VIRTUAL_ENV/bin/python\" script.py";
    checkout
        .runs(&format!("{} {python}", checkout.client_variables()))
        .stdout
}
