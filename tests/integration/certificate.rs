//! The certificate of an https redirect URI, and its key: what is wrong with them is said before anything is opened.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::doctor::{doctor, finds, is_content};
use crate::support::*;
use crate::tls_redirect::{LOCALHOST, has_a_certificate, still_logs_in, under, writes};

#[test]
fn https_without_a_certificate_is_a_wrong_option() {
    let (world, _) = has_a_certificate(LOCALHOST);
    let bare = |login: Loopin<'_>| {
        let login = login.without("--tls-cert").without("--tls-key");
        let outcome = login.finish();
        outcome.ends(USAGE).says("--tls-cert").opened_nothing();
    };
    bare(under(world.login(), LOCALHOST));
    world.provider_has("redirect_uri", "\"https://localhost:8443/authorization\"");
    bare(world.login());
}

#[test]
fn a_certificate_without_https_is_a_wrong_option() {
    let (world, _) = has_a_certificate(LOCALHOST);
    let login = under(world.login(), LOCALHOST).without("--redirect-uri");
    let outcome = login.finish();
    outcome
        .ends(USAGE)
        .says("--redirect-uri https://")
        .opened_nothing();
}

#[test]
fn one_of_the_two_alone_is_a_wrong_option() {
    let (world, _) = has_a_certificate(LOCALHOST);
    for (one, other) in [("--tls-cert", "--tls-key"), ("--tls-key", "--tls-cert")] {
        let login = under(world.login(), LOCALHOST).without(other);
        let outcome = login.finish();
        outcome.ends(USAGE).says(other).opened_nothing();
        let variable = one
            .replace("--", "LOOPIN_")
            .replace('-', "_")
            .to_uppercase();
        let login = world.login().env(&variable, "cert.pem");
        login.finish().ends(USAGE).says(other).opened_nothing();
    }
}

#[test]
fn names_that_lead_elsewhere_for_certain_are_wrong_options() {
    let (world, _) = has_a_certificate(LOCALHOST);
    for name in ["192.0.2.1", "0.0.0.0", "[2001:db8::1]", "me@localhost"] {
        let outcome = under(world.login(), name).finish();
        outcome.ends(USAGE).says("redirect").opened_nothing();
    }
}

/// Refused before anything is opened, by the name of the file, without a word of what is in it.
#[track_caller]
fn is_refused(world: &World, file: &str, why: &str) {
    let outcome = under(world.login(), LOCALHOST).finish();
    outcome.ends(USAGE).says(file).says(why).opened_nothing();
    for name in ["cert.pem", "key.pem"] {
        let held = fs::read_to_string(world.path(name)).unwrap_or_default();
        let words = held
            .lines()
            .filter(|line| line.len() > 20 && !line.starts_with('-'));
        for line in words {
            outcome.never_says(&line[..12]);
        }
    }
}

/// One of the two files is this instead.
#[track_caller]
fn is_refused_as(file: &str, content: impl Into<Vec<u8>>, why: &str) {
    let (world, _) = has_a_certificate(LOCALHOST);
    world.writes(file, content.into());
    is_refused(&world, &format!("{file}: "), why);
}

fn half(pem: &str) -> &str {
    &pem[..pem.len() / 2]
}

#[test]
fn a_file_that_is_not_there_is_named() {
    for file in ["cert.pem", "key.pem"] {
        let (world, _) = has_a_certificate(LOCALHOST);
        world.removes(file);
        is_refused(&world, &format!("{file}: "), "No such file");
    }
}

#[test]
fn what_is_no_certificate_is_named() {
    let Identity {
        certificate, key, ..
    } = Authority::new().vouches_for(LOCALHOST);
    let is = |content: &str, why| is_refused_as("cert.pem", content, why);
    is("", "there is no certificate in it");
    is(&key, "there is no certificate in it");
    is(half(&certificate), "its PEM is not whole");
    let empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    is(empty, "it is no certificate that TLS can use");
    is_refused_as("cert.pem", b"\x30\x82\xff", "it is not a text in UTF-8");
}

#[test]
fn what_is_no_key_is_named_and_never_shown() {
    let Identity {
        certificate, key, ..
    } = Authority::new().vouches_for(LOCALHOST);
    let is = |content: &str, why| is_refused_as("key.pem", content, why);
    is(&certificate, "there is no private key in it");
    is(half(&key), "its PEM is not whole");
    is(&key.replacen("\nM", "\n!", 1), "its PEM is not whole");
    is(&key, "it is not the certificate's key");
    let with_password = key.replace("PRIVATE", "ENCRYPTED PRIVATE");
    is(&with_password, "its key has a password");
    let empty = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n";
    is(empty, "it is no key that can be used here");
}

#[test]
fn a_key_that_others_can_read_comes_with_a_chmod() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    fs::set_permissions(world.path("key.pem"), Permissions::from_mode(0o640)).unwrap();
    let login = under(world.login(), LOCALHOST).start();
    let outcome = still_logs_in(login, &authority);
    outcome
        .says("warning: others can read key.pem")
        .says("chmod 600 key.pem");
}

#[test]
fn a_certificate_that_no_browser_will_trust_is_a_warning() {
    let authority = Authority::new();
    for (identity, why) in [
        (
            authority.vouched_for(LOCALHOST),
            "it expired on Wed, 01 Jan 2020",
        ),
        (
            authority.vouches_for("another.example"),
            "it is not for localhost",
        ),
    ] {
        let (world, _) = has_a_certificate(LOCALHOST);
        writes(&world, &identity);
        let login = under(world.login(), LOCALHOST).with("--timeout", "0");
        let outcome = login.finish();
        outcome.ends(TIMEOUT).says(why);
        outcome.says("warning: the browser will not trust the certificate: ");
    }
}

#[test]
fn doctor_looks_at_the_certificate() {
    let (world, authority) = has_a_certificate(LOCALHOST);
    let checks = || under(doctor(&world), LOCALHOST);
    is_content(checks(), "https", "cert.pem is for the redirect URI's host");
    writes(&world, &authority.vouched_for(LOCALHOST));
    finds(checks(), "https", "it expired on Wed, 01 Jan 2020", LOCAL);
    fs::set_permissions(world.path("key.pem"), Permissions::from_mode(0o644)).unwrap();
    finds(checks(), "https", "others can read key.pem", LOCAL);
    world.writes("key.pem", "");
    finds(checks(), "https", "there is no private key in it", USAGE);
    let without = checks().without("--tls-cert").without("--tls-key");
    finds(without, "options", "https takes a certificate", USAGE);
}

#[test]
fn the_command_to_run_again_names_both_files() {
    let (world, _) = has_a_certificate(LOCALHOST);
    let outcome = under(world.login(), LOCALHOST)
        .with("--timeout", "0")
        .finish();
    outcome
        .ends(TIMEOUT)
        .says(" --tls-cert cert.pem --tls-key key.pem");
}
