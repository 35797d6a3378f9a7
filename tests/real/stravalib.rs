//! stravalib, which most people who log in to Strava from a script use, reads `token.json` as it is.

use std::process::Command;

use super::support::{Home, installed};

fn asks_for_the_athlete(home: &Home, arguments: &[&str]) -> String {
    let output = Command::new(installed("venv/bin/python"))
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/real/get_athlete.py"
        ))
        .arg("token.json")
        .args(arguments)
        .current_dir(home.path(""))
        .env_clear()
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn stravalib_gets_the_athlete_with_token_json_unchanged() {
    let home = Home::new();
    assert_eq!(home.start("demo --headless").end().0, 0);
    let said = asks_for_the_athlete(&home, &[]);
    assert_eq!(said, "227615 John Applestreet\nGET /api/v3/athlete\n");
}

#[test]
#[ignore = "needs stravalib: tests/run"]
fn the_readmes_script_greets_the_athlete() {
    let home = Home::new();
    assert_eq!(home.start("demo --headless").end().0, 0);
    let readme = include_str!("../../README.md");
    let script = readme.split("```python\n").nth(1).unwrap();
    let script = script.split("```").next().unwrap();
    std::fs::write(home.path("readme.py"), script).unwrap();
    let said = asks_for_the_athlete(&home, &["readme.py"]);
    assert_eq!(said, "Hello, John\n");
}
