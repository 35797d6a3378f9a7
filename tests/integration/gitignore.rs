//! What a setup tells git to leave alone.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::*;

/// All that a token file brings with it, too.
const NAMES: [&str; 6] = [
    "client_secrets.txt",
    "token.json",
    "token.227615.json",
    ".token.json.lock",
    ".token.json.login.lock",
    ".token.json.x.tmp",
];
const LINES: &str = "client_secrets.txt\ntoken.json\ntoken.*.json\n.token.json.*\n";

fn git(world: &World, folder: &str, args: &[&str]) -> String {
    let mut git = Command::new("git");
    git.current_dir(world.path(folder)).args(args);
    git.env("HOME", world.path("home")).env_remove("GIT_DIR");
    String::from_utf8(git.output().unwrap().stdout).unwrap()
}

fn work_tree() -> World {
    let world = World::like_strava();
    world.removes("client_secrets.txt");
    git(&world, "", &["init", "--quiet"]);
    world
}

/// A setup in a folder below the provider file's.
#[track_caller]
fn sets_up_in<'w>(world: &'w World, folder: &str) -> Outcome<'w> {
    let place = |name| format!("{folder}{name}");
    let setup = Loopin::new(world, "setup ./acme.toml").flag("--force");
    let setup = setup.with("--client-secrets", &place("client_secrets.txt"));
    let setup = setup.with("--token-file", &place("token.json"));
    setup.reads(format!("123456,{}\n", world.marks.word(Secret::Client)))
}

#[track_caller]
fn sets_up(world: &World) -> Outcome<'_> {
    let outcome = sets_up_in(world, "");
    outcome.ends(OK);
    outcome
}

/// Git would take none of them.
#[track_caller]
fn are_ignored(world: &World, folder: &str) {
    let ignored = git(
        world,
        folder,
        &[&["check-ignore", "--no-index"][..], &NAMES].concat(),
    );
    assert_eq!(ignored.lines().collect::<Vec<_>>(), NAMES, "in {folder:?}");
}

#[test]
fn in_a_work_tree_they_are_ignored_and_it_is_said() {
    let world = work_tree();
    sets_up(&world).says(".gitignore").says("token.*.json");
    assert_eq!(world.read(".gitignore"), LINES);
    are_ignored(&world, "");
}

#[test]
fn the_second_time_nothing_is_added() {
    let world = work_tree();
    sets_up(&world);
    sets_up(&world).never_says(".gitignore");
    assert_eq!(world.read(".gitignore"), LINES);
}

#[test]
fn outside_of_a_work_tree_there_is_no_gitignore() {
    let world = World::like_strava();
    sets_up(&world).never_says("gitignore");
    assert!(!world.path(".gitignore").exists());
}

#[test]
fn what_stands_there_stays_as_it_is() {
    for (before, after) in [
        ("*.log", "*.log\n"),
        ("*.log\n", "*.log\n"),
        ("# \u{fc}\n\n!x", "# \u{fc}\n\n!x\n"),
    ] {
        let world = work_tree();
        fs::write(world.path(".gitignore"), before).unwrap();
        sets_up(&world);
        assert_eq!(world.read(".gitignore"), format!("{after}{LINES}"));
        are_ignored(&world, "");
    }
}

#[test]
fn the_ends_of_lines_are_those_of_the_file() {
    for before in ["*.log\r\n", "*.log\r\n*.tmp"] {
        let world = work_tree();
        fs::write(world.path(".gitignore"), before).unwrap();
        sets_up(&world);
        let text = world.read(".gitignore");
        assert!(text.starts_with(before), "{text:?}");
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        are_ignored(&world, "");
    }
}

#[test]
fn what_is_ignored_already_is_not_ignored_twice() {
    for (file, all) in [
        (".gitignore", "*.json*\n*secrets*\n"),
        (".git/info/exclude", LINES),
        (".gitignore", "*\n"),
    ] {
        let world = work_tree();
        fs::write(world.path(file), all).unwrap();
        sets_up(&world).never_says("added");
        assert_eq!(world.read(file), all);
        are_ignored(&world, "");
    }
}

#[test]
fn what_is_ignored_in_part_is_completed() {
    let world = work_tree();
    fs::write(world.path(".gitignore"), "token.json\n").unwrap();
    sets_up(&world);
    let text = world.read(".gitignore");
    assert_eq!(text.lines().filter(|line| *line == "token.json").count(), 1);
    are_ignored(&world, "");
}

