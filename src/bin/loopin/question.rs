//! Questions to a person at a terminal, and their answers.

use crate::{failure::Failure, input, screen, terminal::Terminal};

/// Asks; an empty line is an answer, too.
pub(crate) fn ask(text: &str, terminal: Terminal) -> Result<String, Failure> {
    terminal.prompt(text);
    match input::line() {
        Some(Ok(line)) => Ok(line.trim().to_owned()),
        Some(Err(_)) => Err(Failure::usage("what was typed is too long")),
        None => {
            screen::write("\n");
            Err(Failure::usage(
                "nothing more was typed; nothing more is done",
            ))
        }
    }
}

/// The same while nothing shows: the line's end of the person's own did not, either.
pub(crate) fn ask_hidden(text: &str, terminal: Terminal) -> Result<String, Failure> {
    let answer = ask(text, terminal);
    screen::write("\n");
    answer
}

/// Whether the person says yes; `default` is what Enter alone says.
pub(crate) fn is_agreed(text: &str, default: bool, terminal: Terminal) -> Result<bool, Failure> {
    let choice = if default { "[Y/n]" } else { "[y/N]" };
    let answer = ask(&format!("{text} {choice} "), terminal)?.to_lowercase();
    Ok(match answer.as_str() {
        "" => default,
        answer => matches!(answer, "y" | "yes"),
    })
}
