//! `loopin` itself starts Chromium, and a person goes on in the window that it opened.

use std::path::PathBuf;
use std::process::Command;

use super::demo::{AUTHORIZE, outcome, serve};
use super::support::{Home, eventually, login_at, tool};
use super::webdriver::{Browser, FLAGS};

#[test]
#[ignore = "needs Chromium: tests/run"]
fn loopin_opens_the_browser_that_its_option_names() {
    let (home, _demo) = serve();
    let chromium = Chromium::for_home(&home);
    let login = home.start(&format!(
        "{} --browser {}",
        login_at("demo.toml"),
        chromium.script().display()
    ));
    let window = chromium.window();
    window.click(AUTHORIZE);
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(outcome(&window), "success", "the browser outlives loopin");
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn loopin_opens_the_browser_that_the_environment_names() {
    let (home, _demo) = serve();
    let chromium = Chromium::for_home(&home);
    let login = home.start_with(&login_at("demo.toml"), "BROWSER", &chromium.script());
    let window = chromium.window();
    window.click(AUTHORIZE);
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(outcome(&window), "success", "the browser outlives loopin");
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_demo_asks_in_the_browser_too() {
    let home = Home::new();
    let chromium = Chromium::for_home(&home);
    let demo = home.start(&format!("demo --browser {}", chromium.script().display()));
    chromium.window().click(AUTHORIZE);
    let (code, said) = demo.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(home.token()["provider"], "demo");
}

/// A browser as a command that takes one URL: Chromium, with a door for WebDriver left open.
pub struct Chromium(PathBuf);

impl Chromium {
    pub fn for_home(home: &Home) -> Self {
        Self::with(home, &[])
    }

    /// The same with more options.
    pub fn with(home: &Home, options: &[String]) -> Self {
        let folder = home.path("browser");
        std::fs::create_dir(&folder).unwrap();
        let chromium = Self(folder);
        let (at, flags) = (
            chromium.0.display(),
            FLAGS.map(|flag| format!("'{flag}'")).join(" "),
        );
        let options = options.join(" ");
        let program = tool("chromium");
        let script = format!(
            "#!/bin/sh\ntest $# = 1 || exit 64\necho $$ > {at}/pid\n\
             exec {} {flags} {options} --remote-debugging-port=0 --user-data-dir={at}/profile \"$1\"\n",
            program.display()
        );
        home.write_program("browser/open", &script);
        chromium
    }

    pub fn script(&self) -> PathBuf {
        self.0.join("open")
    }

    /// Whether anybody opened it.
    pub fn was_opened(&self) -> bool {
        self.0.join("pid").exists()
    }

    /// The window, once it is there.
    pub fn window(&self) -> Browser {
        let door = self.0.join("profile/DevToolsActivePort");
        let port = || {
            std::fs::read_to_string(&door)
                .ok()?
                .lines()
                .next()?
                .parse()
                .ok()
        };
        Browser::attach(eventually("the browser to be opened", port))
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        if let Ok(pid) = std::fs::read_to_string(self.0.join("pid")) {
            // The group that loopin gave it, and, should it have forgotten that, at least the browser.
            let (pid, group) = (pid.trim(), format!("-{}", pid.trim()));
            let _ = Command::new("kill")
                .args(["-s", "KILL", "--", &group, pid])
                .status();
        }
    }
}