#[test]
fn a_line_that_takes_them_back_is_outdone() {
    let world = work_tree();
    fs::write(world.path(".gitignore"), "token.json\n!token.json\n").unwrap();
    sets_up(&world);
    are_ignored(&world, "");
}

#[test]
fn in_a_folder_below_the_top_they_are_ignored_there() {
    let world = work_tree();
    fs::create_dir(world.path("app")).unwrap();
    sets_up_in(&world, "app/").ends(OK);
    are_ignored(&world, "app");
    assert!(!world.path(".gitignore").exists());
}

#[test]
fn what_the_top_ignores_is_not_ignored_again_below() {
    let world = work_tree();
    fs::create_dir(world.path("app")).unwrap();
    fs::write(world.path(".gitignore"), LINES).unwrap();
    sets_up_in(&world, "app/").ends(OK);
    assert!(!world.path("app/.gitignore").exists());
}

#[test]
fn a_worktree_of_a_repository_elsewhere_is_one_too() {
    let world = work_tree();
    let commit = [
        "-c",
        "user.name=x",
        "-c",
        "user.email=x",
        "commit",
        "-qm",
        "x",
        "--allow-empty",
    ];
    git(&world, "", &commit);
    git(&world, "", &["worktree", "add", "--quiet", "other"]);
    sets_up_in(&world, "other/").ends(OK);
    are_ignored(&world, "other");
}

#[test]
fn a_gitignore_that_cannot_be_written_is_named_and_the_secret_is_kept() {
    let world = work_tree();
    fs::create_dir(world.path(".gitignore")).unwrap();
    let outcome = sets_up_in(&world, "");
    outcome.ends(LOCAL).says(".gitignore").says("token.*.json");
    assert!(world.path("client_secrets.txt").exists());
}

#[test]
fn a_gitignore_that_is_no_file_is_left_alone_and_not_waited_for() {
    let links: [fn(&World); 3] = [
        |world| symlink("elsewhere", world.path(".gitignore")).unwrap(),
        |world| symlink("nowhere", world.path(".gitignore")).unwrap(),
        |world| world.has_a_pipe(".gitignore"),
    ];
    for makes in links {
        let world = work_tree();
        world.writes("elsewhere", "*.log\n");
        makes(&world);
        let outcome = sets_up_in(&world, "");
        outcome.ends(LOCAL).says(".gitignore").says("token.*.json");
        assert_eq!(world.read("elsewhere"), "*.log\n");
        assert!(!world.path("nowhere").exists());
        assert_eq!(world.snapshot()[".gitignore"], outcome.before[".gitignore"]);
    }
}

#[test]
fn without_git_they_are_ignored_all_the_same() {
    let world = work_tree();
    fs::write(world.path(".gitignore"), "token.json\n").unwrap();
    for _ in 0..2 {
        let setup = Loopin::new(&world, "setup ./acme.toml").flag("--force");
        let setup = setup.env("PATH", "/nowhere");
        let line = format!("123456,{}\n", world.marks.word(Secret::Client));
        setup.reads(line).ends(OK);
        let added = LINES.replace("\ntoken.json\n", "\n");
        assert_eq!(world.read(".gitignore"), format!("token.json\n{added}"));
    }
    are_ignored(&world, "");
}

#[test]
fn odd_names_are_ignored_as_they_are() {
    for (secrets, token) in [
        ("#secrets.txt", "#t.json"),
        ("!secrets.txt", "!t.json"),
        ("a[1]secrets.txt", "a[1].json"),
        ("my secrets.txt", "my file.json"),
        ("a*?\\secrets.txt", "a*?\\t.json"),
        (":(top)secrets.txt", "t.json "),
    ] {
        let world = work_tree();
        let setup = Loopin::new(&world, "setup ./acme.toml");
        let setup = setup.with("--client-secrets", secrets);
        let setup = setup.with("--token-file", token);
        let line = format!("123456,{}\n", world.marks.word(Secret::Client));
        setup.reads(line).ends(OK);
        let (stem, extension) = token.rsplit_once('.').unwrap();
        world.writes(token, "{}");
        world.writes(&format!("{stem}.227615.{extension}"), "{}");
        world.writes(&format!(".{token}.lock"), "");
        let untracked = ["ls-files", "--others", "--exclude-standard"];
        let taken = git(&world, "", &untracked);
        assert_eq!(taken, ".gitignore\nacme.toml\n", "{secrets} {token}");
    }
}
