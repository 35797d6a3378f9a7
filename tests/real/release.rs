//! The files of a release: made once for all of these tests, then taken as those do who find them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use super::support::{Home, installed, tool};
use crate::dependencies::resolved;

pub const VERSION: &str = env!("CARGO_PKG_VERSION");
pub const SOURCES: &str = env!("CARGO_MANIFEST_DIR");

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

/// The folder may be named from where one is.
fn make(files: &Path) {
    let mut release = release(Path::new(SOURCES));
    release.current_dir(files.parent().unwrap());
    release.arg(files.file_name().unwrap());
    release.env("LOOPIN_RELEASE_DIRTY", "1");
    said(&release.output().unwrap());
}

/// The script in these sources.
pub fn release(sources: &Path) -> Command {
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
pub fn run(program: impl AsRef<Path>, args: &[&str], folder: &Path) -> String {
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

pub fn names_in(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_archive_has_what_its_users_read() {
    let (_home, folder) = unpacked();
    let texts = ["CHANGELOG.md", "LICENSE", "README.md"];
    let others = ["completions", "licenses", "loopin", "man"].map(str::to_owned);
    let all: BTreeSet<_> = texts.map(str::to_owned).into_iter().chain(others).collect();
    assert_eq!(names_in(&folder), all);
    for text in texts {
        let original = fs::read(Path::new(SOURCES).join(text)).unwrap();
        assert!(fs::read(folder.join(text)).unwrap() == original, "{text}");
    }
}

/// Their texts ask to go with every copy.
#[test]
#[ignore = "needs maturin: tests/run"]
fn the_archive_has_the_licences_of_all_that_is_in_the_program() {
    let (_home, folder) = unpacked();
    let texts = fs::read_to_string(folder.join("licenses/crates.txt")).unwrap();
    let named: BTreeSet<_> = texts.lines().flat_map(|line| line.split(", ")).collect();
    for name in resolved(&[]) {
        let is_ours = name.starts_with("loopin ");
        assert!(is_ours || named.contains(&*name), "{name}");
    }
    for other in ["licenses/musl.txt", "licenses/rust.html"] {
        assert!(folder.join(other).exists(), "{other}");
    }
}

#[test]
#[ignore = "needs maturin: tests/run"]
fn the_wheel_has_the_archives_licences() {
    let (home, folder) = unpacked();
    let (wheel, licences) = (file(".whl"), folder.join("licenses"));
    let unzip = ["-m", "zipfile", "-e", wheel.to_str().unwrap(), "."];
    run(tool("python3"), &unzip, &home.path(""));
    let info = home.path(&format!("loopin-{VERSION}.dist-info"));
    let metadata = fs::read_to_string(info.join("METADATA")).unwrap();
    for name in names_in(&licences) {
        let named = format!("\nLicense-File: {name}\n");
        assert!(metadata.contains(&named), "{metadata}");
        let [here, there] = [&licences, &info.join("licenses")].map(|it| fs::read(it.join(&name)));
        assert!(here.unwrap() == there.unwrap(), "{name}");
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
