//! `examples/strava` as its README tells it: the real make, stravalib and Chromium, and the addresses of the real Strava.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};

use super::demo::{AUTHORIZE, CANCEL, outcome};
use super::strava_checkout::{Checkout, LOGGED_IN};
use super::support::installed;

const README: &str = include_str!("../../examples/strava/README.md");

/// What a login asks for.
const LOGIN: [&str; 3] = [
    "GET /oauth/authorize",
    "POST /oauth/authorize",
    "POST /oauth/token",
];

/// What sync.py asks for.
const SYNC: [&str; 3] = [
    "GET /api/v3/athlete",
    "GET /api/v3/athlete/activities",
    "GET /api/v3/athlete/activities",
];

const SYNCED: &str = "\
Hello, Ada Demo!
2026-08-07    12.5 km  Ride 202 to Jõgeva
2026-08-06    12.5 km  Ride 201 to Jõgeva
2026-08-05    12.5 km  Ride 200 to Jõgeva
2026-08-04    12.5 km  Ride 199 to Jõgeva
2026-08-03    12.5 km  Ride 198 to Jõgeva
2026-08-02    12.5 km  Ride 197 to Jõgeva
2026-08-01    12.5 km  Ride 196 to Jõgeva
2026-07-28    12.5 km  Ride 195 to Jõgeva
2026-07-27    12.5 km  Ride 194 to Jõgeva
2026-07-26    12.5 km  Ride 193 to Jõgeva
total       2537.5 km  (activities: 203)
";

