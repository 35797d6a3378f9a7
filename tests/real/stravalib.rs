//! stravalib, which most people who log in to Strava from a script use, reads `token.json` as it is.

use std::process::Command;

use super::demo::{TOKEN, log_in, serve};
use super::support::{Home, installed};

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

#[test]
#[ignore = "needs stravalib: tests/run"]
fn the_readmes_script_greets_the_athlete() {
    let (home, _demo) = serve();
    log_in(&home);
    let readme = include_str!("../../README.md");
    let script = readme.split("```python\n").nth(1).unwrap();
    let script = script.split("```").next().unwrap();
    assert_eq!(says(&home, script), "Hello, Ada\n");
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn stravalib_gets_the_athlete_before_and_after_a_refresh() {
    let (home, _demo) = serve();
    log_in(&home);
    assert_eq!(says(&home, WITH_THE_ACCESS_TOKEN), "Ada\n");
    let before = home.token();
    home.expire();
    assert_eq!(home.run(TOKEN).code, 0);
    assert_ne!(home.token()["refresh_token"], before["refresh_token"]);
    assert_eq!(says(&home, WITH_THE_ACCESS_TOKEN), "Ada\n");
    assert_eq!(says(&home, WITH_THE_REFRESH_TOKEN), "Ada\n");
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn stravalib_spends_no_refresh_token_while_the_access_token_is_valid() {
    let (home, _demo) = serve();
    log_in(&home);
    assert_eq!(says(&home, WITH_THE_REFRESH_TOKEN), "Ada\n");
    home.expire();
    let token = home.run(TOKEN);
    assert_eq!(token.code, 0, "{}", token.stderr);
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn a_stravalib_that_refreshes_by_itself_ends_the_login_in_the_file() {
    let (home, _demo) = serve();
    log_in(&home);
    home.expire();
    let file = home.read("token.json");
    assert_eq!(says(&home, WITH_THE_REFRESH_TOKEN), "Ada\n");
    for command in [TOKEN, "login --provider ./demo.toml --interactive never"] {
        let ended = home.run(command);
        assert_eq!(ended.code, 3, "{command}: {}", ended.stderr);
        assert!(ended.stderr.contains("loopin login"), "{}", ended.stderr);
    }
    assert_eq!(home.read("token.json"), file);
}

/// What the script prints, whose Strava is the demo.
pub fn says(home: &Home, script: &str) -> String {
    home.write("script.py", script);
    let demo = home.read("demo.toml");
    let server = demo.split("token_endpoint = \"").nth(1).unwrap();
    let server = server.split("/oauth/").next().unwrap();
    let secrets = home.read("client_secrets.txt");
    let (id, secret) = secrets.split_once(',').unwrap();
    let carry = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/carry.py");
    let output = Command::new(installed("venv/bin/python"))
        .args([carry, server, "script.py"])
        .current_dir(home.path(""))
        .env_clear()
        .env("STRAVA_CLIENT_ID", id)
        .env("STRAVA_CLIENT_SECRET", secret)
        .env("PYTHONPATH", installed("elsewhere"))
        .env("LOOPIN_PROVIDER", "./demo.toml")
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}
