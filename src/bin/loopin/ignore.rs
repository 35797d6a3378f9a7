//! What git must not take: the lines of `.gitignore` that keep secrets and tokens out.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use loopin::ErrorKind;

use crate::{failure::Failure, git, shell::quoted, terminal::Terminal};

/// A line of `.gitignore`, and the name of a file that it is for.
pub(crate) struct Rule {
    line: String,
    pub(crate) example: String,
}

impl Rule {
    /// For this very name.
    pub(crate) fn of(name: &str) -> Self {
        Rule {
            line: pattern(name),
            example: name.to_owned(),
        }
    }

    /// For a token file, the ones that it keeps for other accounts beside it, its locks and temporary files.
    pub(crate) fn of_token(name: &str) -> Vec<Self> {
        let (stem, extension) = match name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
            _ => (name, String::new()),
        };
        let others = Rule {
            line: format!("{}.*{}", pattern(stem), pattern(&extension)),
            example: format!("{stem}.1{extension}"),
        };
        let locks = Rule {
            line: format!(".{}.*", pattern(name)),
            example: format!(".{name}.lock"),
        };
        vec![Rule::of(name), others, locks]
    }
}

/// Where the folders of these files are in a git work tree, adds what is not ignored there yet.
pub(crate) fn ignore(secrets: &Path, token_file: &Path, terminal: Terminal) -> Result<(), Failure> {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let (mut secrets_rules, token_rules) = (
        vec![Rule::of(&name(secrets))],
        Rule::of_token(&name(token_file)),
    );
    let (here, there) = (folder(secrets), folder(token_file));
    if here == there {
        secrets_rules.extend(token_rules);
        return add(here, secrets_rules, terminal);
    }
    add(here, secrets_rules, terminal)?;
    add(there, token_rules, terminal)
}

/// The folder of a file, as a path of its own.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// The command that does the same by hand. A last line that has no end gets one.
pub(crate) fn command(folder: &Path, rules: &[Rule]) -> String {
    let file = file(folder);
    if text_of(&file).is_err() {
        return elsewhere(folder, rules);
    }
    let is_open = fs::read(&file).is_ok_and(|text| !text.is_empty() && !text.ends_with(b"\n"));
    let lines = rules.iter().map(|rule| quoted(&rule.line));
    let lines: Vec<_> = is_open
        .then(|| "''".to_owned())
        .into_iter()
        .chain(lines)
        .collect();
    let file = quoted(&file.to_string_lossy());
    format!("printf '%s\\n' {} >> {file}", lines.join(" "))
}

/// The same where `.gitignore` is no file that git reads: in a file of the repository's own.
fn elsewhere(folder: &Path, rules: &[Rule]) -> String {
    let lines: Vec<_> = rules.iter().map(|rule| quoted(&rule.line)).collect();
    let folder = quoted(&folder.to_string_lossy());
    let file = format!("git -C {folder} rev-parse --path-format=absolute --git-path info/exclude");
    format!("printf '%s\\n' {} >> \"$({file})\"", lines.join(" "))
}

fn add(folder: &Path, mut rules: Vec<Rule>, terminal: Terminal) -> Result<(), Failure> {
    if !git::is_work_tree(folder) {
        return Ok(());
    }
    let examples: Vec<&str> = rules.iter().map(|rule| rule.example.as_str()).collect();
    let unignored = git::unignored(folder, &examples);
    let file = file(folder);
    let before = text_of(&file).map_err(|e| failed(&file, &rules, &e))?;
    rules.retain(|rule| match &unignored {
        Some(unignored) => unignored.contains(&rule.example),
        None => !before.lines().any(|line| line == rule.line),
    });
    if rules.is_empty() {
        return Ok(());
    }
    append(&file, &before, &rules).map_err(|e| failed(&file, &rules, &e))?;
    let lines: Vec<_> = rules.iter().map(|rule| rule.line.as_str()).collect();
    let (file, lines) = (file.display(), lines.join(" "));
    terminal.say(format_args!("added to {file}: {lines}"));
    Ok(())
}

fn failed(file: &Path, rules: &[Rule], error: &io::Error) -> Failure {
    let message = format!("cannot write {}: {error}", file.display());
    let lines: Vec<_> = rules.iter().map(|rule| rule.line.as_str()).collect();
    let lines = lines.join(" ");
    Failure::new(ErrorKind::Local, message)
        .hint(format!("have git ignore these in another way: {lines}"))
}

fn file(folder: &Path) -> PathBuf {
    match folder == Path::new(".") {
        true => PathBuf::from(".gitignore"),
        false => folder.join(".gitignore"),
    }
}

/// What is there, if it is a file: git follows no link here, and a pipe would keep us waiting.
fn text_of(file: &Path) -> io::Result<String> {
    match fs::symlink_metadata(file) {
        Ok(there) if !there.is_file() => Err(io::Error::other("it is not a regular file")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        _ => fs::read(file).map(|text| String::from_utf8_lossy(&text).into_owned()),
    }
}

/// The lines that are there stay as they are.
fn append(file: &Path, before: &str, rules: &[Rule]) -> io::Result<()> {
    let end = if before.contains("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut text = String::new();
    if !before.is_empty() && !before.ends_with('\n') {
        text += end;
    }
    for rule in rules {
        text += &rule.line;
        text += end;
    }
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// The pattern that means this name.
fn pattern(name: &str) -> String {
    let mut pattern = String::new();
    for (i, c) in name.char_indices() {
        let is_first = i == 0 && "#!".contains(c);
        if is_first || "*?[\\ ".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
