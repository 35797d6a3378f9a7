//! Which browser opens, and the process of this program that opens the system's.

use std::{env, io};

use loopin::{
    ErrorKind,
    browser::{self, Browser},
};

use crate::failure::Failure;

/// What the program calls itself with.
const OPEN_BROWSER: &str = "open-browser";

/// The browser that was named, else the one of this session.
pub(crate) fn browser(named: Option<&str>) -> Browser {
    match named.map(str::trim) {
        Some(none) if none.eq_ignore_ascii_case("none") => Browser::None,
        Some(command) if !command.is_empty() => Browser::Commands(vec![command.to_owned()]),
        _ => Browser::from_environment(),
    }
}

/// Opens the URL. What opens the system's browser shares our streams, our environment and our process group: so it runs
/// in a process of its own, which has none of these.
pub(crate) fn open(browser: &Browser, url: &str, on_failure: impl FnOnce(String) + Send + 'static) {
    if *browser == Browser::System && !browser::is_wsl() {
        let program = env::current_exe().unwrap_or_default().into_os_string();
        return browser::open_with(&[program, OPEN_BROWSER.into()], url, on_failure);
    }
    browser.open(url, on_failure);
}

/// The URL, in that process. It is no command of a person's, and no help names it.
pub(crate) fn url_to_open() -> Option<String> {
    let words: Vec<_> = env::args_os().skip(1).take(3).collect();
    match &words[..] {
        [command, url] if command == OPEN_BROWSER => url.to_str().map(str::to_owned),
        _ => None,
    }
}

/// Does it: that process ends when the opener has returned.
pub(crate) fn open_in_system_browser(url: &str) -> Result<(), Failure> {
    let failed =
        |e: io::Error| Failure::new(ErrorKind::Local, format!("cannot open a browser: {e}"));
    browser::open_in_system_browser(url).map_err(failed)
}