#[test]
#[ignore = "needs Chromium, make, stravalib, the Python package: tests/run"]
fn make_in_an_empty_folder_sets_up_logs_in_and_lists_the_activities() {
    let checkout = Checkout::new();
    let secrets = checkout.strava.client_secrets();
    let make = checkout.starts("make -j8", &secrets);
    let window = checkout.chromium.window();
    window.click(AUTHORIZE);
    assert_eq!(outcome(&window), "success");
    assert_eq!(make.ends(0).stdout, SYNCED);
    assert_eq!(checkout.token()["provider"], "strava");
    assert_eq!(checkout.strava.was_asked(), [LOGIN, SYNC].concat());
    assert_eq!(checkout.read("client_secrets.txt").trim(), secrets.trim());
    for file in ["token.json", "client_secrets.txt"] {
        assert_eq!(checkout.mode(file), 0o600);
    }
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn while_the_token_is_good_make_asks_the_api_and_nobody_else() {
    let checkout = Checkout::logged_in();
    let token = checkout.token();
    checkout.runs("make").is(SYNCED, LOGGED_IN);
    assert_eq!(checkout.strava.was_asked(), SYNC);
    assert_eq!(checkout.token(), token);
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn after_the_expiry_make_refreshes_once_and_opens_no_browser() {
    let checkout = Checkout::logged_in();
    let old = checkout.token();
    checkout.expires();
    assert_eq!(checkout.runs("make").stdout, SYNCED);
    assert!(!checkout.chromium.was_opened());
    let refresh = ["POST /oauth/token"];
    assert_eq!(checkout.strava.was_asked(), [&refresh[..], &SYNC].concat());
    assert_ne!(checkout.token()["refresh_token"], old["refresh_token"]);
    checkout.runs("make").is(SYNCED, LOGGED_IN);
    assert_eq!(checkout.strava.was_asked(), SYNC);
}

#[test]
#[ignore = "needs Chromium, make, stravalib, the Python package: tests/run"]
fn make_stops_where_the_person_refuses_and_nothing_is_saved() {
    let checkout = Checkout::set_up();
    let make = checkout.starts("make", "");
    let window = checkout.chromium.window();
    window.click(CANCEL);
    assert_eq!(outcome(&window), "refused");
    let ended = make.ends(2);
    assert!(ended.stderr.contains(": login] Error 4"), "{ended:?}");
    assert_eq!(ended.stdout, "");
    assert!(!checkout.path("token.json").exists());
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn without_a_network_make_says_so_and_keeps_the_token() {
    let checkout = Checkout::logged_in();
    let (token, make) = (checkout.token(), "HTTPS_PROXY=http://127.0.0.1:1 make");
    let ended = checkout.starts(make, "").ends(2);
    let said = "sync.py: no answer from Strava (ProxyError); try again later\n";
    assert!(ended.after_login().starts_with(said), "{ended:?}");
    assert_eq!((ended.stdout.as_str(), &checkout.token()), ("", &token));
    checkout.expires();
    let ended = checkout.starts(make, "").ends(2);
    assert!(ended.stderr.contains(": login] Error 5"), "{ended:?}");
    assert_eq!(checkout.token()["refresh_token"], token["refresh_token"]);
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn a_strava_that_no_known_authority_vouches_for_is_given_no_token() {
    let checkout = Checkout::logged_in();
    let make = "unset SSL_CERT_FILE REQUESTS_CA_BUNDLE; make";
    let ended = checkout.starts(make, "").ends(2);
    assert!(ended.after_login().contains("(SSLError)"), "{ended:?}");
    checkout.expires();
    let ended = checkout.starts(make, "").ends(2);
    assert!(ended.stderr.contains(": login] Error 6"), "{ended:?}");
    assert_eq!(checkout.strava.was_asked(), [""; 0]);
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn no_activities_and_one_without_a_distance_are_fine() {
    let checkout = Checkout::logged_in();
    checkout.strava.has_activities(vec![]);
    let stdout = checkout.runs("make").stdout;
    assert_eq!(stdout, "Hello, Ada Demo!\nNo activities yet.\n");
    checkout
        .strava
        .has_activities(vec![json!({ "name": "Yoga" })]);
    let stdout = checkout.runs("make").stdout;
    assert!(stdout.contains("no date        0.0 km  Yoga\n"), "{stdout}");
}

/// What Strava says of an error.
fn fault([resource, field, code]: [&str; 3]) -> Value {
    let error = json!({ "resource": resource, "field": field, "code": code });
    json!({ "message": "No", "errors": [error] })
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn what_strava_refuses_is_told_in_a_line_or_two() {
    let checkout = Checkout::logged_in();
    let again = "\nto log in again, with all boxes ticked: make logout; make\n";
    let unticked = ["AccessToken", "activity:read_permission", "missing"];
    let busy = ["Application", "overall rate limit", "exceeded"];
    for (status, error, says) in [(401, unticked, again), (429, busy, busy[1])] {
        checkout.strava.answers(status, fault(error));
        let ended = checkout.starts("make", "").ends(2);
        let said = ended.after_login();
        assert!(said.starts_with("sync.py: Strava refuses: "), "{said}");
        assert!(said.contains(says) && said.lines().count() < 4, "{said}");
    }
}

#[test]
#[ignore = "needs stravalib, the Python package: tests/run"]
fn sync_by_hand_says_what_to_do_instead() {
    let checkout = Checkout::new();
    let ended = checkout
        .starts("\"$VIRTUAL_ENV/bin/python\" sync.py", "")
        .ends(1);
    let says = "sync.py: there is no STRAVA_ACCESS_TOKEN: start it with `make`\n";
    ended.is("", says);
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn what_stravalib_has_to_say_of_the_variables_is_not_heard() {
    let checkout = Checkout::new();
    let variables = checkout.client_variables();
    checkout.logs_in(&variables);
    checkout
        .runs(&format!("{variables} make"))
        .is(SYNCED, LOGGED_IN);
    assert!(!checkout.path("client_secrets.txt").exists());
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn id_and_secret_may_be_in_another_file() {
    let checkout = Checkout::logged_in();
    fs::rename(checkout.path("client_secrets.txt"), checkout.path("a b")).unwrap();
    let ended = checkout.runs("LOOPIN_CLIENT_SECRETS='a b' make");
    ended.is(SYNCED, LOGGED_IN);
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn an_id_without_a_secret_is_not_enough() {
    let checkout = Checkout::new();
    let ended = checkout.starts("STRAVA_CLIENT_ID=1 make", "").ends(2);
    assert!(ended.stderr.contains(": setup] Error 2"), "{ended:?}");
}

#[test]
#[ignore = "needs Chromium, make, stravalib, the Python package: tests/run"]
fn ctrl_c_while_the_browser_waits_leaves_nothing_behind() {
    let checkout = Checkout::set_up();
    let before = checkout.files();
    let make = checkout.starts("make", "");
    checkout.chromium.window();
    make.is_interrupted();
    assert_eq!(make.ended().0.signal(), Some(2));
    let mut left = checkout.files();
    left.retain(|file| !file.ends_with(".lock"));
    assert_eq!(left, before);
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn make_logout_ends_the_login_at_strava_too() {
    let checkout = Checkout::logged_in();
    checkout.runs("make logout");
    assert!(!checkout.path("token.json").exists());
    assert_eq!(checkout.strava.was_asked(), ["POST /oauth/revoke"]);
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn without_an_active_environment_make_fills_one_of_its_own_once() {
    let checkout = Checkout::logged_in();
    checkout.starts(&checkout.make_alone(), "").ends(2);
    let make = checkout.make_with_what_pip_needs();
    let ended = checkout.runs(&make);
    assert_eq!(ended.stdout, SYNCED);
    assert!(ended.stderr.starts_with("Installing "), "{ended:?}");
    checkout.runs(&make).is(SYNCED, LOGGED_IN);
    checkout.runs("make clean");
    assert!(!checkout.path(".venv").exists() && checkout.path("token.json").exists());
}

#[test]
#[ignore = "needs make, stravalib, the Python package: tests/run"]
fn a_python_that_is_too_old_for_stravalib_is_told_so_at_once() {
    let checkout = Checkout::set_up();
    let make = "unset VIRTUAL_ENV; make PYTHON=./old-python";
    checkout.has_an_old_python();
    let ended = checkout.starts(make, "").ends(2);
    assert!(
        ended.stderr.starts_with("stravalib needs Python 3.11 "),
        "{ended:?}"
    );
    assert!(!checkout.path(".venv").exists());
}

#[test]
#[ignore = "needs mypy, stravalib: tests/run"]
fn mypy_has_nothing_to_say_of_sync() {
    let checkout = Checkout::new();
    let mypy = installed("venv/bin/mypy");
    let checked = format!("'{}' --strict --cache-dir ../mypy sync.py", mypy.display());
    checkout.runs(&checked);
}

#[test]
fn the_examples_readme_has_no_command_that_is_not_run_here() {
    let blocks = README.split("```sh\n").skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap());
    let commands: Vec<_> = blocks.flat_map(str::lines).collect();
    assert_eq!(commands, ["cd examples/strava", "make", "make logout"]);
}
