//! Servers that are not who they say they are, as far as TLS can tell, and machines that trust nobody: no grant is sent.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::symlink;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;

use crate::support::*;
use crate::trust::Trap;

const NAME: &str = "as.example";

/// Logged in at <https://as.example> a long time ago; since then its server shows this.
fn shown(identity: impl FnOnce(&Authority) -> Identity) -> World {
    let world = World::of_an_issuer_over_https();
    world.has_expired_token();
    world.https.as_ref().unwrap().shows(identity);
    world
}

/// Nobody trusts it, for this reason, and it hears nothing of any grant.
#[track_caller]
fn is_not_trusted(world: &World, reason: &str) {
    for command in ["token", "refresh", "logout"] {
        let outcome = world.run(command).finish();
        outcome.ends(PROVIDER).says("cannot trust as.example: ");
        outcome.says(reason).left_the_token_alone();
        outcome.prints_nothing().after_refreshes(0);
        assert!(world.server.revocations().is_empty());
    }
}

#[test]
fn a_server_that_a_strangers_authority_vouches_for_is_not_trusted() {
    let world = shown(|_| Authority::new().vouches_for(NAME));
    is_not_trusted(&world, "nobody whom this machine trusts vouches for");
    is_not_trusted(&world, "; SSL_CERT_FILE names other ones");
}

#[test]
fn a_server_that_vouches_for_itself_is_not_trusted() {
    let world = shown(|_| Identity::alone(NAME));
    is_not_trusted(&world, "nobody whom this machine trusts vouches for");
}

#[test]
fn a_server_with_the_certificate_of_an_authority_is_not_trusted() {
    let world = shown(|_| Identity::alone_as_an_authority(NAME));
    is_not_trusted(&world, "its certificate is an authority's (CA:TRUE)");
}

#[test]
fn a_server_of_another_name_is_not_trusted() {
    let world = shown(|authority| authority.vouches_for("another.example"));
    is_not_trusted(&world, "another.example");
}

#[test]
fn a_certificate_that_has_expired_is_not_trusted() {
    let world = shown(|authority| authority.vouched_for(NAME));
    is_not_trusted(&world, "expired on Wed, 01 Jan 2020");
    is_not_trusted(&world, "this machine's clock");
}

#[test]
fn a_certificate_of_the_future_is_not_trusted() {
    let world = shown(|authority| authority.will_vouch_for(NAME));
    is_not_trusted(&world, "is not valid before Sat, 01 Jan 4000");
    is_not_trusted(&world, "this machine's clock");
}

#[test]
fn a_captive_portal_in_the_servers_place_is_neither_trusted_followed_nor_quoted() {
    let portal = Trap::set();
    let page = Answer::typed(200, "text/html", "<h1>The hotel bids you welcome</h1>");
    for answer in [page, Answer::redirect(302, &portal.url("/hotel"))] {
        let world = World::like_strava();
        world.has_expired_token();
        world.server.answers(answer);
        let token = world.run("token").finish();
        token.ends(PROVIDER).left_the_token_alone();
        token.never_says("hotel").after_refreshes(1);
    }
    portal.is_untouched();
    let world = shown(|_| Identity::alone("hotel.example"));
    is_not_trusted(&world, "cannot trust as.example: ");
}

#[test]
fn a_login_at_a_server_that_is_not_trusted_redeems_no_code() {
    let world = World::of_an_issuer_over_https();
    let login = world.login().start();
    let person = login.person();
    let https = world.https.as_ref().unwrap();
    https.shows(|_| Authority::new().vouches_for(NAME));
    let page = person.approve();
    page.shows_no("You are logged in");
    let outcome = login.finish();
    outcome.ends(PROVIDER).asked_for_a_token(0);
}

/// What a server does in place of a handshake, at the token endpoint.
fn meets(server: impl FnOnce(TcpStream) + Send + 'static) -> World {
    let world = World::like_strava();
    world.has_expired_token();
    world.writes("authority.pem", Authority::new().pem());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}/token", listener.local_addr().unwrap());
    world.provider_has("token_endpoint", &format!("{endpoint:?}"));
    thread::spawn(move || server(listener.accept().unwrap().0));
    world
}

