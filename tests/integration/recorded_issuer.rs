//! Tokens whose provider is an issuer: `token.json` names it, and is asked nothing of it while the token is good.

use serde_json::{Value, json};

use crate::support::*;
use crate::trust::Trap;

const LOOK: [&str; 2] = [RFC_8414, OPENID];

/// A public client, whose commands need to name nothing.
fn public_world() -> World {
    let world = World::of_an_issuer();
    world.removes("client_secrets.txt");
    world.is_authenticated_by(ClientAuth::None);
    let login = world.login().with("--client-id", "acme-client");
    login.approved().ends(OK);
    world.server.was_asked_about_itself();
    world
}

/// Logged in with a secret.
fn confidential_world() -> World {
    let world = World::of_an_issuer();
    world.is_logged_in();
    world.server.was_asked_about_itself();
    world
}

#[test]
fn a_good_token_is_a_matter_of_its_file_alone() {
    for world in [public_world(), confidential_world()] {
        let before = world.server.connections();
        let token = world.run("token").without("--provider").finish();
        token.ends(OK).prints_the_token().left_the_token_alone();
        world.run("token").finish().ends(OK).prints_the_token();
        world.login().finish().ends(OK).opened_nothing();
        let status = world.run("status").finish();
        assert!(status.ends(OK).stdout.contains(&world.server.issuer()));
        assert_eq!(world.server.connections(), before);
    }
}

#[test]
fn an_expired_token_is_refreshed_at_the_issuer_that_its_file_names() {
    let world = public_world();
    world.token_is_expired();
    let before = world.server.connections();
    let token = world.run("token").without("--provider").finish();
    token.ends(OK).prints_the_token().after_refreshes(1);
    assert_eq!(world.server.was_asked_about_itself(), LOOK);
    // For the two, the keys and the token.
    assert_eq!(world.server.connections(), before + 4);
}

#[test]
fn a_secret_goes_to_an_issuer_only_if_the_command_names_it() {
    for command in ["token", "refresh", "whoami", "logout", "login"] {
        let world = confidential_world();
        world.token_is_expired();
        let before = world.server.connections();
        let run = match command {
            "login" => world.login(),
            _ => world.run(command),
        };
        let outcome = run.without("--provider").finish();
        outcome.ends(USAGE).says("--provider").opened_nothing();
        outcome.left_the_token_alone();
        assert_eq!(world.server.connections(), before);
    }
}

#[test]
fn the_issuer_of_a_file_is_named_as_a_shell_takes_it() {
    let world = confidential_world();
    world.token_is_expired();
    let issuer = "https://as.example/;id;/*";
    world.edits_token(|token| token["provider"] = issuer.into());
    for command in ["token", "refresh", "whoami", "logout"] {
        let outcome = world.run(command).without("--provider").finish();
        outcome.ends(USAGE).left_the_token_alone();
        outcome.says(&format!("--provider '{issuer}'\n"));
    }
}

#[test]
fn a_secret_of_the_environment_goes_nowhere_either() {
    let world = confidential_world();
    world.removes("client_secrets.txt");
    world.token_is_expired();
    let secret = world.marks.word(Secret::Client);
    let token = |named: bool| {
        let token = world.run("token").env("LOOPIN_CLIENT_ID", "acme-client");
        let token = token.env("LOOPIN_CLIENT_SECRET", &secret);
        if named {
            token
        } else {
            token.without("--provider")
        }
    };
    let before = world.server.connections();
    token(false).finish().ends(USAGE).prints_nothing();
    assert_eq!(world.server.connections(), before);
    token(true).finish().ends(OK).prints_the_token();
}

#[test]
fn an_issuer_that_a_cloned_folder_names_draws_no_secret() {
    let world = confidential_world();
    let trap = Trap::set();
    world.edits_token(|token| token["provider"] = trap.url("").into());
    let read = world.run("token").without("--provider").finish();
    read.ends(OK).prints_the_token();
    world.token_is_expired();
    for command in ["token", "refresh", "whoami", "logout"] {
        let outcome = world.run(command).without("--provider").finish();
        outcome.ends(USAGE).says("--provider");
        outcome.left_the_token_alone();
    }
    trap.is_untouched();
}

#[test]
fn what_cannot_be_an_issuer_is_not_asked_because_a_file_says_so() {
    for odd in [
        "http://as.example",
        "https://as.example/#x",
        "https://u:p@as.example",
        "file:///etc",
        "SERVER/{tid}",
        "SERVER/{a\"\nname = \"x}",
    ] {
        let world = public_world();
        world.token_is_expired();
        let odd = odd.replace("SERVER", &world.server.url(""));
        world.edits_token(|token| token["provider"] = odd.into());
        let before = world.server.connections();
        let token = world.run("token").without("--provider").finish();
        assert_ne!(token.status.code(), Some(OK));
        token.prints_nothing().left_the_token_alone();
        assert_eq!(world.server.connections(), before);
    }
}

#[test]
fn another_issuer_than_the_files_is_another_provider() {
    let world = confidential_world();
    world.token_is_expired();
    let other = World::of_an_issuer();
    let issuer = other.server.issuer();
    for run in [world.run("token"), world.run("refresh"), world.login()] {
        let outcome = run.with("--provider", &issuer).finish();
        outcome.ends(LOCAL).opened_nothing().left_the_token_alone();
        outcome.after_refreshes(0);
    }
    assert!(other.server.token_requests().is_empty());
}

