//! The programs that are measured.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Words that a command line begins with.
#[derive(Clone)]
pub struct Program(Vec<OsString>);

impl Program {
    pub fn new(path: impl Into<OsString>) -> Program {
        Program(vec![path.into()])
    }

    pub fn with(&self, words: &[&str]) -> Program {
        let words = words.iter().map(OsString::from);
        Program(self.0.iter().cloned().chain(words).collect())
    }

    /// The same, run by another program.
    pub fn under(&self, words: &[&str]) -> Program {
        let words = words.iter().map(OsString::from);
        Program(words.chain(self.0.iter().cloned()).collect())
    }

    pub fn path(&self) -> &Path {
        Path::new(&self.0[0])
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.0[0]);
        command.args(&self.0[1..]).stdin(Stdio::null());
        command
    }
}

/// `cargo build --release` as it is.
pub fn dynamic(folder: &Path) -> Program {
    installed(
        &build(Command::new("cargo"), None),
        &folder.join("loopin-dynamic"),
    )
}

/// What is shipped for Linux, if this machine can build it.
pub fn released(folder: &Path) -> Option<Program> {
    let triple = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let print = ["--print", "target-libdir", "--target", &triple];
    let library = Command::new("rustc").args(print).output().ok()?.stdout;
    let library = PathBuf::from(String::from_utf8(library).ok()?.trim());
    Command::new("musl-gcc").arg("--version").output().ok()?;
    library.is_dir().then(|| {
        let mut cargo = Command::new(".ci/static");
        cargo.arg("cargo");
        installed(&build(cargo, Some(&triple)), &folder.join("loopin-static"))
    })
}

/// A copy, as installers make it: the pages of a file that was written at once are cached in larger pieces, and it starts
/// sooner.
fn installed(built: &Path, path: &Path) -> Program {
    std::fs::copy(built, path).unwrap();
    Program::new(path)
}

/// Not the one that `cargo bench` made: the features of the tests' own crates are in that.
fn build(mut cargo: Command, triple: Option<&str>) -> PathBuf {
    let bench = Path::new(env!("CARGO_BIN_EXE_loopin"));
    let target = bench.ancestors().nth(2).unwrap();
    cargo.args(["build", "--release", "--locked", "--target-dir"]);
    cargo.arg(target);
    if let Some(triple) = triple {
        cargo.args(["--target", triple]);
    }
    assert!(cargo.status().unwrap().success());
    let folder = triple.map_or(target.to_owned(), |triple| target.join(triple));
    folder.join("release").join("loopin")
}

/// A program of `floors/`, built as `cargo build --release` would build it: with nothing but Rust's own library.
pub fn floor(name: &str, recorded: &[(&str, &Path)], folder: &Path) -> Program {
    let path = folder.join(format!("{name}.built"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/floors");
    let mut rustc = Command::new("rustc");
    rustc
        .args([
            "--edition",
            "2024",
            "-C",
            "opt-level=3",
            "-C",
            "strip=debuginfo",
            "-o",
        ])
        .arg(&path)
        .arg(source.join(name).with_extension("rs"))
        .envs(recorded.iter().copied());
    assert!(rustc.status().unwrap().success());
    installed(&path, &folder.join(name))
}
