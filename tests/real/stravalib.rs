//! stravalib, which most people who log in to Strava from a script use, reads `token.json` as it is.

use std::process::Command;

use super::support::{Home, installed};

#[test]
#[ignore = "needs stravalib: tests/run"]
fn stravalib_gets_the_athlete_with_token_json_unchanged() {
    let home = Home::new();
    assert_eq!(home.start("demo --headless").end().0, 0);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/get_athlete.py");
    let python = installed("venv/bin/python");
    let output = Command::new(python)
        .arg(script)
        .arg(home.path("token.json"))
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        said, "227615 John Applestreet\nGET /api/v3/athlete\n",
        "{errors}"
    );
}
