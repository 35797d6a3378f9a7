//! Machines that have not all of a network: one stack only, no loopback, few ports.

use crate::support::*;

/// A browser that goes where it is redirected to, by way of `ADDRESS`, to say that the person refused. It asks nobody.
const REFUSES: &str = r#"
url=$(printf '%b' "${1//%/\\x}")
state=${url##*&state=} state=${state%%&*}
there=${url##*&redirect_uri=http://} there=${there%%&*}
host=${there%%/*} path=/${there#*/}
exec 3<>"/dev/tcp/$ADDRESS/${host##*:}"
printf 'GET %s?error=access_denied&state=%s HTTP/1.1\r\nHost: %s\r\n\r\n' "$path" "$state" "$host" >&3
cat <&3 >/dev/null
"#;

/// A network of its own, and whoever starts it is root there.
const MACHINE: [&str; 3] = ["unshare", "--map-root-user", "--net"];

const NO_IPV4: &str = "ip link set lo up; ip address del 127.0.0.1/8 dev lo";
const NO_IPV6: &str = "ip link set lo up; ip address del ::1/128 dev lo";

/// On a machine of its own, once this was done to its network.
fn on_a_machine<'w>(login: Loopin<'w>, network: &str) -> Loopin<'w> {
    let script = format!("{network}; exec \"$@\"");
    login.through(&[&MACHINE[..], &["sh", "-ec", &script, "sh"]].concat())
}

/// The redirect arrives at this address.
#[track_caller]
fn listens_on(network: &str, redirect_uri: &str, address: &str) {
    let world = World::like_strava();
    world.writes("refuse.sh", REFUSES);
    let login = world.login().with("--browser", "bash refuse.sh");
    let login = login.without("--port").with("--redirect-uri", redirect_uri);
    let outcome = on_a_machine(login, network)
        .env("ADDRESS", address)
        .finish();
    outcome.ends(DENIED);
}

/// Nobody is sent to a browser, and the way out is named.
#[track_caller]
fn gives_up(login: Loopin<'_>, network: &str, way_out: &str) {
    let outcome = on_a_machine(login, network).finish();
    outcome.ends(LOCAL).says(way_out).opened_nothing();
}

#[test]
#[ignore = "needs ip: tests/run"]
fn localhost_is_whichever_stack_there_is() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let localhost = "http://localhost:0/authorization";
    listens_on(NO_IPV4, localhost, "::1");
    listens_on(NO_IPV6, localhost, "127.0.0.1");
    for address in ["127.0.0.1", "::1"] {
        listens_on("ip link set lo up", localhost, address);
    }
}

#[test]
#[ignore = "needs ip: tests/run"]
fn an_address_of_the_other_stack_is_listened_on_if_it_is_named() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    listens_on(NO_IPV4, "http://[::1]:0/authorization", "::1");
}

#[test]
#[ignore = "needs ip: tests/run"]
fn the_stack_that_is_missing_is_explained() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let world = World::like_strava();
    let at = |uri| world.login().without("--port").with("--redirect-uri", uri);
    let (four, six) = ("http://127.0.0.1:5000/back", "http://[::1]:5000/back");
    let instead = "--redirect-uri http://localhost:5000/back or --redirect-uri ";
    gives_up(at(four), NO_IPV4, &format!("{instead}'{six}'"));
    gives_up(at(six), NO_IPV6, &format!("{instead}{four}"));
}

#[test]
#[ignore = "needs ip: tests/run"]
fn a_loopback_that_is_down_is_explained() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let world = World::like_strava();
    let localhost = "http://localhost:0/authorization";
    gives_up(world.login(), "true", "ip link set lo up");
    gives_up(
        world.login().with("--redirect-uri", localhost),
        "true",
        "ip link set lo up",
    );
}

#[test]
#[ignore = "needs ip: tests/run"]
fn a_provider_out_of_reach_was_sent_nothing() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let world = World::like_strava();
    world.has_expired_token();
    let unreachable = on_a_machine(world.run("token"), "true").finish();
    unreachable.ends(TEMPORARY).prints_nothing();
    unreachable.after_refreshes(0).left_the_token_alone();
    world.run("token").finish().ends(OK).prints_the_token();
}

#[test]
#[ignore = "needs ip: tests/run"]
fn a_port_that_only_root_may_have_is_explained() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let world = World::like_strava();
    let login = world.login().with("--port", "80");
    let network = "ip link set lo up; set -- setpriv --bounding-set=-net_bind_service \"$@\"";
    gives_up(login, network, "ports below 1024 are root's");
}

#[test]
#[ignore = "needs ip: tests/run"]
fn a_name_that_cannot_be_looked_up_is_the_networks_fault() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    let world = World::of_an_issuer_over_https();
    world.has_expired_token();
    // It is looked up here if no proxy is in between.
    for spared in ["as.example", "another.example, .example", "*"] {
        let token = on_a_machine(world.run("token").env("NO_PROXY", spared), "true");
        let outcome = token.finish();
        outcome.ends(TEMPORARY).left_the_token_alone();
        outcome.says("cannot reach as.example: failed to lookup address");
        outcome.says("hint: check the network").after_refreshes(0);
    }
}

#[test]
#[ignore = "needs ip: tests/run"]
fn a_free_port_is_one_that_is_free_on_both_stacks() {
    if !namespaces::are_possible(&MACHINE) {
        return;
    }
    // Of four ports, three are taken on one stack: by a program that becomes the login.
    let taken = "import os, socket, sys
for port in 40000, 40001, 40003:
    taken = socket.create_server(('::1', port), family=socket.AF_INET6)
    os.set_inheritable(taken.detach(), True)
os.execvp(sys.argv[1], sys.argv[1:])";
    let network = format!(
        "ip link set lo up; echo 40000 40003 >/proc/sys/net/ipv4/ip_local_port_range
         set -- python3 -c \"{taken}\" \"$@\""
    );
    let world = World::like_strava();
    let login = world
        .login()
        .with("--redirect-uri", "http://localhost:0/authorization");
    let login = on_a_machine(login, &network).start();
    assert_eq!(login.person().port(), 40002);
}
