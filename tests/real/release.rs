//! The files of a release: made once for all of these tests, then taken as those do who find them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::support::{Home, installed, tool};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const SOURCES: &str = env!("CARGO_MANIFEST_DIR");

/// The folder with the files, made of the sources as they are now.
fn files() -> &'static Path {
    static FILES: OnceLock<PathBuf> = OnceLock::new();
    FILES.get_or_init(|| {
        let files = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release-files");
        let _ = fs::remove_dir_all(&files);
        make(&files);
        files
    })
}

fn make(files: &Path) {
    let mut release = release(Path::new(SOURCES));
    release.arg(files).env("LOOPIN_RELEASE_DIRTY", "1");
    said(&release.output().unwrap());
}

/// The script in these sources.
fn release(sources: &Path) -> Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let tools = installed("venv/bin/maturin");
    let mut release = Command::new(sources.join(".ci/release"));
    release
        .env("LOOPIN_TEST_TOOLS", tools.ancestors().nth(3).unwrap())
        .env("CARGO_TARGET_DIR", target);
    release
}

/// What a command printed that went well.
#[track_caller]
fn said(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn run(program: impl AsRef<Path>, args: &[&str], folder: &Path) -> String {
    let mut command = Command::new(program.as_ref());
    command.args(args).current_dir(folder).env_clear();
    said(
        &command
            .env("PATH", std::env::var_os("PATH").unwrap())
            .output()
            .unwrap(),
    )
}

/// The one file whose name ends so.
fn file(end: &str) -> PathBuf {
    let found = fs::read_dir(files()).unwrap();
    let mut found = found.map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| path.to_str().unwrap().ends_with(end);
    found.find(is_it).unwrap()
}

/// Somewhere the archive was unpacked, and its one folder.
fn unpacked() -> (Home, PathBuf) {
    let home = Home::new();
    let archive = file("-linux-musl.tar.gz");
    run("tar", &["xzf", archive.to_str().unwrap()], &home.path(""));
    let name = archive.file_name().unwrap().to_str().unwrap();
    let folder = home.path(name.strip_suffix(".tar.gz").unwrap());
    (home, folder)
}

/// What the program under test prints.
fn prints(args: &str) -> String {
    let ended = Home::new().run(args);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_archive_has_what_its_users_read() {
    let (_home, folder) = unpacked();
    let texts = ["CHANGELOG.md", "LICENSE", "README.md"];
    let others = ["completions", "loopin", "man"].map(str::to_owned);
    let all: BTreeSet<_> = texts.map(str::to_owned).into_iter().chain(others).collect();
    assert_eq!(names_in(&folder), all);
    for text in texts {
        let original = fs::read(Path::new(SOURCES).join(text)).unwrap();
        assert!(fs::read(folder.join(text)).unwrap() == original, "{text}");
    }
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_archives_program_is_static_and_tells_its_version() {
    let (_home, folder) = unpacked();
    let program = folder.join("loopin");
    let version = run(&program, &["--version"], &folder);
    assert_eq!(version, format!("loopin {VERSION}\n"));
    let libraries = run("ldd", &["loopin"], &folder);
    assert_eq!(libraries.trim(), "statically linked");
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_archive_has_the_manual_page_of_each_command() {
    let (_home, folder) = unpacked();
    let pages = names_in(&folder.join("man"));
    let help = prints("help");
    for command in ["setup", "login", "token", "exec", "doctor", "demo"] {
        assert!(help.contains(&format!("\n  {command} ")), "{help}");
        assert!(pages.contains(&format!("loopin-{command}.1")), "{pages:?}");
    }
    for page in pages {
        let command = page.trim_start_matches("loopin").trim_end_matches(".1");
        let text = fs::read_to_string(folder.join("man").join(&page)).unwrap();
        let own = prints(&format!("man {}", command.trim_start_matches('-')));
        assert!(text == own && text.contains("\n.TH loopin"), "{page}");
    }
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_archives_completions_are_the_programs() {
    let (_home, folder) = unpacked();
    let help = prints("completions --help");
    let shells = help.split("[possible values: ").nth(1).unwrap();
    let shells: Vec<_> = shells.split(']').next().unwrap().split(", ").collect();
    let scripts = names_in(&folder.join("completions"));
    assert_eq!(scripts.len(), shells.len());
    let read = |name| fs::read_to_string(folder.join("completions").join(name)).unwrap();
    let scripts: Vec<_> = scripts.iter().map(read).collect();
    for shell in shells {
        let script = prints(&format!("completions {shell}"));
        assert!(scripts.contains(&script), "{shell}");
    }
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_checksums_are_those_of_all_other_files() {
    let checked = run("sha256sum", &["--check", "--strict", "SHA256SUMS"], files());
    let mut names = names_in(files());
    assert!(names.remove("SHA256SUMS"));
    let checked: BTreeSet<_> = checked
        .lines()
        .map(|line| line.strip_suffix(": OK").unwrap().to_owned())
        .collect();
    assert_eq!(checked, names);
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.iter().all(|name| name.contains(VERSION)), "{names:?}");
}

/// pip, which finds the wheel beside where it starts, and nothing elsewhere.
fn pip_installs(python: PathBuf, options: &[&str]) {
    let this = format!("loopin=={VERSION}");
    let install = [
        "-m",
        "pip",
        "install",
        "--no-index",
        "--find-links=.",
        &this,
    ];
    run(python, &[&install, options].concat(), files());
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_wheel_installs_into_an_empty_environment_and_logs_in() {
    let home = Home::new();
    let folder = home.path("");
    run(tool("python3"), &["-m", "venv", "venv"], &folder);
    pip_installs(home.path("venv/bin/python"), &["--only-binary=:all:"]);
    let program = home.path("venv/bin/loopin");
    run(program, &["demo", "--headless"], &folder);
    assert_eq!(home.token()["provider"], "demo");
}

/// The machines that its tags stand for, whatever this one is.
#[test]
#[ignore = "needs maturin: tests/run"]
fn pip_takes_the_wheel_for_old_glibc_and_for_musl() {
    let machine = std::env::consts::ARCH;
    for system in ["manylinux2014", "manylinux_2_17", "musllinux_1_1"] {
        let platform = format!("--platform={system}_{machine}");
        let elsewhere = ["--dry-run", "--target=.", "--only-binary=:all:", &platform];
        pip_installs(installed("venv/bin/python"), &elsewhere);
    }
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn a_second_run_makes_the_same_bytes() {
    let sums = |folder: &Path| fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    let (first, home) = (sums(files()), Home::new());
    make(&home.path("files"));
    assert_eq!(sums(&home.path("files")), first);
}

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
    let refused = release(&sources).arg(home.path("files")).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(names_in(&home.path("files")).is_empty());
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
