//! Lines as wide as a terminal: prose ends at the margin, a command is never broken, so that it can be copied.

use std::env;

use clap::builder::styling::{AnsiColor, Style};
use textwrap::{Options, WordSplitter};

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const YELLOW: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const GREEN: Style = AnsiColor::Green.on_default().bold();
pub(crate) const CYAN: Style = AnsiColor::Cyan.on_default();

/// What stands before a text, and how.
pub(crate) type Prefix<'a> = [(&'a str, Style)];

/// Words up to the margin. What has no spaces (a path, a URL) is left whole.
pub(crate) fn prose(prefix: &Prefix<'_>, text: &str, width: Option<usize>) -> String {
    let words = prefix.iter().map(|(word, _)| *word).chain([text]);
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let text = fill(&words.join(" "), width, "  ");
    prefix.iter().fold(text, |text, (word, style)| {
        text.replacen(word, &format!("{style}{word}{style:#}"), 1)
    })
}

/// The same; but what comes after the last colon is a command.
pub(crate) fn advice(prefix: &Prefix<'_>, text: &str, width: Option<usize>) -> String {
    match text.rsplit_once(": ") {
        Some((text, command)) => with_command(prefix, &format!("{text}:"), command, width),
        None => prose(prefix, text, width),
    }
}

/// A text and the command that it speaks of, on a line of its own if need be.
pub(crate) fn with_command(
    prefix: &Prefix<'_>,
    text: &str,
    command: &str,
    width: Option<usize>,
) -> String {
    let words = prefix.iter().map(|(word, _)| *word).chain([text, command]);
    let words = words.filter(|word| !word.is_empty());
    let length: usize = words.map(|word| word.chars().count() + 1).sum();
    // The last word has no space after it.
    let between = match width {
        Some(width) if length - 1 > width => "\n",
        _ => " ",
    };
    prose(prefix, text, width) + between + command
}

/// Lines that end at the margin, the second and all others indented. Only where there is a space.
pub(crate) fn fill(text: &str, width: Option<usize>, indent: &str) -> String {
    let Some(width) = width else {
        return text.to_owned();
    };
    let options = Options::new(width)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// The columns of a terminal, if this is one.
#[cfg(unix)]
pub(crate) fn width_of(stream: impl std::os::fd::AsFd) -> Option<usize> {
    columns(terminal_size::terminal_size_of(stream))
}

#[cfg(windows)]
pub(crate) fn width_of(stream: impl std::os::windows::io::AsHandle) -> Option<usize> {
    columns(terminal_size::terminal_size_of(stream))
}

fn columns(size: Option<(terminal_size::Width, terminal_size::Height)>) -> Option<usize> {
    let (terminal_size::Width(width), _) = size?;
    Some(usize::from(width)).filter(|width| *width > 0)
}

/// Whether other signs than those of ASCII can be shown.
pub(crate) fn is_unicode() -> bool {
    let value = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(value);
    let is_utf_8 = |locale: String| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    locale.is_none_or(is_utf_8)
        && !value("TERM").is_some_and(|term| term == "dumb" || term == "linux")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_never_broken() {
        let hint = "to be asked again: loopin login --force --scope read";
        for (width, lines) in [
            (
                None,
                vec!["hint: to be asked again: loopin login --force --scope read"],
            ),
            (
                Some(58),
                vec!["hint: to be asked again: loopin login --force --scope read"],
            ),
            (
                Some(57),
                vec![
                    "hint: to be asked again:",
                    "loopin login --force --scope read",
                ],
            ),
            (
                Some(16),
                vec![
                    "hint: to be",
                    "  asked again:",
                    "loopin login --force --scope read",
                ],
            ),
        ] {
            let told = advice(&[("hint:", PLAIN)], hint, width);
            assert_eq!(told.lines().collect::<Vec<_>>(), lines, "{width:?}");
        }
    }
}
