//! What git must not take: the lines of `.gitignore` that keep secrets and tokens out.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::{
    failure::Failure,
    git,
    guard::{beside, pattern},
    terminal::Terminal,
};

/// A line of `.gitignore`, and the name of a file that it is for.
struct Rule {
    line: String,
    example: String,
}

/// Where the folders of these files are in a git work tree, adds what is not ignored there yet.
pub(crate) fn ignore(secrets: &Path, token_file: &Path, terminal: Terminal) -> Result<(), Failure> {
    let name = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let secrets_rule = vec![Rule::of(name(secrets))];
    let token_rules = token_rules(&name(token_file));
    let (here, there) = (folder(secrets), folder(token_file));
    if here == there {
        add(
            here,
            secrets_rule.into_iter().chain(token_rules).collect(),
            terminal,
        )
    } else {
        add(here, secrets_rule, terminal)?;
        add(there, token_rules, terminal)
    }
}

/// The token, the ones that it keeps for other accounts beside it, its locks and temporary files.
fn token_rules(name: &str) -> Vec<Rule> {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let [others, locks] = beside(name);
    vec![
        Rule::of(name.to_owned()),
        Rule {
            line: others,
            example: format!("{stem}.1{extension}"),
        },
        Rule {
            line: locks,
            example: format!(".{name}.lock"),
        },
    ]
}

impl Rule {
    fn of(name: String) -> Self {
        Rule {
            line: pattern(&name),
            example: name,
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn add(folder: &Path, rules: Vec<Rule>, terminal: Terminal) -> Result<(), Failure> {
    if !git::is_work_tree(folder) {
        return Ok(());
    }
    let examples: Vec<&str> = rules.iter().map(|rule| rule.example.as_str()).collect();
    let unignored = git::unignored(folder, &examples);
    let lines = rules
        .iter()
        .filter(|rule| unignored.contains(&rule.example));
    let lines: Vec<&str> = lines.map(|rule| rule.line.as_str()).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let file = match folder == Path::new(".") {
        true => PathBuf::from(".gitignore"),
        false => folder.join(".gitignore"),
    };
    append(&file, &lines).map_err(|e| {
        let message = format!("cannot write {}: {e}", file.display());
        Failure::new(loopin::ErrorKind::Local, message).hint(format!(
            "have git ignore these by hand: {}",
            lines.join(" ")
        ))
    })?;
    terminal.say(format_args!(
        "added to {}: {}",
        file.display(),
        lines.join(" ")
    ));
    Ok(())
}

/// The lines that are there stay as they are.
fn append(file: &Path, lines: &[&str]) -> io::Result<()> {
    let before = match fs::read(file) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        before => before.unwrap_or_default(),
    };
    let end = if before.windows(2).any(|two| two == b"\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let mut text = String::new();
    if !before.is_empty() && !before.ends_with(b"\n") {
        text += end;
    }
    for line in lines {
        text += line;
        text += end;
    }
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(text.as_bytes())
}
