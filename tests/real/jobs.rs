//! A login as a job of the shell that people have.

use super::demo::{approve, serve};
use super::support::Home;
use super::tmux::Window;

const LOGIN: &str =
    "loopin login --provider ./demo.toml --interactive always --port 0 --browser true";
const COUNTS: &str = " left";

/// A window with `bash` in it.
fn bash(home: &Home) -> Window<'_> {
    let window = Window::open(home, 80);
    window.runs("clear; exec bash --norc --noprofile");
    window.line("a prompt", |line| line == "$");
    window
}

fn url(window: &Window<'_>) -> String {
    window.line("the address", |line| line.starts_with("http://"))
}

/// Ctrl-Z, then `bg`.
fn goes_on_in_the_background(window: &Window<'_>) {
    window.runs(LOGIN);
    window.until(COUNTS);
    window.presses("C-z");
    window.until("Stopped");
    window.runs("bg; echo it goes on");
    window.line("the shell", |line| line == "it goes on");
}

/// No job is left, and the shell is what it was.
fn is_over(window: &Window<'_>) {
    window.runs("wait; clear; jobs");
    window.is_as_it_was_after(0);
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn in_the_background_of_bash_it_can_be_approved() {
    let (home, _demo) = serve();
    let window = bash(&home);
    goes_on_in_the_background(&window);
    approve(&url(&window));
    window.until("saved in token.json");
    is_over(&window);
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn beside_the_login_bash_is_typed_into_as_ever() {
    let (home, _demo) = serve();
    let window = bash(&home);
    window.runs(&format!("{LOGIN} &"));
    let url = url(&window);
    window.runs("echo from the shell");
    window.line("what is said", |line| line == "from the shell");
    approve(&url);
    window.until("saved in token.json");
    assert!(!window.lines().concat().contains(COUNTS));
    is_over(&window);
}
