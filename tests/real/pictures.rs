//! The README's pictures are true. `tests/pictures/draw` draws them anew.

use std::path::{Path, PathBuf};

use super::demo::{AUTHORIZE, approve, outcome, serve};
use super::pages::asked;
use super::support::eventually;
use super::svg;
use super::tmux::Window;

const README: &str = include_str!("../../README.md");
const COLUMNS: u16 = 86;

#[test]
#[ignore = "needs tmux: tests/run"]
fn the_picture_of_a_terminal_shows_what_the_program_says() {
    let (home, _demo) = serve();
    let environment = "TERM=tmux-256color LOOPIN_PROVIDER=./demo.toml LOOPIN_PORT=0";
    let window = Window::open_with(&home, COLUMNS, environment);
    home.write_program("bin/firefox", "#!/bin/sh\n");
    window.runs("export BROWSER=firefox; clear");
    is_ready(&window, 1);
    window.runs("loopin login");
    approve(&window.line("the address", |line| line.starts_with("http://")));
    is_ready(&window, 7);
    window.runs("loopin login");
    is_ready(&window, 9);
    window.runs("loopin whoami");
    is_ready(&window, 11);
    let lines: Vec<_> = window
        .coloured_lines()
        .iter()
        .map(|line| shortened(line))
        .collect();
    let drawn = svg::terminal("A login in a terminal", COLUMNS, &lines);
    let path = picture("terminal.svg");
    if draws() {
        std::fs::write(&path, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap();
    assert!(kept == drawn, "run tests/pictures/draw: it is now\n{drawn}");
    assert!(drawn.len() < 60_000);
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_picture_of_the_page_is_described_as_the_page_is() {
    let (_demo, login, browser) = asked("--token-file token.json");
    browser.click(AUTHORIZE);
    assert_eq!(outcome(&browser), "success");
    assert_eq!(login.end().0, 0);
    let path = picture("login.png");
    if draws() {
        browser.sharp_screenshot(&path, 640, 600);
    }
    assert!(std::fs::metadata(path).unwrap().len() < 60_000);
    for text in [browser.text("h1"), browser.text("h1 + p")] {
        assert!(alternative_text("login.png").contains(&text), "{text}");
    }
}

/// The window has as many lines as it must, and the last one is for the next command.
fn is_ready(window: &Window<'_>, count: usize) {
    eventually("the next prompt", || {
        let lines = window.lines();
        (lines.len() == count && lines.last()? == "$").then_some(())
    });
}

fn draws() -> bool {
    std::env::var_os("LOOPIN_DRAW").is_some()
}

fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pictures")
        .join(name)
}

/// What the README says to those who do not see the picture.
fn alternative_text(name: &str) -> &'static str {
    let source = format!("src=\"tests/pictures/{name}\"");
    let line = README.lines().find(|line| line.contains(&source)).unwrap();
    line.split('"').nth(1).unwrap()
}

/// Without what is another each time: the address up to the margin, and no second of a token's life gone.
fn shortened(line: &str) -> String {
    let line = &line.replace("5 h 59 min", "6 h");
    let Some((before, address)) = line.split_once("http://127.0.0.1:") else {
        return line.to_owned();
    };
    let (_, rest) = address.split_once('/').unwrap();
    let address = format!("http://127.0.0.1:41234/{rest}");
    let cut: String = address.chars().take(usize::from(COLUMNS) - 2).collect();
    format!("{before}{cut}…")
}
