//! Hints name commands and options that exist: the program's own help is asked.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::outcome::Outcome;

impl Outcome<'_> {
    #[track_caller]
    pub fn check_hints(&self) {
        let said = self.stderr.lines().chain(self.stdout.lines());
        let said = said.flat_map(hints_in);
        for hint in said {
            let complaint = complaint(&hint);
            assert_eq!(complaint, None, "the hint is: {hint}");
        }
    }
}

/// What a line advises, for people or for programs.
fn hints_in(line: &str) -> Vec<String> {
    let words = ["hint: ", "  mend: "];
    if let Some(hint) = words.iter().find_map(|word| line.strip_prefix(word)) {
        return vec![hint.to_owned()];
    }
    let told: Value = serde_json::from_str(line).unwrap_or_default();
    let hints = told["hints"].as_array().into_iter().flatten();
    let hints = hints.chain(Some(&told["message"]).filter(|_| told["level"] == "hint"));
    let mends = told["checks"].as_array().into_iter().flatten();
    let hints = hints.chain(mends.map(|check| &check["mend"]));
    hints
        .filter_map(|hint| Some(hint.as_str()?.to_owned()))
        .collect()
}

/// What in a hint does not exist, if anything.
fn complaint(hint: &str) -> Option<String> {
    const OTHERS: [&str; 8] = [
        "chmod", "docker", "fuser", "git", "printf", "rm", "ssh", "fg",
    ];
    let mut help = None;
    let mut is_ours = true;
    // `the next loopin command` is no command line, nor is the one that holds a port.
    let hint = &hint.replace("loopin command ", "command ");
    let hint = &hint.replace("end loopin (pid ", "end it (pid ");
    let mut words = shlex::split(hint)
        .unwrap_or_else(|| plain_words(hint))
        .into_iter();
    while let Some(word) = words.next() {
        let name = word.trim_end_matches([';', ',', ':', ')', '.']);
        if name == "loopin" {
            is_ours = true;
            let command = words.next().unwrap_or_default();
            let command = command.trim_end_matches([';', ',', ':', ')']).to_owned();
            help = helps().get(&command).map(String::as_str);
            if help.is_none() {
                return Some(format!("there is no command {command:?}"));
            }
        } else if OTHERS.contains(&name) {
            is_ours = false;
        } else if let Some(option) = option(name).filter(|_| is_ours) {
            let exists = |help: &str| help.split([' ', ',', '\n', '=']).any(|word| word == option);
            let is_there = match help {
                Some(help) => exists(help),
                None => helps().values().any(|help| exists(help)),
            };
            if !is_there {
                return Some(format!("there is no option {option}"));
            }
        }
        if word.ends_with(';') {
            (help, is_ours) = (None, true);
        }
    }
    None
}

fn plain_words(hint: &str) -> Vec<String> {
    hint.split_whitespace().map(str::to_owned).collect()
}

/// `--option`, without its value.
fn option(word: &str) -> Option<String> {
    let word = word.trim_start_matches('(');
    let name = word.strip_prefix("--").filter(|name| !name.is_empty())?;
    let name = name.split('=').next()?;
    Some(format!("--{name}"))
}

/// Each command's help.
fn helps() -> &'static BTreeMap<String, String> {
    static HELPS: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    let ask = |words: &[&str]| {
        let mut loopin = Command::new(env!("CARGO_BIN_EXE_loopin"));
        let output = loopin.args(words).env_clear().output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    HELPS.get_or_init(|| {
        let overview = ask(&["help"]);
        let names = overview.lines().filter_map(|line| line.strip_prefix("  "));
        let names = names.filter_map(|line| line.split(' ').next());
        let names = names.filter(|name| *name != "loopin").chain(["help"]);
        let helps = names.map(|name| (name.to_owned(), ask(&["help", name])));
        helps.filter(|(_, help)| !help.is_empty()).collect()
    })
}

#[test]
fn a_hint_that_names_what_does_not_exist_is_found() {
    for bad in [
        "to log in: loopin logon",
        "to log in: loopin login --forse",
        "name it by --tokenfile",
        "to be asked again: loopin status --force",
        "to log in: loopin",
    ] {
        assert!(complaint(bad).is_some(), "{bad}");
    }
    for good in [
        "to log in: loopin login --force",
        "name another file by --token-file",
        "to mend that: git rm --cached token.json",
        "to log in: loopin login --port 5; or let this command do it by --login",
        "run it again",
    ] {
        assert_eq!(complaint(good), None);
    }
}
