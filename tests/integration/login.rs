//! A login in which everybody behaves.

use crate::support::*;

#[test]
fn a_person_who_approves_has_a_token_file() {
    let world = World::like_strava();
    let (page, outcome) = world.login().approved_with_page();
    outcome.ends(OK).asked_for_a_token(1);
    outcome.says("logged in to Acme as Mari Maasikas (227615)");
    assert_eq!(page.status(), 200);
    page.shows("Mari Maasikas").shows("token.json");
    page.shows("read").shows("activity:read_all");
}

#[test]
fn a_provider_that_follows_the_standards_needs_no_more_than_its_endpoints() {
    let world = World::standard();
    let outcome = world.login().approved();
    outcome.ends(OK).asked_for_a_token(1);
    outcome.says("logged in to Acme as Mari Maasikas (u-1)");
    outcome.has_token("/scope", "profile data.read");
    assert_eq!(world.server.userinfo_requests(), 1);
}

#[test]
fn the_token_file_says_what_the_next_command_must_know() {
    let world = World::like_strava();
    let outcome = world.is_logged_in();
    let acme = world.path("acme.toml").canonicalize().unwrap();
    outcome
        .has_token("/provider", acme.to_str().unwrap())
        .has_token("/client_id", "123456")
        .has_token("/token_type", "Bearer")
        .has_token("/scope", "read activity:read_all")
        .has_token("/requested_scope", "read activity:read_all")
        .has_token("/account/id", "227615")
        .has_token("/account/name", "Mari Maasikas");
    assert!(outcome.token()["expires_at"].is_u64());
    assert!(outcome.token()["refresh_token"].is_string());
}

#[test]
fn a_second_login_finds_the_token_good_and_asks_nobody() {
    let world = World::like_strava();
    world.is_logged_in();
    let again = world.login().finish();
    again.ends(OK).opened_nothing().asked_for_a_token(1);
    again.left_the_token_alone();
}

#[test]
fn a_good_token_needs_neither_a_browser_nor_permission_to_open_one() {
    let world = World::like_strava();
    world.is_logged_in();
    let again = world.login().with("--interactive", "never").finish();
    again.ends(OK).opened_nothing().left_the_token_alone();
}

#[test]
fn an_expired_token_without_a_refresh_token_sends_the_person_to_the_browser_again() {
    let world = World::like_strava();
    world.is_logged_in();
    world.token_is_expired();
    world.edits_token(|token| drop(token.as_object_mut().unwrap().remove("refresh_token")));
    let again = world.login().approved();
    again.ends(OK).asked_for_a_token(2);
    assert!(world.token()["expires_at"].as_u64() > Some(1_600_000_000));
}

#[test]
fn force_goes_to_the_browser_and_asks_the_provider_to_ask_again() {
    let world = World::like_strava();
    world.is_logged_in();
    let login = world.login().flag("--force").start();
    let person = login.person();
    assert!(person.url.contains("approval_prompt=force"));
    assert!(!person.url.contains("approval_prompt=auto"));
    person.approve();
    login.finish().ends(OK).asked_for_a_token(2);
}

#[test]
fn members_that_another_program_added_survive_a_new_login() {
    let world = World::like_strava();
    world.is_logged_in();
    world.edits_token(|token| token["ours"] = "kept".into());
    let outcome = world.login().flag("--force").approved();
    outcome.ends(OK).has_token("/ours", "kept");
}

#[test]
fn numbers_of_another_program_keep_all_their_digits() {
    let world = World::like_strava();
    world.is_logged_in();
    let theirs = r#""theirs": [18446744073709551616, 0.10, 123456789.123456789e-7]"#;
    let with_theirs = format!("{{\n  {theirs},");
    let text = world.read("token.json").replacen('{', &with_theirs, 1);
    world.writes("token.json", text);
    world.login().flag("--force").approved().ends(OK);
    assert!(world.read("token.json").contains(theirs));
}