#[test]
fn the_metadata_of_today_decides_about_a_refresh() {
    let world = confidential_world();
    world.token_is_expired();
    world.is_authenticated_by(ClientAuth::Post);
    let token = world.run("token").finish();
    token.ends(OK).prints_the_token().after_refreshes(1);
}

#[test]
fn an_issuer_that_calls_itself_otherwise_today_gets_no_refresh_token() {
    for edit in [
        |metadata: &mut Value| metadata["issuer"] = "https://evil.example".into(),
        |metadata: &mut Value| metadata["token_endpoint"] = "http://evil.example/token".into(),
        |metadata: &mut Value| metadata["token_endpoint"] = "file:///etc/passwd".into(),
    ] {
        let world = confidential_world();
        world.token_is_expired();
        world.server.says_of_itself(edit);
        let token = world.run("token").finish();
        token.ends(PROVIDER).prints_nothing().after_refreshes(0);
        token.left_the_token_alone();
    }
}

#[test]
fn an_issuer_in_trouble_costs_nothing() {
    let world = confidential_world();
    world.server.answers_at(RFC_8414, Answer::Silence);
    world.server.answers_at(OPENID, Answer::Silence);
    world.token_is_good_for(30);
    let token = world.run("token").finish();
    token.ends(OK).prints_the_token().says("loopin: warning: ");
    world.token_is_expired();
    let token = world.run("token").finish();
    token.ends(TEMPORARY).prints_nothing().after_refreshes(0);
    token.left_the_token_alone();
}

#[test]
fn a_herd_refreshes_once() {
    let world = public_world();
    world.server.rules(|rules| rules.reuse_is_a_fault = true);
    world.token_is_expired();
    let herd = (0..8).map(|_| world.run("token").without("--provider").start());
    let herd: Vec<_> = herd.collect();
    let ended: Vec<_> = herd.into_iter().map(Running::end).collect();
    for one in ended {
        one.check_invariants();
        one.ends(OK).prints_the_token();
    }
    assert_eq!(world.server.refreshes(), 1);
}

#[test]
fn whose_token_it_is_and_its_end_are_the_issuers_business_too() {
    let world = public_world();
    let whoami = world.run("whoami").finish();
    assert!(whoami.ends(OK).stdout.contains("u-1"), "{}", whoami.stdout);
    assert_eq!(world.server.was_asked_about_itself(), LOOK);
    world.run("logout").finish().ends(OK);
    assert_eq!(world.server.was_asked_about_itself(), LOOK);
    assert_eq!(world.server.revocations().len(), 1);
    assert!(!world.path("token.json").exists());
}

#[test]
fn an_answer_about_somebody_else_is_not_printed() {
    let world = public_world();
    let other = |told: &mut Value| told["sub"] = "u-2".into();
    world.server.answers_userinfo(Answer::edited(other));
    let whoami = world.run("whoami").finish();
    whoami
        .ends(PROVIDER)
        .prints_nothing()
        .left_the_token_alone();
}

#[test]
fn an_answer_about_nobody_is_not_printed_either() {
    for sub in [json!(null), json!(["u-1"]), json!([]), json!({}), json!("")] {
        let world = public_world();
        let odd = move |told: &mut Value| told["sub"] = sub.clone();
        world.server.answers_userinfo(Answer::edited(odd));
        let whoami = world.run("whoami").finish();
        whoami.ends(PROVIDER).prints_nothing();
        whoami.left_the_token_alone();
    }
    let world = public_world();
    world
        .server
        .answers_userinfo(Answer::edited(without("sub")));
    world.run("whoami").finish().ends(PROVIDER).prints_nothing();
}

#[test]
fn a_login_whose_token_has_expired_asks_nobody_but_the_provider() {
    let world = confidential_world();
    world.token_is_expired();
    let login = world.login().finish();
    login.ends(OK).opened_nothing().after_refreshes(1);
    login.has_token("/account/name", "Mari Maasikas");
    login.has_token("/scope", "openid profile offline_access");
}

#[test]
fn an_issuer_that_cannot_revoke_is_told_apart() {
    let world = public_world();
    world.server.says_of_itself(without("revocation_endpoint"));
    let logout = world.run("logout").finish();
    logout.ends(OK).says("loopin: warning: ").says("lives on");
    assert!(!world.path("token.json").exists());
}

#[test]
fn to_forget_a_login_here_asks_nobody() {
    let world = confidential_world();
    let before = world.server.connections();
    world.run("logout").flag("--local").finish().ends(OK);
    assert_eq!(world.server.connections(), before);
}

#[test]
fn an_answer_that_is_no_object_is_about_nobody() {
    for body in ["null", "[]", "[{\"sub\":\"u-1\"}]", "\"u-1\"", "7"] {
        let world = public_world();
        let answer = Answer::typed(200, "application/json", body);
        world.server.answers_userinfo(answer);
        world.run("whoami").finish().ends(PROVIDER).prints_nothing();
    }
}
