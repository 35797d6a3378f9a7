//! The table of cases, `tests/cases.md`.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::Command;

const CASES: &str = include_str!("../cases.md");

/// What a command that has no reason to fail prints.
fn prints(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The cells of a row, without its outer bars.
fn cells(row: &str) -> Vec<&str> {
    let inner = row.trim_start_matches("| ").trim_end_matches(" |");
    inner.split(" | ").collect()
}

fn rows() -> impl Iterator<Item = &'static str> {
    let rows = CASES.lines().filter(|line| line.starts_with("| "));
    rows.filter(|row| !row.starts_with("| case |"))
}

fn tests() -> String {
    prints(Command::new(env::current_exe().unwrap()).arg("--list"))
}

/// How many lines of the file this script for sed changes.
fn changed_lines(file: &str, script: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"));
    let changed = prints(Command::new("sed").args(["-E", script]).arg(path));
    assert_eq!(changed.lines().count(), text.lines().count(), "{script}");
    let pairs = text.lines().zip(changed.lines());
    pairs.filter(|(before, after)| before != after).count()
}

#[test]
fn each_case_names_a_test_that_exists_or_says_why_there_is_none() {
    let tests = tests();
    for row in rows() {
        let named = cells(row)[1];
        let test = named.strip_prefix('`').and_then(|n| n.strip_suffix('`'));
        let exists = |test: &str| tests.lines().any(|line| line == format!("{test}: test"));
        let is_known = test.map_or(named.starts_with("not shown: "), exists);
        assert!(is_known, "{row}");
    }
}

#[test]
fn each_sabotage_still_changes_one_line() {
    for row in rows().filter(|row| !row.contains(" | not shown: ")) {
        let sabotage = cells(row)[2].trim_matches('`').split_once("` `");
        let (file, script) = sabotage.unwrap_or_else(|| panic!("{row}"));
        assert_eq!(changed_lines(file, script), 1, "{row}");
    }
}

#[test]
fn no_case_is_there_twice() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert!(seen.insert(cells(row)[0]), "{row}");
    }
}
