//! The example of an embedder, as its readers would start it; and an embedder's own page, as a browser shows it.

use std::process::{Child, Command, Stdio};

use loopin::{Error, Kept, Token};

use super::demo::{approve, serve};
use super::support::{Home, Lines};
use super::webdriver::Browser;
use crate::support::{Embedder, World, login};

const EXAMPLE: &str = include_str!("../../examples/embed.rs");

/// The command in the example's own words, in a folder with the demo's provider file.
fn start(home: &Home) -> Child {
    let command = EXAMPLE
        .lines()
        .find_map(|line| line.strip_prefix("//! cargo run "));
    let command = command.unwrap().replace("PROVIDER.toml", "demo.toml");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["run", "--quiet", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .args(command.split(' '))
        .current_dir(home.path(""))
        .env(
            "CARGO_TARGET_DIR",
            concat!(env!("CARGO_TARGET_TMPDIR"), "/.."),
        )
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("BROWSER");
    let streams = cargo.stdin(Stdio::null()).stdout(Stdio::piped());
    streams.stderr(Stdio::piped()).spawn().unwrap()
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

/// An embedder's page that escapes nothing, shown to an account whose name is hostile.
#[test]
#[ignore = "needs Chromium: tests/run"]
fn an_embedders_own_page_cleans_the_address_bar_and_runs_no_script_of_others() {
    let (world, browser) = (World::like_strava(), Browser::start());
    let name = "<script>document.title = 'theirs'</script><b onclick=x>Mari";
    world
        .server
        .rules(|rules| rules.account["firstname"] = name.into());
    let page = |outcome: Result<&Token, &Error>| {
        let name = &outcome.unwrap().account().unwrap().name;
        format!(
            "<!doctype html><title>Ours</title><style>main {{ color: red }}</style><main>{name}"
        )
    };
    let (embedder, login) = (Embedder::new(), login(&world).page(page));
    let login = embedder.starts(&world, login, async |_| Ok(Kept::default()));
    let person = login.person.clone();
    browser.open(&person.address_bar(&person.approval()));
    embedder.end_of(login).unwrap();
    assert_eq!(
        browser.current_url(),
        format!("http://{}/authorization", person.host())
    );
    assert_eq!(browser.text("main"), "Mari Maasikas");
    assert_eq!(browser.run_script("return document.title"), "Ours");
    let colour = "return getComputedStyle(document.querySelector('main')).color";
    assert_eq!(browser.run_script(colour), "rgb(255, 0, 0)");
}
