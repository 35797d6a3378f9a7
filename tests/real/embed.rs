//! The example of an embedder, as its readers would start it; and an embedder's own page, as a browser shows it.

use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::demo::{approve, serve};
use super::support::{Home, Lines};
use super::webdriver::Browser;
use crate::readme::lines;
use crate::support::{Embedder, World, in_memory, login, own_page};

const EXAMPLE: &str = include_str!("../../examples/embed.rs");

/// The README's command, in a folder with the demo's provider file. The example names the same.
fn start(home: &Home) -> Child {
    let mut commands = lines("sh").into_iter();
    let command = commands
        .find(|line| line.contains("--example embed"))
        .unwrap();
    let provider = command.replace("demo.toml", "PROVIDER.toml");
    assert!(
        EXAMPLE.contains(&format!("\n//! {provider}\n")),
        "{command}"
    );
    let command = command.strip_prefix("cargo run ").unwrap();
    let (what, arguments) = command.split_once(" -- ").unwrap();
    // Nobody waits for the one that builds it.
    assert!(cargo(home, "build", what).status().unwrap().success());
    let mut example = cargo(home, "run", &format!("{what} -- {arguments}"));
    let streams = example.stdin(Stdio::null()).stdout(Stdio::piped());
    streams.stderr(Stdio::piped()).spawn().unwrap()
}

fn cargo(home: &Home, subcommand: &str, arguments: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([subcommand, "--quiet", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .args(arguments.split(' '))
        .current_dir(home.path(""))
        .env(
            "CARGO_TARGET_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/.."),
        )
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("BROWSER");
    cargo
}

/// What it prints, and what it says while it does, up to its end.
fn end(mut example: Child, stderr: &Lines) -> (String, String) {
    let stdout = Lines::of(example.stdout.take().unwrap()).rest();
    let stderr = stderr.rest();
    assert!(example.wait().unwrap().success(), "{stderr}");
    (stdout, stderr)
}

#[test]
#[ignore = "builds the library alone: tests/run"]
fn the_example_logs_in_once_and_then_needs_no_browser() {
    let (home, _demo) = serve();
    let mut example = start(&home);
    let stderr = Lines::of(example.stderr.take().unwrap());
    let asked = stderr.until(|line| line.starts_with("to log in, open http"));
    approve(asked.trim_start_matches("to log in, open "));
    assert_eq!(end(example, &stderr).0, "Hello, Ada Demo!\n");
    for needs_a_refresh in [false, true] {
        if needs_a_refresh {
            home.expire();
        }
        let mut again = start(&home);
        let stderr = Lines::of(again.stderr.take().unwrap());
        let said = end(again, &stderr);
        assert_eq!(said, ("Hello, Ada Demo!\n".to_owned(), String::new()));
    }
}

/// What an account may be called.
const HOSTILE: &str = "<script>document.title = 'theirs'</script><b onclick=x>Mari";

#[test]
#[ignore = "needs Chromium: tests/run"]
fn an_embedders_own_page_cleans_the_address_bar_and_runs_no_script_of_others() {
    let (world, embedder, browser) = (World::like_strava(), Embedder::new(), Browser::start());
    let name = |account: &mut Value| account["firstname"] = HOSTILE.into();
    world.server.rules(|rules| name(&mut rules.account));
    let login = embedder.starts(&world, login(&world).page(own_page), in_memory);
    let clean = format!("http://{}/authorization", login.person.host());
    browser.open(&login.person.address_bar(&login.person.approval()));
    embedder.end_of(login).unwrap();
    assert_eq!(browser.current_url(), clean);
    assert_eq!(browser.text("p"), "Welcome, Mari Maasikas (227615)");
    assert_eq!(browser.run_script("return document.title"), "Ours");
    let colour = "return getComputedStyle(document.querySelector('p')).color";
    assert_eq!(browser.run_script(colour), "rgb(255, 0, 0)");
}
