//! Tests that no other may disturb: each in a process of its own, in an empty folder that is its home too.

use std::env;
use std::path::Path;
use std::process::Command;

/// In whose environment this stands, no other test runs.
const ALONE: &str = "LOOPIN_TEST_ALONE";

/// What a test prints.
pub fn alone_in(folder: &Path, test: &str) -> (String, String) {
    let output = Command::new(env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .current_dir(folder)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap())
        .env("HOME", folder)
        .env(ALONE, "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    assert!(stdout.contains("ok. 1 passed"), "{test}: {stdout}");
    (stdout, stderr)
}

/// Whether the test is alone already. If not it is run so, and has nothing more to do here.
pub fn is_alone(test: &str) -> bool {
    if env::var_os(ALONE).is_none() {
        alone_in(tempfile::tempdir().unwrap().path(), test);
        return false;
    }
    true
}
