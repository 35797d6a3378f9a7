//! Questions to a person at a terminal, and their answers.

use std::cell::RefCell;

use crate::{
    failure::Failure,
    input::{self, Keys, Unfit},
    screen,
    terminal::Terminal,
};

/// Asks while nothing shows of what is typed, but what comes before the first of the characters `until`: of what may be
/// pasted by mistake, the rest is secret.
pub(crate) fn ask(text: &str, until: Option<char>, terminal: Terminal) -> Result<String, Failure> {
    terminal.prompt(text);
    let shown = RefCell::new(String::new());
    let show = |line: &[u8]| {
        let line = String::from_utf8_lossy(&line[..line.len().min(200)]);
        let part = until.map(|end| line.split(end).next().unwrap_or_default());
        let part = loopin::printable(part.unwrap_or_default(), 100);
        terminal.retype(&shown.replace(part.clone()), &part);
    };
    let answer = answer(input::line_shown(Keys::Ours, &show));
    // The end of the person's line did not show.
    screen::write("\n");
    answer
}

/// Whether the person says yes; `default` is what Enter alone says.
pub(crate) fn is_agreed(text: &str, default: bool, terminal: Terminal) -> Result<bool, Failure> {
    let choice = if default { "[Y/n]" } else { "[y/N]" };
    loop {
        terminal.prompt(&format!("{text} {choice} "));
        let answer = answer(input::line(Keys::Theirs));
        if answer.is_err() {
            screen::write("\n");
        }
        match answer?.to_lowercase().as_str() {
            "" => return Ok(default),
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => {}
        }
    }
}

fn answer(line: Option<Result<String, Unfit>>) -> Result<String, Failure> {
    match line {
        Some(Ok(line)) => Ok(line.trim().to_owned()),
        Some(Err(Unfit::TooLong)) => Err(Failure::usage("what was typed is too long")),
        Some(Err(Unfit::NoText)) => Err(Failure::usage("what was typed is not in UTF-8")),
        None | Some(Err(Unfit::EndOfText)) => Err(Failure::usage(
            "nothing more was typed; nothing more is done",
        )),
    }
}
