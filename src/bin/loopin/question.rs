//! Questions to a person at a terminal, and their answers.

use std::cell::RefCell;

use crate::{
    failure::Failure,
    input::{self, Keys, Unfit},
    terminal::Terminal,
};

/// Asks while nothing shows of what is typed, but the characters up to the first that is not `shown`: the rest of what may
/// be pasted by mistake is secret.
pub(crate) fn ask(
    text: &str,
    shown: impl Fn(char) -> bool,
    terminal: Terminal,
) -> Result<String, Failure> {
    terminal.prompt(text);
    let so_far = RefCell::new(String::new());
    let show = |line: &[u8]| {
        let line = String::from_utf8_lossy(&line[..line.len().min(200)]);
        let part: String = line.chars().take_while(|c| shown(*c)).collect();
        terminal.retype(&so_far.replace(part.clone()), &part);
    };
    let answer = answer(input::line_shown(Keys::Ours, &show));
    // The end of the person's line did not show.
    terminal.end_line();
    answer
}

/// Whether the person says yes; `default` is what Enter alone says.
pub(crate) fn is_agreed(text: &str, default: bool, terminal: Terminal) -> Result<bool, Failure> {
    let choice = if default { "[Y/n]" } else { "[y/N]" };
    loop {
        terminal.prompt(&format!("{text} {choice} "));
        let answer = answer(input::line(Keys::Theirs));
        if answer.is_err() {
            terminal.end_line();
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
