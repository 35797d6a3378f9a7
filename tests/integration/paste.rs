//! A person whose browser cannot reach the listener pastes the address that it ended on.

use crate::support::*;

/// More bytes than a terminal takes as one line by itself.
const LONG: usize = 20_000;

/// Somebody was told to look for pastes, and they come through a pipe.
fn in_a_pipe(world: &World) -> Running<'_> {
    asked(world.login().flag("--paste").in_a_pipe())
}

/// No browser can be opened, and a person sits at a terminal.
pub fn at_a_terminal(world: &World) -> Running<'_> {
    asked(world.login().without("--browser").at_a_terminal())
}

const EITHER: [fn(&World) -> Running<'_>; 2] = [in_a_pipe, at_a_terminal];

pub fn asked<'w>(login: Loopin<'w>) -> Running<'w> {
    let login = login.start();
    login.person();
    login.wait_until_it_says("as good as");
    login
}

/// What the person has copied.
pub fn address(person: &Person) -> String {
    person.address_bar(&person.approval())
}

#[track_caller]
pub fn logs_in(login: Running<'_>) -> Outcome<'_> {
    let outcome = login.finish();
    outcome.ends(OK).asked_for_a_token(1);
    outcome.has_token("/account/id", "227615");
    outcome
}

#[test]
fn the_address_that_the_browser_ended_on_logs_in() {
    for start in EITHER {
        let world = World::like_strava();
        let login = start(&world);
        login.is_given(address(&login.person()) + "\n");
        logs_in(login);
    }
}

#[test]
fn what_stands_around_the_address_does_not_matter() {
    for start in EITHER {
        for (before, after) in [("  \t", " \t\r\n"), ("\n\r\n", "\r\n"), ("", "\r\n\r\n")] {
            let world = World::like_strava();
            let login = start(&world);
            login.is_given(format!("{before}{}{after}", address(&login.person())));
            logs_in(login);
        }
    }
}

/// Each of these is told why it does not count, and the address still does.
#[track_caller]
fn are_not_the_answer(start: fn(&World) -> Running<'_>, pastes: impl Fn(&Person) -> Vec<String>) {
    let world = World::like_strava();
    let login = start(&world);
    let person = login.person();
    let pastes = pastes(&person);
    for paste in &pastes {
        login.is_given(format!("{paste}\n"));
    }
    login.is_given(address(&person) + "\n");
    let outcome = logs_in(login);
    let told = outcome.stderr.matches("loopin: warning: ").count();
    assert_eq!(told, pastes.len(), "{}", outcome.stderr);
}

#[test]
fn the_answer_to_another_login_does_not_count() {
    for start in EITHER {
        are_not_the_answer(start, |person| {
            let stateless = person.approval().without("state");
            let other = stateless.clone().with("state", "another");
            let twice = person.approval().with("state", &person.asked.state);
            let denial = stateless.clone().with("error", "access_denied");
            [stateless, other, twice, denial]
                .map(|callback| person.address_bar(&callback))
                .into()
        });
    }
}

#[test]
fn a_part_of_the_address_does_not_count() {
    for start in EITHER {
        are_not_the_answer(start, |person| {
            let whole = address(person);
            let query = whole.split_once('?').unwrap().1;
            let code = query.split('&').find(|pair| pair.starts_with("code="));
            let code = code.unwrap().to_owned();
            let bare = code.replace("code=", "");
            let no_scheme = whole.replace("http://", "");
            let no_query = whole.split('?').next().unwrap().to_owned();
            vec![
                bare,
                code,
                query.to_owned(),
                no_scheme,
                no_query,
                "x".into(),
            ]
        });
    }
}

#[test]
fn an_address_elsewhere_does_not_count() {
    for start in EITHER {
        are_not_the_answer(start, |person| {
            let (whole, host) = (address(person), person.host());
            let other_port = format!("127.0.0.1:{}", person.port() ^ 1);
            vec![
                whole.replace("127.0.0.1", "evil.example"),
                whole.replace("127.0.0.1", "127.0.0.2"),
                whole.replace(&host, &other_port),
                whole.replace(&host, "127.0.0.1"),
                whole.replace("/authorization", "/authorization/"),
                whole.replace("/authorization", "/other"),
                whole.replace("http://", "ftp://"),
                whole.replace("http://", "http://a@"),
                whole.replace("http://", "http://a:b@"),
                format!("http://evil.example/?{whole}"),
                person.url.clone(),
            ]
        });
    }
}

#[test]
fn an_address_with_a_password_does_not_count() {
    for start in EITHER {
        are_not_the_answer(start, |person| {
            vec![address(person).replace("http://", "http://:b@")]
        });
    }
}

#[test]
fn an_address_that_was_broken_over_two_lines_does_not_count() {
    for start in EITHER {
        are_not_the_answer(start, |person| {
            let callback = person.approval().without("state");
            let whole = person.address_bar(&callback.with("state", &person.asked.state));
            let (first, second) = whole.split_at(whole.find("state=").unwrap() + 12);
            vec![first.to_owned(), second.to_owned()]
        });
    }
}

#[test]
fn a_megabyte_on_one_line_does_not_count() {
    for start in EITHER {
        are_not_the_answer(start, |person| {
            let long = "x".repeat(1 << 20);
            vec![long.clone(), address(person) + "&x=" + &long]
        });
    }
}

#[test]
fn bytes_that_are_no_text_do_not_count() {
    let world = World::like_strava();
    let login = in_a_pipe(&world);
    login.is_given(b"\xff\xfe\0\x1b[31m\xe2\x80\xae\n");
    login.is_given(address(&login.person()) + "\n");
    logs_in(login);
}

#[test]
fn an_address_longer_than_a_terminals_line_logs_in() {
    for start in EITHER {
        let world = World::like_strava();
        let suffix = "x".repeat(LONG);
        world.server.rules(|rules| rules.code_suffix = suffix);
        let login = start(&world);
        login.is_given(address(&login.person()) + "\n");
        logs_in(login);
    }
}

#[test]
fn an_address_that_comes_in_pieces_is_one() {
    let world = World::like_strava();
    let login = at_a_terminal(&world);
    let whole = address(&login.person());
    let (first, second) = whole.split_at(whole.len() / 2);
    login.is_given(first);
    login.is_given(second);
    login.is_given("\r");
    logs_in(login);
}

#[test]
fn an_address_that_the_browser_made_https_logs_in() {
    for start in EITHER {
        let world = World::like_strava();
        let login = start(&world);
        let address = address(&login.person());
        login.is_given(address.replace("http://", "https://") + "\n");
        logs_in(login);
    }
}

#[test]
fn a_refusal_can_be_pasted_too() {
    for start in EITHER {
        let world = World::like_strava();
        let login = start(&world);
        let person = login.person();
        let refusal = person.back().with("error", "access_denied");
        login.is_given(person.address_bar(&refusal) + "\n");
        let outcome = login.finish();
        outcome.ends(DENIED).asked_for_a_token(0);
    }
}

#[test]
fn the_listener_goes_on_while_somebody_may_paste() {
    for start in EITHER {
        let world = World::like_strava();
        start(&world).still_logs_in();
        assert_eq!(world.server.token_requests().len(), 1);
    }
}

#[test]
fn the_listener_goes_on_after_a_paste_that_does_not_count() {
    for start in EITHER {
        let world = World::like_strava();
        let login = start(&world);
        login.is_given("no address\n");
        login.wait_until_it_says("loopin: warning: ");
        login.still_logs_in();
    }
}

#[test]
fn the_listener_goes_on_after_the_end_of_the_file() {
    for start in EITHER {
        let world = World::like_strava();
        let login = start(&world);
        login.is_given("no address\n");
        login.wait_until_it_says("loopin: warning: ");
        login.is_given_no_more();
        login.still_logs_in();
    }
    let world = World::like_strava();
    world.login().flag("--paste").approved().ends(OK);
}

#[test]
fn what_stands_before_the_end_of_the_file_counts_without_an_end_of_line() {
    let world = World::like_strava();
    let login = in_a_pipe(&world);
    login.is_given(address(&login.person()));
    login.is_given_no_more();
    logs_in(login);
}

/// Through a pipe: what is typed at a terminal may arrive there when the login has ended, and be shown.
#[test]
fn a_redirect_and_a_paste_are_one_answer() {
    let world = World::like_strava();
    let held = world.server.holds_its_answer();
    let login = in_a_pipe(&world);
    let person = login.person();
    let callback = person.approval();
    let page = person.goes_meanwhile(&callback);
    held.wait_until_asked();
    login.is_given(person.address_bar(&callback) + "\n");
    held.release();
    assert_eq!(page.join().unwrap().status(), 200);
    logs_in(login);
}

#[test]
fn a_paste_and_a_redirect_are_one_answer() {
    for start in EITHER {
        let world = World::like_strava();
        let held = world.server.holds_its_answer();
        let login = start(&world);
        let person = login.person();
        let callback = person.approval();
        login.is_given(person.address_bar(&callback) + "\n");
        held.wait_until_asked();
        let page = person.goes_meanwhile_and_is_heard(&callback);
        held.release();
        assert_eq!(page.join().unwrap().status(), 200);
        logs_in(login);
    }
}
