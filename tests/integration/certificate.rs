//! The certificate of an https redirect URI, and its key: what is wrong with them is said before anything is opened.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use crate::doctor::{doctor, finds, is_content};
use crate::support::*;
use crate::tls_redirect::{LOCALHOST, has_a_certificate, still_logs_in, under, writes};

/// Spoils what is there, and what is said of that.
type Make<'a> = (&'a dyn Fn(&World), &'a str);

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

#[test]
fn what_is_no_certificate_is_named() {
    let cut = |pem: &str| pem[..pem.len() / 2].to_owned();
    let (other_way, whole) = (
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "its PEM is not whole",
    );
    let makes: [Make<'_>; 6] = [
        (&|world| world.removes("cert.pem"), "No such file"),
        (
            &|world| world.writes("cert.pem", ""),
            "there is no certificate in it",
        ),
        (
            &|world| world.writes("cert.pem", world.read("key.pem")),
            "there is no certificate in it",
        ),
        (
            &|world| world.writes("cert.pem", cut(&world.read("cert.pem"))),
            whole,
        ),
        (
            &|world| world.writes("cert.pem", other_way),
            "it is no certificate that TLS can use",
        ),
        (
            &|world| world.writes("cert.pem", b"\x30\x82\xff\xfe"),
            "not a text in UTF-8",
        ),
    ];
    for (make, why) in makes {
        let (world, _) = has_a_certificate(LOCALHOST);
        make(&world);
        is_refused(&world, "cert.pem: ", why);
    }
}

#[test]
fn what_is_no_key_is_named_and_never_shown() {
    let cut = |pem: &str| pem[..pem.len() / 2].to_owned();
    let another = Authority::new().vouches_for(LOCALHOST).key;
    let makes: [Make<'_>; 7] = [
        (&|world| world.removes("key.pem"), "No such file"),
        (
            &|world| world.writes("key.pem", world.read("cert.pem")),
            "there is no private key in it",
        ),
        (
            &|world| world.writes("key.pem", cut(&world.read("key.pem"))),
            "its PEM is not whole",
        ),
        (
            &|world| world.writes("key.pem", world.read("key.pem").replacen("\nM", "\n!", 1)),
            "its PEM is not whole",
        ),
        (
            &|world| world.writes("key.pem", &another),
            "it is not the certificate's key",
        ),
        (
            &|world| {
                world.writes(
                    "key.pem",
                    world
                        .read("key.pem")
                        .replace("PRIVATE", "ENCRYPTED PRIVATE"),
                )
            },
            "has a password",
        ),
        (
            &|world| {
                world.writes(
                    "key.pem",
                    "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n",
                )
            },
            "it is no key that TLS can use",
        ),
    ];
    for (make, why) in makes {
        let (world, _) = has_a_certificate(LOCALHOST);
        make(&world);
        is_refused(&world, "key.pem: ", why);
    }
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
