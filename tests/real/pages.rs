//! Every page that a person may come to see, with what providers and people may put on it, in Chromium.

use std::path::Path;

use serde_json::Value;

use super::demo::{CANCEL, outcome, serve};
use super::support::{Home, Loopin, installed, login_without_browser};
use super::webdriver::Browser;
use crate::support::{Answer, World};

/// The pages, and what their headings begin with.
const PAGES: [(&str, &str); 12] = [
    ("app", "Your app"),
    ("consent", "Authorize loopin?"),
    ("consent-long", "Authorize loopin?"),
    ("success", "You are logged in as Mari Maasikas"),
    ("success-long", "You are logged in as MMMMM"),
    ("success-rtl", "You are logged in as 7 מרים"),
    ("partial", "You are logged in as Mari Maasikas, with"),
    ("partial-long", "You are logged in as Mari Maasikas, with"),
    ("refused", "You were not logged in"),
    ("failed", "The login failed"),
    ("failed-long", "The login failed"),
    ("stray", "There is nothing here"),
];

const TAB: char = '\u{e004}';
const ENTER: char = '\u{e007}';

#[test]
#[ignore = "needs Chromium: tests/run"]
fn axe_finds_nothing_on_any_page_by_day_and_night_on_a_phone_and_a_laptop() {
    let axe = std::fs::read_to_string(installed("node_modules/axe-core/axe.min.js")).unwrap();
    let browser = Browser::start();
    for (page, _) in PAGES {
        visit(page, &browser);
        browser.run_script(&axe);
        in_every_look(&browser, |look| {
            let found = browser.run_script(
                "const more = { 'color-contrast-enhanced': { enabled: true }, 'target-size': { enabled: true } };
                 return axe.run({ rules: more }).then(found => found.violations)",
            );
            assert_eq!(found, Value::Array(vec![]), "{page} {look}: {found:#}");
        });
    }
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn every_page_fits_into_320_pixels_and_has_its_picture_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    let browser = Browser::start();
    for (page, _) in PAGES {
        visit(page, &browser);
        in_every_look(&browser, |look| {
            browser.screenshot(&folder.join(format!("{page}-{look}.png")));
        });
        browser.resize(320, 640);
        assert!(browser.fits(), "{page} must not scroll sideways");
    }
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn every_page_has_its_landmarks_and_one_heading_that_names_the_outcome() {
    let browser = Browser::start();
    for (page, heading) in PAGES {
        visit(page, &browser);
        let tree = browser.accessibility_tree();
        for landmark in ["banner", "main", "contentinfo"] {
            let is_there = tree.iter().filter(|told| told.role == landmark).count();
            assert_eq!(is_there, 1, "{page}: {landmark}: {tree:?}");
        }
        let first: Vec<_> = tree.iter().filter(|told| told.level == Some(1)).collect();
        assert_eq!(first.len(), 1, "{page}: {tree:?}");
        assert!(first[0].name.starts_with(heading), "{page}: {first:?}");
        let title = browser.run_script("return document.title");
        assert!(title.as_str().unwrap().starts_with(heading), "{title}");
    }
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn every_page_is_small_and_loads_nothing_else() {
    let browser = Browser::start();
    for (page, _) in PAGES {
        visit(page, &browser);
        let script = "const own = performance.getEntriesByType('navigation')[0].transferSize;
                      return [own, performance.getEntriesByType('resource').map(entry => entry.name)]";
        let loaded = browser.run_script(script);
        let size = loaded[0].as_u64().unwrap();
        assert!((1000..10_000).contains(&size), "{page}: {size} bytes");
        assert_eq!(loaded[1], Value::Array(vec![]), "{page}");
    }
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn without_javascript_every_page_says_the_same() {
    let (with, without) = (Browser::start(), Browser::start());
    without.without_javascript();
    for (page, _) in PAGES {
        visit(page, &with);
        visit(page, &without);
        assert_eq!(words_on(&with), words_on(&without), "{page}");
    }
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_command_that_asks_again_is_copied_as_a_shell_takes_it() {
    let browser = Browser::start();
    browser.resize(360, 800);
    visit("partial-long", &browser);
    browser.click(".command code");
    let copied = browser.run_script("return getSelection().toString()");
    let file = "--token-file 'some where/the token of Mari Maasikas.json'";
    let command =
        format!("loopin login --provider ./acme.toml {file} --port 0 --browser none --force");
    assert_eq!(copied.as_str().unwrap().trim(), command);
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn a_screen_reader_is_told_what_to_tick_and_to_press() {
    let (_demo, _login, browser) = asked("");
    let controls: Vec<_> = browser
        .accessibility_tree()
        .into_iter()
        .filter(|told| ["checkbox", "button", "group"].contains(&told.role.as_str()))
        .map(|told| format!("{} {}", told.role, told.name))
        .collect();
    let expected = [
        "group What it may do",
        "checkbox read_all",
        "checkbox profile:read_all",
        "checkbox activity:read_all",
        "button Authorize",
        "button Cancel",
    ];
    assert_eq!(controls, expected);
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_tab_key_goes_through_the_consent_page_in_reading_order() {
    let (_demo, _login, browser) = asked("");
    let expected = [
        "read_all",
        "profile:read_all",
        "activity:read_all",
        "authorize",
        "cancel",
    ];
    for value in expected {
        browser.press(TAB);
        assert_eq!(focused(&browser), value);
        assert!(shows_focus(&browser), "{value} looks as if it had no focus");
    }
    browser.press(TAB);
    assert_eq!(focused(&browser), "nothing");
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn there_is_nothing_to_tab_to_on_a_page_that_only_tells() {
    let browser = Browser::start();
    let only_tell = PAGES
        .iter()
        .filter(|(page, _)| !page.starts_with("consent"));
    for (page, _) in only_tell {
        visit(page, &browser);
        browser.press(TAB);
        assert_eq!(focused(&browser), "nothing", "{page}");
    }
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn a_person_with_a_keyboard_alone_can_grant_less() {
    let (_demo, login, browser) = asked("");
    for key in [TAB, TAB, TAB, ' ', TAB, ENTER] {
        browser.press(key);
    }
    assert_eq!(outcome(&browser), "partial");
    let (code, said) = login.end();
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("activity:read_all"), "{said}");
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn the_consent_page_lets_the_browser_go_back_to_localhost() {
    let (_demo, login, browser) = asked("--redirect-uri http://localhost:0/authorization");
    browser.click(CANCEL);
    assert_eq!(outcome(&browser), "refused");
    assert_eq!(login.end().0, 4);
}

/// In every way in which people look at a page.
fn in_every_look(browser: &Browser, look_at: impl Fn(&str)) {
    for (name, value) in [
        ("prefers-color-scheme", "light"),
        ("prefers-color-scheme", "dark"),
        ("forced-colors", "active"),
    ] {
        browser.emulate_media(name, value);
        for width in [360, 1280] {
            browser.resize(width, 800);
            look_at(&format!("{width}-{value}"));
        }
    }
    // Chromium would paint the next page's background with the colours that were forced upon this one.
    browser.emulate_media("forced-colors", "none");
}

/// What the page says, but for what is another each time: paths, secrets.
fn words_on(browser: &Browser) -> Vec<String> {
    let text = browser.text("body");
    let words = text.split_whitespace();
    let words = words.filter(|word| !word.contains('/') && word.len() != 43);
    words.map(str::to_owned).collect()
}

/// The value of what has the focus.
fn focused(browser: &Browser) -> String {
    let script =
        "const at = document.activeElement; return at === document.body ? 'nothing' : at.value";
    let value = browser.run_script(script);
    value.as_str().unwrap_or("something else").to_owned()
}

fn shows_focus(browser: &Browser) -> bool {
    let script = "return getComputedStyle(document.activeElement).outlineStyle";
    browser.run_script(script) == "solid"
}

/// A login at the demo whose consent page is open.
pub fn asked(options: &str) -> ((Home, Loopin), Loopin, Browser) {
    let demo = serve();
    let browser = Browser::start();
    let command = login_without_browser("demo.toml");
    let login = demo.0.start(&format!("{command} {options}"));
    browser.open(&login.authorize_url());
    (demo, login, browser)
}

/// Leads the browser to a page of the listener or of the demo.
fn visit(page: &str, browser: &Browser) {
    let world = World::like_strava();
    let mut file = "token.json";
    match page {
        "app" => return shows_the_app(browser),
        "consent" => return asks(browser, ""),
        "consent-long" => return asks(browser, &"everything:".repeat(20)),
        "success-long" => is_called(&world, &"M".repeat(300)),
        "success-rtl" => is_called(&world, "7 מרים (לוי)"),
        "partial-long" => file = "some where/the token of Mari Maasikas.json",
        "failed" => world.server.answers(Answer::json(503, &Value::Null)),
        "failed-long" => file = "AFolderWhoseNameIsWiderThanTheScreenOfAnyPhone/token.json",
        _ => {}
    }
    let folder = world.path(file).parent().unwrap().to_owned();
    std::fs::create_dir_all(&folder).unwrap();
    let login = world.login().with("--token-file", file).start();
    let person = login.person();
    let target = match page {
        "partial" | "partial-long" => person.approval_of(&["read"]),
        "refused" => person.back().with("error", "access_denied"),
        "stray" => person.back(),
        _ => person.approval(),
    };
    if page == "failed-long" {
        std::fs::remove_dir_all(folder).unwrap();
    }
    browser.open(&format!("http://{}{}", person.host(), target.target()));
}

fn is_called(world: &World, name: &str) {
    world
        .server
        .rules(|rules| rules.account["firstname"] = name.into());
}

/// Leads the browser to the demo's page of apps, where its provider file says that it is.
fn shows_the_app(browser: &Browser) {
    let (home, _demo) = serve();
    let file = home.read("demo.toml");
    let page = file
        .lines()
        .find_map(|line| line.strip_prefix("app_page = "));
    browser.open(page.unwrap().trim_matches('"'));
}

/// Leads the browser to the consent page of the demo.
fn asks(browser: &Browser, scope: &str) {
    let (home, _demo) = serve();
    let command = login_without_browser("demo.toml");
    let scope = if scope.is_empty() {
        String::new()
    } else {
        format!(" --scope {scope}")
    };
    browser.open(&home.start(&(command + &scope)).authorize_url());
}
