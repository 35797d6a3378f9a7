//! What a command line gets that cannot be understood, or only asks for help.

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
};

use crate::{
    exit::Exit,
    failure::Failure,
    options::LogFormat,
    output::print,
    terminal::{Terminal, coloured},
    values::{NEW_SECRET, NOT_REPEATED, looks_secret},
};

/// Help and version go to stdout; a wrong option is explained on stderr.
pub(crate) fn answer(error: &clap::Error) -> u8 {
    if !error.use_stderr() {
        let Err(failure) = print(error.render().ansi()) else {
            return 0;
        };
        Terminal::default().failure(&failure);
        return failure.code();
    }
    let words: Vec<_> = env::args_os().skip(1).collect();
    let mut named = words.iter().filter(|word| !is_option(word));
    let is_exec = named.next().is_some_and(|word| word == "exec");
    let gives_secret = own(&words).iter().any(is_secret_option);
    if gives_secret || wants_json(&words) {
        let failure = match gives_secret {
            true => no_secret(),
            false => failure(&without_secrets(error.render().to_string(), &words)),
        };
        let failure = if is_exec {
            failure.before_exec()
        } else {
            failure
        };
        let format = match wants_json(&words) {
            true => LogFormat::Json,
            false => LogFormat::Text,
        };
        Terminal::new(false, 0, format).failure(&failure);
        return failure.code();
    }
    let (class, exit) = if is_exec {
        (" usage (2):", Exit::BeforeExec)
    } else {
        ("", Exit::Usage)
    };
    let text = without_secrets(error.render().ansi().to_string(), &words);
    let text = text.replacen("error:", &format!("error:{class}"), 1);
    let text = coloured(format!("loopin: {text}"), &io::stderr());
    let _ = io::stderr().write_all(text.as_bytes());
    exit.code()
}

/// The same for programs: the first paragraph is the message, tips are hints.
pub(crate) fn failure(explanation: &str) -> Failure {
    let mut paragraphs = explanation.split("\n\n").map(|paragraph| {
        let words: Vec<_> = paragraph.split_whitespace().collect();
        words.join(" ")
    });
    let message = paragraphs.next().unwrap_or_default();
    let failure = Failure::usage(message.trim_start_matches("error: "));
    let tips = paragraphs.filter_map(|tip| tip.strip_prefix("tip: ").map(str::to_owned));
    tips.fold(failure, Failure::hint)
}

/// Those before the command of an `exec`.
fn own(words: &[OsString]) -> &[OsString] {
    words.split(|word| word == "--").next().unwrap_or_default()
}

/// What the command line says, though it cannot be understood as a whole.
fn wants_json(words: &[OsString]) -> bool {
    let own = own(words);
    let mut told = None;
    for (i, word) in own.iter().enumerate() {
        if word == "--log-format" {
            told = own.get(i + 1).cloned();
        } else if let Some(format) = word
            .to_str()
            .and_then(|word| word.strip_prefix("--log-format="))
        {
            told = Some(format.into());
        }
    }
    told.or_else(|| env::var_os("LOOPIN_LOG_FORMAT"))
        .is_some_and(|format| format == "json")
}

/// What stands where something else is taken, on the command line or in a variable, and may be a secret, is not repeated.
fn without_secrets(text: String, words: &[OsString]) -> String {
    let variables =
        env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("LOOPIN_"));
    let values = variables.map(|(_, value)| value);
    let told = own(words).iter().cloned().chain(values);
    told.filter_map(|word| word.into_string().ok())
        .map(|word| value_of(&word).to_owned())
        .filter(|word| looks_secret(word))
        .fold(text, |text, word| text.replace(&word, NOT_REPEATED))
}

/// `VALUE` of `--option=VALUE`, or else the word itself.
fn value_of(word: &str) -> &str {
    let option = word.strip_prefix("--");
    let value = option.and_then(|option| option.split_once('='));
    value.map_or(word, |(_, value)| value)
}

/// Why there is no such option.
fn no_secret() -> Failure {
    Failure::usage(
        "no option takes a secret: everybody on this machine can read a program's arguments",
    )
    .hint(NEW_SECRET)
}

fn is_secret_option(word: &OsString) -> bool {
    let word = word.to_string_lossy();
    let name = word.split('=').next().unwrap_or_default();
    ["--client-secret", "--secret", "--password"].contains(&name)
}

fn is_option(word: &OsString) -> bool {
    word.as_encoded_bytes().starts_with(b"-")
}
