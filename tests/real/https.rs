//! An https redirect in Chromium, under a name that leads to this machine.

use super::demo::outcome;
use super::webdriver::Browser;
use crate::support::{Authority, OK, Running, World};
use crate::tls_redirect::{under, writes};

const NAME: &str = "login.acme.test";

/// What a hosts file would say, or the name's own DNS.
const LEADS_HERE: &str = "--host-resolver-rules=MAP login.acme.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost";

/// A world with a certificate, and what leads a Chromium to it that trusts it.
fn a_world() -> (World, [String; 2]) {
    let (world, identity) = (World::like_strava(), Authority::new().vouches_for(NAME));
    writes(&world, &identity);
    let trusts = format!("--ignore-certificate-errors-spki-list={}", identity.pin());
    (world, [LEADS_HERE.to_owned(), trusts])
}

/// The address to which the provider sends the browser of somebody who agrees.
fn answer(login: &Running<'_>) -> String {
    let person = login.person();
    person.address_bar(&person.approval())
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn a_redirect_by_https_logs_in_and_leaves_no_code_in_the_address_bar() {
    let (world, flags) = a_world();
    let login = under(world.login(), NAME).start();
    let browser = Browser::start_with(&flags);
    browser.open(&answer(&login));
    assert_eq!(outcome(&browser), "success");
    assert_eq!(browser.current_url(), login.person().asked.redirect_uri);
    login.finish().ends(OK).never_says("warning: ");
}

#[test]
#[ignore = "needs Chromium: tests/run"]
fn who_goes_on_past_chromiums_warning_is_logged_in_all_the_same() {
    let (world, [leads_here, _]) = a_world();
    let login = under(world.login(), NAME).start();
    let browser = Browser::start_with(&[leads_here]);
    browser.run_script(&format!("location.href = '{}'", answer(&login)));
    login.wait_until_it_says("the browser does not trust the certificate");
    browser.click("#details-button");
    browser.click("#proceed-link");
    assert_eq!(outcome(&browser), "success");
    login.finish().ends(OK);
}
