//! Machines of a test's own, made by `unshare`: a container may let nobody have one.

use std::io::{self, Write};
use std::process::Command;

/// Whether these words start a program here. If not, it is said why the test shows nothing.
pub fn are_possible(words: &[&str]) -> bool {
    let mut probe = Command::new(words[0]);
    let why = match probe.args(&words[1..]).arg("true").output() {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    // What is printed by macros is not seen if the test passes.
    let _ = writeln!(io::stderr(), "shows nothing: {words:?}: {}", why.trim());
    false
}
