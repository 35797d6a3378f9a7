//! What holds for every option.

use super::*;

#[test]
fn the_options_are_consistent() {
    Args::command().debug_assert();
}

#[test]
fn every_option_with_a_value_has_its_variable() {
    let mut all = Args::command();
    all.build();
    for command in all.get_subcommands() {
        for option in command
            .get_arguments()
            .filter(|a| !a.is_positional() && a.get_action().takes_values())
        {
            let variable = format!("LOOPIN_{}", option.get_id().as_str().to_uppercase());
            assert_eq!(
                option.get_env().and_then(|name| name.to_str()),
                Some(variable.as_str())
            );
        }
    }
}

#[test]
fn a_command_is_about_what_stands_at_its_variant() {
    let abouts = |all: &clap::Command| -> Vec<_> {
        let about = |command: &clap::Command| command.get_about().map(ToString::to_string);
        all.get_subcommands().map(about).collect()
    };
    let mut all = Args::command();
    let told = abouts(&all);
    all.build();
    assert_eq!(abouts(&all), told);
}
