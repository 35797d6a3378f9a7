//! What the crate brings along, and where its version stands.

use std::collections::BTreeSet;
use std::process::Command;

/// What a command that belongs to the sources prints.
fn prints(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The normal dependencies as Cargo resolves them, with their versions: procedural macros, and what those need, too.
pub fn resolved(features: &[&str]) -> BTreeSet<String> {
    let tree = [
        "tree",
        "--locked",
        "--offline",
        "--edges",
        "normal",
        "--prefix",
        "none",
    ];
    let tree = prints(env!("CARGO"), &[&tree, features].concat());
    let crates = tree
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "));
    crates.collect()
}

/// The crates that Cargo.toml calls optional, but for what only musl needs.
fn optional() -> Vec<&'static str> {
    let manifest = include_str!("../../Cargo.toml");
    let (here, _) = manifest.split_once("[target.'cfg(target_env").unwrap();
    let optional = here.lines().filter(|line| line.contains("optional = true"));
    let names = optional.map(|line| line.split(' ').next().unwrap());
    names.collect()
}

#[test]
fn the_library_alone_brings_nothing_that_only_the_program_needs() {
    let optional = optional();
    assert!(
        optional.contains(&"clap") && optional.contains(&"signal-hook"),
        "{optional:?}"
    );
    let (library, program) = (resolved(&["--no-default-features"]), resolved(&[]));
    for name in [&optional[..], &["clap_builder", "clap_derive"]].concat() {
        let is_it = |resolved: &String| resolved.starts_with(&format!("{name} "));
        assert!(!library.iter().any(is_it), "{name}");
        assert!(program.iter().any(is_it), "{name}");
    }
}

#[test]
fn the_readme_counts_the_crates_that_the_library_brings() {
    let readme = include_str!("../../README.md");
    let (_, section) = readme.split_once("\n## The crate\n").unwrap();
    let (before, _) = section.split_once(" crates").unwrap();
    let others = resolved(&["--no-default-features"]).len() - 1;
    assert_eq!(before.split(' ').next_back().unwrap(), others.to_string());
}

#[test]
#[ignore = "needs git: tests/run"]
fn the_version_stands_in_one_place() {
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let others = [":!*.lock", ":!tests/real/package-lock.json"];
    let grep = ["grep", "-lF", &version, "--"];
    let found = prints("git", &[&grep[..], &others].concat());
    let files: Vec<_> = found.lines().collect();
    assert_eq!(files, ["Cargo.toml"]);
}
