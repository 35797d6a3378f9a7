//! Machines without a browser: what they are is said, and what works there.

use crate::ports::free_port;
use crate::support::*;

/// The person's machine, and this one, as the SSH server says it.
const FROM_AFAR: &str = "192.0.2.1 51000 192.0.2.2 22";

fn login(world: &World) -> Loopin<'_> {
    world.login().without("--browser").without("-vv")
}

/// A person who came by SSH is told this line for their own machine.
#[track_caller]
fn is_told_the_tunnel(connection: &str, user: &str, destination: &str) {
    let world = World::like_strava();
    let login = login(&world).env("SSH_CONNECTION", connection);
    let login = login.env("USER", user).start();
    let port = login.person().port();
    login.person().approve();
    let outcome = login.finish();
    outcome.ends(OK).says("SSH session");
    let command = format!(": ssh -L {port}:127.0.0.1:{port} {destination}\n");
    outcome.says(&command);
}

#[test]
fn over_ssh_the_line_that_leads_the_browser_here_is_given() {
    is_told_the_tunnel(FROM_AFAR, "mari", "mari@192.0.2.2");
    is_told_the_tunnel(
        "192.0.2.1 51000 192.0.2.2 2222",
        "mari",
        "mari@192.0.2.2 -p 2222",
    );
    is_told_the_tunnel(
        "2001:db8::1 51000 2001:db8::2 22",
        "mari",
        "mari@2001:db8::2",
    );
}

#[test]
fn nothing_in_the_line_for_ssh_is_run_by_a_shell() {
    let port = "192.0.2.1 1 192.0.2.2 $(reboot)";
    is_told_the_tunnel(port, "mari", "mari@192.0.2.2");
    let host = "192.0.2.1 1 $(reboot) 22";
    is_told_the_tunnel(host, "mari", "mari@HOST");
    is_told_the_tunnel(FROM_AFAR, "mari;reboot", "'mari;reboot@192.0.2.2'");
}

#[test]
fn a_half_told_connection_is_no_obstacle() {
    let world = World::like_strava();
    for connection in ["x", "   ", "192.0.2.1 1", "\u{1b}[31m x y z w"] {
        let login = login(&world)
            .flag("--force")
            .env("SSH_CONNECTION", connection);
        login.approved().ends(OK).never_says("\u{1b}");
    }
}

#[test]
fn over_ssh_with_a_display_the_browser_opens_there() {
    let world = World::like_strava();
    let browser = world.system_browser();
    let only_ours = world.folder().to_str().unwrap();
    let login = login(&world).env("SSH_CONNECTION", FROM_AFAR);
    let login = login.env("PATH", only_ours).env("DISPLAY", ":10").start();
    browser.is_opened();
    login.person().approve();
    let outcome = login.finish();
    outcome.ends(OK).never_says("no browser can be opened");
    is_told_once(&outcome, ": ssh -L ");
}

#[test]
fn over_ssh_the_browser_of_the_variable_opens() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = login(&world).env("SSH_CONNECTION", FROM_AFAR);
    let login = login.env("BROWSER", browser.command()).start();
    browser.is_opened();
    login.person().approve();
    let outcome = login.finish();
    outcome.ends(OK).never_says("no browser can be opened");
    is_told_once(&outcome, ": ssh -L ");
}

/// Which machine the browser is on that opens, nobody can know.
#[track_caller]
fn is_told_once(outcome: &Outcome<'_>, words: &str) {
    let told = outcome.stderr.matches(words).count();
    assert_eq!(told, 1, "{}", outcome.stderr);
}

#[test]
fn over_ssh_the_line_is_given_beside_a_browser_that_is_named() {
    for display in ["", ":10"] {
        let world = World::like_strava();
        let browser = world.browser();
        let login = login(&world).with("--browser", browser.command());
        let login = login.env("SSH_CONNECTION", FROM_AFAR).env("USER", "mari");
        let login = login.env("DISPLAY", display).start();
        browser.is_opened();
        let port = login.person().port();
        login.person().approve();
        let line = format!(": ssh -L {port}:127.0.0.1:{port} mari@192.0.2.2\n");
        is_told_once(login.finish().ends(OK), &line);
    }
}

#[test]
fn a_browser_that_opens_here_needs_no_line() {
    let world = World::like_strava();
    let browser = world.browser();
    let login = login(&world).with("--browser", browser.command()).start();
    browser.is_opened();
    login.person().approve();
    login.finish().ends(OK).never_says("ssh");
}