#[track_caller]
fn ends_so(world: &World, code: i32, words: &str) {
    let token = world.run("token").env("SSL_CERT_FILE", "authority.pem");
    let outcome = token.finish();
    outcome.ends(code).says(words).left_the_token_alone();
    outcome.never_says("may be spent").after_refreshes(0);
}

#[test]
fn a_token_endpoint_that_vouches_for_itself_gets_no_refresh_token() {
    let stranger = Identity::alone("127.0.0.1");
    let (tell, heard) = channel();
    let world = meets(move |stream| {
        let mut said = Vec::new();
        // Nobody says that this is all: the handshake fails.
        let _ = stranger.accept(stream).read_to_end(&mut said);
        tell.send(said).unwrap();
    });
    ends_so(&world, PROVIDER, "nobody whom this machine trusts");
    assert_eq!(heard.recv().unwrap(), b"");
}

#[test]
fn a_server_that_knows_no_tls_newer_than_1_1_is_not_trusted() {
    let (tell, told) = channel();
    let world = meets(move |mut stream| {
        let mut hello = [0; 16384];
        let length = stream.read(&mut hello).unwrap();
        tell.send(hello[..length].to_vec()).unwrap();
        // The alert `protocol_version` (RFC 5246 §7.2), in a record of TLS 1.1.
        let _ = stream.write_all(&[21, 3, 2, 0, 2, 2, 70]);
    });
    ends_so(&world, PROVIDER, "it speaks no TLS that is still safe");
    // The extension `supported_versions` (RFC 8446 §4.2.1): 1.3 and 1.2, and none besides.
    let offers = [0, 43, 0, 5, 4, 3, 4, 3, 3];
    let hello = told.recv().unwrap();
    assert!(hello.windows(offers.len()).any(|bytes| bytes == offers));
}

#[test]
#[ignore = "needs openssl: tests/run"]
fn a_certificate_that_is_signed_by_means_of_sha_1_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let own = "req -x509 -sha1 -nodes -newkey rsa:2048 -keyout key.pem -out certificate.pem -subj /CN=127.0.0.1 \
               -addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=CA:FALSE";
    let mut openssl = Command::new("openssl");
    let openssl = openssl.args(own.split_whitespace());
    let made = openssl.current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    let read = |name| fs::read_to_string(folder.path().join(name)).unwrap();
    let identity = Identity::of_pem(read("certificate.pem"), &read("key.pem"));
    let certificate = identity.certificate.clone();
    let world = meets(move |stream| drop(identity.accept(stream).read(&mut [0])));
    world.writes("authority.pem", certificate);
    let words = "its certificate is signed in a way that is unsafe";
    ends_so(&world, PROVIDER, words);
}

#[test]
fn a_server_that_hangs_up_in_the_handshake_is_the_networks_fault() {
    let world = meets(|mut stream| drop(stream.read(&mut [0])));
    // What was not read of the hello makes the end a reset.
    ends_so(&world, TEMPORARY, "cannot reach 127.0.0.1:");
    let world = meets(|mut stream| drop(stream.read(&mut [0; 16384])));
    ends_so(&world, TEMPORARY, "cannot reach 127.0.0.1:");
}

#[test]
fn a_handshake_that_does_not_go_on_is_given_up() {
    let world = meets(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    ends_so(&world, TEMPORARY, "it took too long");
}

/// The provider at <https://as.example> is trusted by what these variables say.
fn told<'w>(world: &'w World, file: &str, folder: &str) -> Loopin<'w> {
    let token = world.run("token").through(&["env", "-u", "SSL_CERT_FILE"]);
    let token = match file {
        "" => token,
        file => world.run("token").env("SSL_CERT_FILE", file),
    };
    match folder {
        "" => token,
        folder => token.env("SSL_CERT_DIR", folder),
    }
}

#[test]
fn a_companys_own_authority_may_be_in_a_file_or_in_a_folder() {
    let world = shown(|authority| authority.vouches_for(NAME));
    fs::create_dir(world.path("authorities")).unwrap();
    symlink("../authority.pem", world.path("authorities/company.pem")).unwrap();
    world.writes("authorities/README", "not one of them\n");
    told(&world, "", "authorities").finish().ends(OK);
    world.token_is_expired();
    let missing = told(&world, "/nowhere.pem", "/nowhere:authorities");
    missing.finish().ends(OK);
    world.token_is_expired();
    let among_others = Authority::new().pem() + &world.read("authority.pem");
    world.writes("bundle.pem", format!("# ours\n{among_others}"));
    told(&world, "bundle.pem", "").finish().ends(OK);
}

