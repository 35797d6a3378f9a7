//! A person at a terminal window: what stands on the screen at each stage, and after Ctrl-C there.

use std::net::TcpListener;

use super::demo::{approve, serve};
use super::support::Home;
use super::tmux::Window;

const LOGIN: &str = "loopin login --provider ./demo.toml --interactive always --port 0";
/// A browser that opens, and in which nobody does anything.
const OPENS: &str = " --browser true";
const WIDTHS: [u16; 3] = [40, 80, 200];
const COUNTS: &str = " left";

fn is_url(line: &str) -> bool {
    line.starts_with("http://")
}

/// Prose ends before the margin: only what is to be copied whole goes over it.
#[track_caller]
fn fits(window: &Window<'_>, width: u16) {
    let lines = window.lines();
    let typed = |line: &&String| line.starts_with("$ ");
    for line in lines.iter().filter(|line| !typed(line)) {
        let is_command = line.starts_with("loopin ") || line.starts_with("ssh ");
        let fits = line.chars().count() <= usize::from(width);
        assert!(
            fits || is_url(line) || is_command,
            "{width}: {line:?} in {lines:#?}"
        );
    }
}

/// What stands on the screen beside the line that counts down.
fn still(window: &Window<'_>) -> Vec<String> {
    let mut lines = window.lines();
    lines.retain(|line| !line.contains(COUNTS));
    lines
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn a_login_fits_the_window_and_nothing_in_it_jumps() {
    for width in WIDTHS {
        for browser in [OPENS, ""] {
            let (home, _demo) = serve();
            let window = Window::open(&home, width);
            window.runs(&format!("{LOGIN}{browser}"));
            let counts = window.until(COUNTS);
            let before = still(&window);
            window.line("the next second", |line| {
                line.contains(COUNTS) && line[3..] != counts[3..]
            });
            assert_eq!(still(&window), before);
            fits(&window, width);
            approve(&window.line("the address", is_url));
            window.until("saved in token.json");
            fits(&window, width);
            window.is_as_it_was_after(0);
        }
    }
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn the_result_stands_where_the_countdown_stood() {
    let (home, _demo) = serve();
    let window = Window::open(&home, 80);
    window.runs(&format!("{LOGIN}{OPENS}"));
    window.until(COUNTS);
    let before = still(&window);
    approve(&window.line("the address", is_url));
    window.until("saved in token.json");
    let after = window.lines();
    let result = &after[before.len()..];
    assert!(after.starts_with(&before), "{before:#?} {after:#?}");
    assert!(result[0].starts_with("loopin: logged in to "), "{after:#?}");
    assert!(
        result[1].starts_with("loopin: saved in token.json"),
        "{after:#?}"
    );
    assert_eq!(result[2..], ["$"], "{after:#?}");
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn ctrl_c_while_the_browser_is_awaited_leaves_nothing() {
    for width in WIDTHS {
        let (home, _demo) = serve();
        let window = Window::open(&home, width);
        window.runs(&format!("{LOGIN}{OPENS}"));
        window.until(COUNTS);
        window.presses("C-c");
        window.is_as_it_was_after(130);
    }
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn ctrl_c_while_a_paste_is_awaited_leaves_nothing() {
    for width in WIDTHS {
        let (home, _demo) = serve();
        let window = Window::open(&home, width);
        window.runs(LOGIN);
        window.until(COUNTS);
        window.types("http://127.0.0.1/half-an-address");
        window.presses("C-c");
        window.is_as_it_was_after(130);
        assert!(!shows(&window, "half-an-address"));
    }
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn ctrl_c_during_the_exchange_leaves_nothing() {
    for browser in [OPENS, ""] {
        let (home, _demo) = serve();
        let provider = holds_its_answer(&home);
        let window = Window::open(&home, 80);
        window.runs(&format!("{LOGIN}{browser}"));
        let url = window.line("the address", is_url);
        let person = std::thread::spawn(move || super::demo::send_back(&url));
        let (exchange, _) = provider.accept().unwrap();
        window.presses("C-c");
        drop(exchange);
        window.is_as_it_was_after(130);
        person.join().unwrap();
    }
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn ctrl_z_gives_the_terminal_back_until_the_login_goes_on() {
    let (home, _demo) = serve();
    let window = Window::open(&home, 80);
    window.runs(LOGIN);
    let url = window.line("the address", is_url);
    window.until(COUNTS);
    window.presses("C-z");
    window.line("the shell", |line| line.contains("Stopped"));
    window.runs("echo from the shell");
    window.line("what is typed", |line| line == "$ echo from the shell");
    window.line("what is said", |line| line == "from the shell");
    assert!(!shows(&window, COUNTS), "{:#?}", window.lines());
    window.runs("fg");
    window.until(COUNTS);
    window.runs(&super::demo::address_that_the_browser_ends_on(&url));
    window.until("saved in token.json");
    window.is_as_it_was_after(0);
    assert!(!shows(&window, "code="), "{:#?}", window.lines());
}

/// The demo's consent page, with a token endpoint that only the test answers for.
fn holds_its_answer(home: &Home) -> TcpListener {
    let provider = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = provider.local_addr().unwrap();
    let held = format!("token_endpoint = \"http://{address}/token\"");
    let text = home.read("demo.toml");
    let lines = text
        .lines()
        .map(|line| match line.starts_with("token_endpoint =") {
            true => &held,
            false => line,
        });
    home.write("demo.toml", &lines.collect::<Vec<_>>().join("\n"));
    provider
}

fn shows(window: &Window<'_>, words: &str) -> bool {
    window.lines().iter().any(|line| line.contains(words))
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn a_paste_that_is_not_taken_is_told_above_the_countdown_and_nothing_pasted_shows() {
    for width in WIDTHS {
        let (home, _demo) = serve();
        let window = Window::open(&home, width);
        window.runs(LOGIN);
        window.until(COUNTS);
        window.runs("http://127.0.0.1/not-the-answer?code=x");
        window.until("warning:");
        eventually_last(&window, COUNTS);
        fits(&window, width);
        let url = window.line("the address", is_url);
        window.runs(&super::demo::address_that_the_browser_ends_on(&url));
        window.until("saved in token.json");
        window.is_as_it_was_after(0);
        assert!(!shows(&window, "not-the-answer"));
        assert!(!shows(&window, "code="), "{:#?}", window.lines());
    }
}

fn eventually_last(window: &Window<'_>, words: &str) {
    super::support::eventually(words, || {
        let lines = window.lines();
        lines
            .last()
            .is_some_and(|line| line.contains(words))
            .then_some(())
    });
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn a_window_that_changes_its_width_is_left_as_it_was() {
    let (home, _demo) = serve();
    let window = Window::open(&home, 120);
    window.runs(&format!("{LOGIN}{OPENS}"));
    window.until(COUNTS);
    for width in [60, 200, 40] {
        window.resize(width);
        eventually_last(&window, COUNTS);
    }
    approve(&window.line("the address", is_url));
    window.until("saved in token.json");
    window.is_as_it_was_after(0);
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn a_refusal_at_a_terminal_leaves_nothing_but_words() {
    for width in WIDTHS {
        let (home, _demo) = serve();
        let window = Window::open(&home, width);
        window.runs(LOGIN);
        super::demo::refuse(&window.line("the address", is_url));
        window.until("loopin: error:");
        window.is_as_it_was_after(4);
        fits(&window, width);
    }
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn the_demo_and_a_token_with_login_spin_and_leave_nothing_too() {
    for command in [
        "loopin demo --browser true --port 0 --token-file demo.json",
        "loopin token --login --provider ./demo.toml --interactive always --port 0 --browser true",
    ] {
        let (home, _demo) = serve();
        let window = Window::open(&home, 80);
        window.runs(command);
        window.until(COUNTS);
        window.presses("C-c");
        window.is_as_it_was_after(130);
    }
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn keys_that_are_pressed_meanwhile_leave_nothing() {
    let (home, _demo) = serve();
    let window = Window::open(&home, 80);
    window.runs(&format!("{LOGIN}{OPENS}"));
    window.until(COUNTS);
    window.presses("Enter");
    window.presses("Enter");
    approve(&window.line("the address", is_url));
    window.until("saved in token.json");
    assert!(!shows(&window, COUNTS), "{:#?}", window.lines());
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn a_terminal_without_colours_gets_the_same_words() {
    for environment in ["TERM=dumb", "TERM=tmux-256color NO_COLOR=1"] {
        let (home, _demo) = serve();
        let window = Window::open_with(&home, 80, environment);
        window.runs(&format!("{LOGIN}{OPENS}"));
        approve(&window.line("the address", is_url));
        window.until("saved in token.json");
        window.is_as_it_was_after(0);
    }
}

const SETUP: &str = "loopin setup ./demo.toml --browser none";

/// The secret that the demo's provider gave its app.
fn secret(home: &Home) -> String {
    let secrets = home.read("client_secrets.txt");
    secrets.trim().split_once(',').unwrap().1.to_owned()
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn ctrl_c_at_each_question_of_the_setup_leaves_nothing() {
    for answers in 0..3 {
        let (home, _demo) = serve();
        let secret = secret(&home);
        std::fs::remove_file(home.path("client_secrets.txt")).unwrap();
        let window = Window::open(&home, 80);
        window.runs(SETUP);
        let questions = ["Client ID:", "Client Secret", "log in now? [Y/n]"];
        for (question, answer) in questions.iter().zip(["4242", &secret]).take(answers) {
            window.until(question);
            window.runs(answer);
        }
        window.until(questions[answers]);
        window.types("x");
        window.presses("C-c");
        window.is_as_it_was_after(130);
        assert!(!shows(&window, &secret), "{:#?}", window.lines());
        assert_eq!(home.path("client_secrets.txt").exists(), answers == 2);
    }
}

#[test]
#[ignore = "needs tmux: tests/run"]
fn from_the_app_to_the_token_in_one_command() {
    for width in WIDTHS {
        let (home, _demo) = serve();
        let secret = secret(&home);
        std::fs::remove_file(home.path("client_secrets.txt")).unwrap();
        let window = Window::open(&home, width);
        window.runs(SETUP);
        window.until("Client ID:");
        window.runs("4242");
        window.until("Client Secret");
        window.runs(&secret);
        window.until("log in now? [Y/n]");
        window.presses("Enter");
        approve(&window.line("the address", |line| {
            is_url(line) && line.contains("client_id=")
        }));
        window.until("saved in token.json");
        window.is_as_it_was_after(0);
        fits(&window, width);
        assert!(!shows(&window, &secret), "{:#?}", window.lines());
    }
}
