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

fn is_row(line: &&str) -> bool {
    line.starts_with("| ") && !line.starts_with("| case |")
}

fn rows() -> impl Iterator<Item = &'static str> {
    CASES.lines().filter(is_row)
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

/// Unit tests, and examples in the documentation: the file, and what stands there.
fn shown_elsewhere(named: &str) -> Option<(&str, &str)> {
    let named = named.strip_prefix('`')?.strip_suffix('`')?;
    named.split_once("` `")
}

fn stands_in(file: &str, text: &str) -> bool {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(path).is_ok_and(|found| found.contains(text))
}

#[test]
fn each_case_names_a_test_that_exists_or_says_why_there_is_none() {
    let tests = tests();
    for row in rows() {
        let named = cells(row)[1];
        let exists = |test: &str| tests.lines().any(|line| line == format!("{test}: test"));
        let is_known = match shown_elsewhere(named) {
            Some((file, text)) => stands_in(file, text),
            None if named.starts_with('`') => exists(named.trim_matches('`')),
            None => named.starts_with("not shown: ") && !named.contains("not shown: not"),
        };
        assert!(is_known, "{row}");
    }
}

#[test]
fn each_sabotage_still_changes_one_line() {
    let is_sabotaged = |row: &&str| !row.ends_with(" | |");
    for row in rows().filter(is_sabotaged) {
        let sabotage = cells(row)[2]
            .strip_prefix('`')
            .and_then(|s| s.strip_suffix('`'));
        let sabotage = sabotage.and_then(|sabotage| sabotage.split_once("` `"));
        let (file, script) = sabotage.unwrap_or_else(|| panic!("{row}"));
        assert_eq!(changed_lines(file, script), 1, "{row}");
    }
}

#[test]
fn only_what_is_shown_elsewhere_or_not_at_all_has_no_sabotage() {
    for row in rows().filter(|row| row.ends_with(" | |")) {
        let named = cells(row)[1];
        let has_none = named.starts_with("not shown: ") || shown_elsewhere(named).is_some();
        assert!(has_none, "{row}");
    }
}

#[test]
fn no_section_is_empty() {
    for section in CASES.split("\n## ").skip(1) {
        let title = section.lines().next();
        assert!(section.lines().any(|line| is_row(&line)), "{title:?}");
    }
}

#[test]
fn no_case_is_there_twice() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        assert!(seen.insert(cells(row)[0]), "{row}");
    }
}
