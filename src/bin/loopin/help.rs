//! What the program tells of itself: on one screen, by topic, to shells and to `man`. Plain ASCII, whatever the locale.

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::{
    args::Args,
    failure::Failure,
    help_texts::{CODES, EXIT_CODES, MAKEFILE, MAKEFILE_TEXT, OTHER_CODES, overview},
    layout::{fill, width_of},
    output::print,
};

/// `loopin help`.
pub(crate) fn run(topic: Option<&str>) -> Result<(), Failure> {
    match topic {
        None => print(overview()),
        Some(EXIT_CODES) => print(exit_codes()),
        Some(MAKEFILE) => print(MAKEFILE_TEXT),
        Some(command) => {
            let mut all = Args::command();
            // The options that all commands have are theirs only then.
            all.build();
            match all.find_subcommand_mut(command) {
                Some(command) => print(command.render_help().ansi()),
                None => print(overview()),
            }
        }
    }
}

/// `loopin completions`.
pub(crate) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "loopin", &mut script);
    print(String::from_utf8_lossy(&script))
}

/// `loopin man`.
pub(crate) fn man(command: Option<&str>) -> Result<(), Failure> {
    let mut all = Args::command();
    all.build();
    let command = command.and_then(|name| all.find_subcommand(name)).cloned();
    let mut page = Vec::new();
    let cannot = |e| {
        let message = format!("cannot write the page: {e}");
        Failure::new(loopin::ErrorKind::Local, message)
    };
    let man = Man::new(command.unwrap_or(all));
    man.render(&mut page).map_err(cannot)?;
    print(String::from_utf8_lossy(&page))
}

fn exit_codes() -> String {
    let width = width_of(io::stdout()).map_or(80, |width| width.min(80));
    let told = |text: &str, indent| fill(text, Some(width), indent);
    let mut lines = Vec::new();
    for (code, when, then) in CODES {
        lines.push(told(&format!("{code:>3}  {when}"), "     "));
        if !then.is_empty() {
            lines.push(told(&format!("     -> {then}"), "     "));
        }
    }
    lines.push(String::new());
    lines.push(told(OTHER_CODES, ""));
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::help_texts::{COMMANDS, topics};

    #[test]
    fn the_overview_fits_one_screen_and_has_every_command_of_a_person() {
        let overview = overview();
        let lines: Vec<_> = overview.lines().collect();
        assert!(lines.len() <= 24 && lines.iter().all(|line| line.len() <= 80));
        for name in topics() {
            assert!(overview.contains(name), "{name}");
        }
    }

    #[test]
    fn no_command_is_forgotten() {
        let command = Args::command();
        let names = command.get_subcommands().map(|command| command.get_name());
        assert_eq!(names.collect::<Vec<_>>(), COMMANDS);
    }

    #[test]
    fn the_readme_has_the_same_exit_codes() {
        let readme = include_str!("../../../README.md").replace('`', "");
        for (code, when, then) in CODES {
            let row = format!("\n| {code} | {when} | {then}")
                .trim_end()
                .to_owned();
            assert!(readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn every_help_is_ascii() {
        let mut all = Args::command();
        all.build();
        for command in all.get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            let odd = help.chars().find(|c| !c.is_ascii());
            assert_eq!(odd, None, "{help}");
        }
    }
}