#[test]
fn over_ssh_a_browser_that_fails_there_leaves_the_line() {
    let world = World::like_strava();
    let login = login(&world).env("SSH_CONNECTION", FROM_AFAR);
    let login = login.with("--browser", "false").start();
    login.wait_until_it_says("open the address yourself");
    login.person().approve();
    is_told_once(login.finish().ends(OK), ": ssh -L ");
}

#[test]
fn in_a_container_the_port_to_publish_is_given() {
    for container in ["docker", "podman", "systemd-nspawn"] {
        let world = World::like_strava();
        let port = free_port();
        let login = login(&world).with("--port", &port.to_string());
        let outcome = login.env("container", container).approved();
        outcome
            .ends(OK)
            .says("a container")
            .says("--listen 0.0.0.0");
        outcome.says(&format!("-p 127.0.0.1:{port}:{port}"));
    }
}

#[test]
fn a_container_is_told_of_no_port_that_nobody_knows() {
    let world = World::like_strava();
    let login = login(&world).env("container", "docker");
    let outcome = login.with("--port", "0").approved();
    outcome.ends(OK).says("a container").never_says("-p ");
}

#[test]
fn a_container_whose_port_is_published_is_told_no_more() {
    let world = World::like_strava();
    let login = login(&world).env("container", "docker");
    let outcome = login.with("--listen", "0.0.0.0").approved();
    outcome.ends(OK).never_says("--listen");
}

#[test]
fn the_browsers_port_and_ours_may_differ() {
    let world = World::like_strava();
    let (port, here) = (free_port(), free_port());
    let login = login(&world).env("SSH_CONNECTION", FROM_AFAR);
    let login = login.with("--listen", &format!("0.0.0.0:{here}"));
    let login = login.with("--port", &port.to_string());
    let outcome = login.with("--timeout", "1s").finish();
    outcome.says(&format!("ssh -L {port}:127.0.0.1:{here} "));
    outcome.says(&format!("-p 127.0.0.1:{port}:{here}"));
}

#[test]
fn whoever_wants_no_browser_is_not_told_that_there_is_none() {
    let world = World::like_strava();
    let login = login(&world).with("--browser", "none");
    let outcome = login.approved();
    outcome.ends(OK).never_says("no browser can be opened");
}

#[test]
fn continuous_integration_is_named_as_the_reason() {
    let world = World::like_strava();
    let login = login(&world).with("--interactive", "auto");
    let outcome = login.env("CI", "true").flag("--paste").finish();
    outcome.ends(LOGIN).says("CI is set").opened_nothing();
}

#[test]
fn over_ssh_without_a_terminal_nobody_is_there_to_ask() {
    let world = World::like_strava();
    let login = login(&world).with("--interactive", "auto");
    let outcome = login.env("SSH_CONNECTION", FROM_AFAR).finish();
    outcome.ends(LOGIN).says("terminal").opened_nothing();
}

#[test]
fn over_ssh_at_a_terminal_somebody_is() {
    let world = World::like_strava();
    let login = login(&world).with("--interactive", "auto");
    let login = login.env("SSH_CONNECTION", FROM_AFAR).at_a_terminal();
    login.approved().ends(OK).says("\nssh -L ");
}

#[test]
fn under_windows_the_windows_browser_opens() {
    for (program, before) in [
        ("wslview", vec![]),
        ("rundll32.exe", vec!["url.dll,FileProtocolHandler"]),
    ] {
        let world = World::like_strava();
        let browser = world.browser_called(program);
        let only_ours = world.folder().to_str().unwrap();
        let login = login(&world).env("WSL_DISTRO_NAME", "Debian");
        let login = login.with("--interactive", "auto").env("PATH", only_ours);
        let login = login.start();
        let visit = browser.is_opened();
        let url = login.person().url.clone();
        let expected = before.into_iter().map(str::to_owned).chain([url]);
        assert_eq!(visit.arguments, expected.collect::<Vec<_>>(), "{program}");
        login.wait_until_it_says("(this is WSL)");
        login.still_logs_in();
    }
}

#[test]
fn under_windows_without_a_way_to_its_browser_the_address_is_there() {
    let world = World::like_strava();
    let only_ours = world.folder().to_str().unwrap();
    let login = login(&world).env("WSL_DISTRO_NAME", "Debian");
    login.env("PATH", only_ours).start().still_logs_in();
}