#[test]
fn no_two_logins_share_a_state_or_a_verifier() {
    let world = World::like_strava();
    let mut states = Vec::new();
    for _ in 0..3 {
        let login = world.login().flag("--force").start();
        let person = login.person();
        states.push(person.asked.state.clone());
        person.approve();
        login.finish().ends(OK);
    }
    let requests = world.server.token_requests();
    let verifiers = requests
        .iter()
        .map(|form| form.get("code_verifier").to_owned());
    let mut all: Vec<_> = states.into_iter().chain(verifiers).collect();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 6);
}

#[test]
fn the_query_of_the_authorization_endpoint_is_kept() {
    let world = World::like_strava();
    let endpoint = world.server.url("/oauth/authorize?tenant=a&x=%26");
    world.provider_has("authorization_endpoint", &format!("{endpoint:?}"));
    let login = world.login().start();
    let person = login.person();
    assert_eq!(person.parameter("tenant"), "a");
    assert_eq!(person.parameter("x"), "&");
    person.approve();
    login.finish().ends(OK);
}

#[test]
fn a_parameter_of_the_persons_own_is_sent_along() {
    let world = World::like_strava();
    let login = world.login().with("--param", "login_hint=a b&c").start();
    let person = login.person();
    assert_eq!(person.parameter("login_hint"), "a b&c");
    person.approve();
    login.finish().ends(OK);
}

#[test]
fn id_and_secret_with_every_odd_character_reach_the_server_whole() {
    let world = World::standard();
    let odd = format!("{}:b+c/%é x&=", world.marks.word(Secret::Client));
    world.writes("client_secrets.txt", format!("a:b+c/%é,{odd}\n"));
    world.server.rules(|rules| {
        rules.client_id = "a:b+c/%é".to_owned();
        rules.client_secret = odd;
    });
    world.login().approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_secret_with_every_odd_character_survives_a_form_too() {
    let world = World::like_strava();
    let odd = format!("{}:b+c/%é x&=", world.marks.word(Secret::Client));
    world.writes("client_secrets.txt", format!("123456,{odd}\n"));
    world.server.rules(|rules| rules.client_secret = odd);
    world.login().approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_public_client_needs_no_secret() {
    let world = World::of_a_public_client();
    world.login().approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn a_code_with_every_odd_character_reaches_the_server_whole() {
    let world = World::like_strava();
    let odd = "/+ %2B%&=é~\"<ü>".to_owned();
    world.server.rules(|rules| rules.code_suffix = odd);
    world.login().approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn an_account_that_cannot_be_learnt_is_no_reason_to_fail() {
    let world = World::standard();
    world
        .server
        .answers_userinfo(Answer::typed(500, "text/html", "oops"));
    let outcome = world.login().approved();
    outcome.ends(OK).asked_for_a_token(1);
    assert_eq!(world.server.userinfo_requests(), 1);
}

#[test]
fn a_silent_userinfo_endpoint_is_not_waited_for_in_vain() {
    let world = World::standard();
    world.server.answers_userinfo(Answer::Never);
    world.login().approved().ends(OK).asked_for_a_token(1);
}

#[test]
fn names_from_the_provider_reach_neither_the_terminal_nor_the_page_as_code() {
    let world = World::like_strava();
    world.server.rules(|rules| {
        rules.account["firstname"] = "<script>alert(1)</script>".into();
        rules.account["lastname"] = "\u{1b}[31m\u{202e}\u{7}\r\nloopin: error: x".into();
    });
    let (page, outcome) = world.login().approved_with_page();
    outcome.ends(OK).never_says("\nloopin: error");
    let stored = "<script>alert(1)</script> [31mloopin: error: x";
    outcome.has_token("/account/name", stored);
    page.shows_no("<script>alert").shows_no("\u{1b}");
}

#[test]
fn the_page_takes_the_code_out_of_the_address_bar() {
    let world = World::like_strava();
    let (page, _) = world.login().approved_with_page();
    page.shows("history.replaceState");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}
