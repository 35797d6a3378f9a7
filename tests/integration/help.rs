//! What the program tells of itself, to people, to shells and to `man`.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use crate::support::*;

const COMMANDS: [&str; 10] = [
    "setup", "login", "token", "exec", "refresh", "status", "whoami", "logout", "doctor", "demo",
];

fn shows(words: &str) -> String {
    Loopin::new(&World::like_strava(), words).shows_on_stdout()
}

/// Gives a program this script on its stdin; returns what it prints.
fn run(program: &[&str], script: &str) -> String {
    let mut child = Command::new(program[0])
        .args(&program[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(script.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers for the last of these words.
fn bash_completes(words: &[&str]) -> String {
    let (count, last) = (words.len() - 1, words[words.len() - 1]);
    let before = words[count - 1];
    let line = words.join(" ");
    let asked = format!(
        "\nCOMP_WORDS=({line}); COMP_CWORD={count}\n_loopin loopin '{last}' '{before}'\necho \"${{COMPREPLY[@]}}\"\n"
    );
    run(&["bash", "--norc"], &(shows("completions bash") + &asked))
}

#[test]
fn the_first_screen_has_every_command_and_three_examples() {
    for words in ["", "help", "--help", "-h"] {
        let help = shows(words);
        assert!(help.lines().count() <= 24 && help.lines().all(|line| line.len() <= 80));
        for command in COMMANDS {
            assert!(help.contains(&format!("\n  {command} ")), "{help}");
        }
        assert_eq!(help.matches("\n  loopin ").count(), 3, "{help}");
    }
}

/// What a terminal of so many columns is shown.
fn shown_at(columns: u16, words: &str) -> String {
    let world = World::like_strava();
    let to_the_terminal = ["sh", "-c", "exec \"$@\" >&2", "sh"];
    let help = Loopin::new(&world, words).through(&to_the_terminal);
    help.at_a_terminal_of(columns).start().end().stderr
}

/// Every word is there, and none stands beyond the margin.
#[track_caller]
fn breaks_no_word(words: &str) {
    let whole = shows(words);
    for columns in [40, 60, 80] {
        let shown = shown_at(columns, words);
        let fits = |line: &str| line.chars().count() <= usize::from(columns);
        assert!(shown.lines().all(fits), "{words:?} at {columns}:\n{shown}");
        let shown: Vec<_> = shown.split_whitespace().collect();
        assert_eq!(shown, whole.split_whitespace().collect::<Vec<_>>());
    }
}

#[test]
fn the_first_screen_breaks_no_word_on_a_narrow_terminal() {
    breaks_no_word("");
    breaks_no_word("help");
}

#[test]
fn nor_does_it_where_an_option_asks_for_it() {
    breaks_no_word("--help");
    breaks_no_word("-h");
}

#[test]
#[cfg(target_os = "linux")]
fn a_help_that_cannot_be_written_says_why() {
    let world = World::like_strava();
    for words in [
        "",
        "help",
        "help login",
        "--help",
        "login --help",
        "--version",
        "man",
    ] {
        let full = ["sh", "-c", "exec \"$@\" >/dev/full", "sh"];
        let help = Loopin::new(&world, words).through(&full).finish();
        help.ends(LOCAL).says("error: cannot write to stdout: ");
    }
}

#[test]
fn nobody_who_reads_the_help_on_is_no_failure() {
    let world = World::like_strava();
    let unread = r#"( "$@"; echo "it ended with $?" >&2 ) | :"#;
    for words in ["--help", "help login", "completions bash"] {
        let script = ["sh", "-c", unread, "sh"];
        let help = Loopin::new(&world, words).through(&script).finish();
        help.ends(OK).says("it ended with 0");
    }
}

#[test]
fn each_commands_help_is_the_same_whichever_way_it_is_asked_for() {
    for command in COMMANDS {
        let help = shows(&format!("help {command}"));
        assert_eq!(help, shows(&format!("{command} --help")));
        assert!(help.contains(&format!("Usage: loopin {command}")), "{help}");
    }
}

#[test]
fn a_topic_that_does_not_exist_is_answered_with_those_that_do() {
    let world = World::like_strava();
    let outcome = Loopin::new(&world, "help nonsense").finish();
    outcome.ends(USAGE).says("exit-codes").says("makefile");
    let shell = Loopin::new(&world, "completions sh").finish();
    shell.ends(USAGE).says("bash").says("zsh");
}

#[test]
fn an_empty_variable_of_an_option_that_all_commands_have_is_an_absent_one() {
    let world = World::like_strava();
    world.is_logged_in();
    let status = world.run("status").env("LOOPIN_LOG_FORMAT", "");
    status.finish().ends(OK);
}

#[test]
#[ignore = "needs make: tests/run"]
fn the_makefile_of_the_help_is_one() {
    let world = World::like_strava();
    world.is_logged_in();
    world.writes("Makefile", shows("help makefile"));
    std::fs::create_dir(world.path("home/bin")).unwrap();
    let loopin = env!("CARGO_BIN_EXE_loopin");
    std::os::unix::fs::symlink(loopin, world.path("home/bin/loopin")).unwrap();
    world.writes(
        "home/bin/python",
        "#!/bin/sh\ntest -n \"$ACME_ACCESS_TOKEN$LOOPIN_ACCESS_TOKEN\" && echo ran \"$1\"\n",
    );
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path("home/bin/python"), executable).unwrap();
    let bin = world.path("home/bin").to_string_lossy().into_owned();
    let path = format!("{bin}:{}", std::env::var("PATH").unwrap());
    for (target, ran) in [("sync", "ran sync.py\n"), ("data.json", "ran fetch.py\n")] {
        let make =
            Loopin::new(&world, "").through(&["sh", "-c", &format!("make --silent {target}")]);
        let make = make
            .env("PATH", &path)
            .env("LOOPIN_PROVIDER", "./acme.toml");
        let outcome = make.start().end();
        outcome.ends(OK).prints(ran);
    }
}

#[test]
fn bash_completes_commands_and_options_and_nothing_hidden() {
    let commands = bash_completes(&["loopin", "''"]);
    for command in COMMANDS {
        assert!(commands.contains(command), "{commands}");
    }
    assert!(!commands.contains("open-browser"), "{commands}");
    assert_eq!(bash_completes(&["loopin", "whoa"]).trim(), "whoami");
    let options = bash_completes(&["loopin", "login", "--req"]);
    assert_eq!(options.trim(), "--require-scopes");
}

#[test]
#[ignore = "needs zsh, fish: tests/run"]
fn other_shells_take_their_completions() {
    run(&["zsh", "-n"], &shows("completions zsh"));
    run(&["fish", "--no-execute"], &shows("completions fish"));
    let script = shows("completions fish") + "\ncomplete --do-complete 'loopin whoa'\n";
    assert!(run(&["fish", "--no-config"], &script).starts_with("whoami"));
    assert!(shows("completions powershell").contains("'--require-scopes'"));
}

#[test]
fn there_is_a_manual_page_of_the_program_and_of_each_command() {
    let page = shows("man");
    assert!(page.contains(".TH loopin 1"), "{page}");
    assert!(!page.contains("open\\-browser"), "{page}");
    for command in COMMANDS {
        assert!(page.contains(&format!("loopin\\-{command}(1)")), "{page}");
        let page = shows(&format!("man {command}"));
        assert!(page.contains(&format!(".TH loopin-{command} 1")), "{page}");
        assert!(page.contains("Exit codes"), "{page}");
    }
}
