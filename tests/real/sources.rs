//! The sources that a release is made of: what goes into no package, and which are not released at all.

use std::fs;
use std::path::{Path, PathBuf};

use super::release::{SOURCES, VERSION, names_in, release, run};
use super::support::{Home, installed};

/// A clone of the last commit, with what packs it as it is now.
fn clone(home: &Home) -> PathBuf {
    let clone = ["clone", "--quiet", SOURCES, "sources"];
    run("git", &clone, &home.path(""));
    let sources = home.path("sources");
    for name in [".ci/release", "Cargo.toml"] {
        fs::copy(Path::new(SOURCES).join(name), sources.join(name)).unwrap();
    }
    sources
}

/// What Cargo and pip would get of these sources: the names of the files.
fn packages(sources: &Path) -> [String; 2] {
    let package = ["package", "--list", "--offline", "--allow-dirty"];
    let sdist = ["sdist", "--out=.."];
    run(installed("venv/bin/maturin"), &sdist, sources);
    let sdist = format!("../loopin-{VERSION}.tar.gz");
    [
        run(env!("CARGO"), &package, sources),
        run("tar", &["tzf", &sdist], sources),
    ]
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_secrets_of_those_who_try_an_example_are_in_no_package() {
    let home = Home::new();
    let sources = clone(&home);
    let examples = sources.join("examples/strava");
    let secrets = ["client_secrets.txt", "token.json"];
    for name in secrets {
        fs::write(examples.join(name), "x").unwrap();
    }
    for files in packages(&sources) {
        assert!(files.contains("examples/strava/Makefile"), "{files}");
        assert!(!secrets.iter().any(|name| files.contains(name)), "{files}");
    }
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn what_python_leaves_beside_its_sources_is_in_no_package() {
    let home = Home::new();
    let sources = clone(&home);
    let cache = sources.join("src/python/loopin/__pycache__");
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join("x.pyc"), "x").unwrap();
    for files in packages(&sources) {
        assert!(files.contains("src/python/loopin/__init__.py"), "{files}");
        assert!(!files.contains("x.pyc"), "{files}");
    }
}

/// What the script says of a clone of the last commit in which a shell did something.
fn refuses_after(deed: &str) -> String {
    let home = Home::new();
    let sources = clone(&home);
    let name = "git config user.name A; git config user.email a@b.example";
    let commit = "git commit --quiet --allow-empty --all --message";
    let deed = format!(
        "{name}; {commit} release; {}",
        deed.replace("COMMIT", commit)
    );
    run("sh", &["-ec", &deed], &sources);
    let earlier = home.path("release-files");
    fs::create_dir(&earlier).unwrap();
    fs::write(earlier.join("earlier"), "").unwrap();
    let mut release = release(&sources);
    let refused = release.env("CARGO_TARGET_DIR", home.path(""));
    let refused = refused.output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(names_in(&earlier).contains("earlier"));
    String::from_utf8(refused.stderr).unwrap()
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn nothing_is_released_that_is_not_committed() {
    let said = refuses_after("echo >>README.md");
    assert!(
        said.contains("not as the last commit has them:\n M README.md"),
        "{said}"
    );
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn no_version_is_released_that_the_changelog_does_not_name() {
    let deed = "sed -i 's/^## .*/## Unreleased/' CHANGELOG.md; COMMIT x";
    let said = refuses_after(deed);
    let why = format!("CHANGELOG.md has no entry for {VERSION}");
    assert!(said.contains(&why), "{said}");
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn no_version_is_released_under_the_name_of_another() {
    let said = refuses_after("git tag v9.9.9");
    let why = format!("tagged v9.9.9, and Cargo.toml says {VERSION}");
    assert!(said.contains(&why), "{said}");
}