#[test]
fn a_file_without_root_certificates_is_named() {
    let world = shown(|authority| authority.vouches_for(NAME));
    world.writes("empty.pem", "");
    world.writes("half.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    for file in ["nowhere.pem", "empty.pem", "half.pem", "acme.toml", "home"] {
        let outcome = told(&world, file, "").finish();
        outcome.ends(PROVIDER).after_refreshes(0);
        outcome.says(&format!("SSL_CERT_FILE names {file}, where no root"));
    }
    let outcome = told(&world, "", "home").finish();
    outcome
        .ends(PROVIDER)
        .says("SSL_CERT_DIR names home, where");
    let outcome = told(&world, "nowhere.pem", "home").finish();
    outcome.says("SSL_CERT_FILE names nowhere.pem, and SSL_CERT_DIR names home, where");
}

#[test]
fn a_login_learns_that_nobody_is_trusted_before_anybody_is_asked_and_this_machine_needs_nobody() {
    let https = World::of_an_issuer_over_https();
    let login = https.login().env("SSL_CERT_FILE", "/nowhere.pem");
    login.finish().ends(PROVIDER).opened_nothing();
    let loopback = World::like_strava();
    let login = loopback.login().env("SSL_CERT_FILE", "/nowhere.pem");
    login.approved().ends(OK);
}

/// A machine on which nobody ever installed root certificates.
const BARE: [&str; 7] = [
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-ec",
    "mount -t tmpfs none /etc/ssl; exec \"$@\"",
    "sh",
];

/// A machine into whose store somebody put a company's authority.
const OF_A_COMPANY: [&str; 7] = [
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-ec",
    "mount -t tmpfs none /etc/ssl; mkdir /etc/ssl/certs; cp authority.pem /etc/ssl/certs/ca-certificates.crt; exec \"$@\"",
    "sh",
];

/// A machine whose resolver knows these names.
const HOSTS: [&str; 6] = [
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-ec",
    "mount --bind hosts /etc/hosts; exec \"$@\"",
];

#[test]
#[ignore = "needs unshare: tests/run"]
fn localhost_is_this_machine_whatever_the_resolver_says() {
    if !namespaces::are_possible(&BARE) {
        return;
    }
    let world = World::like_strava();
    world.has_expired_token();
    let endpoint = world.server.url("/oauth/token");
    let endpoint = endpoint.replace("127.0.0.1", "localhost");
    world.provider_has("token_endpoint", &format!("{endpoint:?}"));
    // The system sends nothing to that address.
    world.writes("hosts", "255.255.255.255 localhost\n");
    let token = world.run("token").through(&[&HOSTS[..], &["sh"]].concat());
    token.finish().ends(OK).prints_the_token();
}

#[test]
#[ignore = "needs unshare: tests/run"]
fn a_companys_own_authority_may_be_in_the_systems_store() {
    if !namespaces::are_possible(&BARE) {
        return;
    }
    let world = shown(|authority| authority.vouches_for(NAME));
    let through = [&OF_A_COMPANY[..], &["env", "-u", "SSL_CERT_FILE"]].concat();
    let token = world.run("token").through(&through).finish();
    token.ends(OK).prints_the_token();
}

#[test]
#[ignore = "needs unshare: tests/run"]
fn a_machine_without_root_certificates_can_still_talk_to_itself() {
    if !namespaces::are_possible(&BARE) {
        return;
    }
    let world = shown(|authority| authority.vouches_for(NAME));
    let without = [&BARE[..], &["env", "-u", "SSL_CERT_FILE"]].concat();
    let token = world.run("token").through(&without).finish();
    token
        .ends(PROVIDER)
        .says("this machine has no root certificates");
    let world = World::like_strava();
    world.has_expired_token();
    world.run("token").through(&BARE).finish().ends(OK);
}
