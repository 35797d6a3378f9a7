//! Every preset beside what its provider answers by its documentation (`answers/*.toml`).

use serde_json::Value;

use crate::support::*;

/// The person agrees at the provider, and its token endpoint answers this.
fn logs_in<'w>(recorded: &Recorded, world: &'w World, answer: Answer) -> Outcome<'w> {
    world.server.answers(answer);
    let login = recorded.login(world).start();
    login.person().approve();
    login.finish()
}

/// Logged in a long time ago.
fn has_expired_token(recorded: &Recorded, world: &World) -> String {
    logs_in(recorded, world, recorded.success.genuine(world)).ends(OK);
    let refresh_token = format!("{}-old", world.marks.word(Secret::Refresh));
    world.server.knows_refresh_token(&refresh_token);
    world.edits_token(|token| token["refresh_token"] = refresh_token.clone().into());
    world.token_is_expired();
    refresh_token
}

#[test]
fn what_is_granted_is_what_the_token_file_says() {
    for recorded in Recorded::all() {
        for client in recorded.clients() {
            let (world, before) = (recorded.world(client), now());
            let outcome = logs_in(&recorded, &world, recorded.success.genuine(&world));
            let (after, token) = (now(), &recorded.token);
            outcome.ends(OK).never_says("did not grant");
            outcome.has_token("/access_token", &world.server.current_access_token());
            outcome.has_token("/scope", &token.scope);
            if recorded.identifies() {
                assert_eq!(world.server.asked_for_keys(), 1, "{}", recorded.name);
            }
            outcome.has_token("/account/id", &token.account.id);
            outcome.has_token("/account/name", &token.account.name);
            let refreshable = recorded.success.body.contains("REFRESH");
            assert_eq!(outcome.token()["refresh_token"].is_string(), refreshable);
            let life = token.expires_in.map(|life| before + life..=after + life);
            let expires_at = outcome.token()["expires_at"].as_u64();
            assert_eq!(expires_at.is_some(), life.is_some(), "{}", recorded.name);
            assert!(life.is_none_or(|life| life.contains(&expires_at.unwrap())));
        }
    }
}

#[test]
fn the_provider_says_whose_token_it_is() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        logs_in(&recorded, &world, recorded.success.genuine(&world)).ends(OK);
        let whoami = world.run("whoami").finish();
        whoami.ends(OK);
        let told = whoami.stdout.contains(&recorded.token.account.id);
        assert!(told, "{}: {}", recorded.name, whoami.stdout);
    }
}

#[test]
fn a_refresh_brings_a_new_access_token_and_loses_nothing() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        let old = has_expired_token(&recorded, &world);
        world.server.answers(recorded.refresh.genuine(&world));
        let outcome = world.run("refresh").finish();
        outcome.ends(OK).after_refreshes(1);
        outcome.has_token("/access_token", &world.server.current_access_token());
        outcome.has_token("/scope", &recorded.token.scope);
        outcome.has_token("/account/id", &recorded.token.account.id);
        let rotates = recorded.refresh.body.contains("REFRESH");
        let is_new = outcome.token()["refresh_token"] != old;
        assert_eq!(is_new, rotates, "{}: {}", recorded.name, outcome.token());
    }
}

#[test]
fn a_person_who_refuses_is_taken_at_their_word() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        let login = recorded.login(&world).start();
        login.person().refuse();
        login.finish().ends(DENIED).asked_for_a_token(0);
    }
}

#[test]
fn an_expired_code_asks_for_another_login() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        let outcome = logs_in(&recorded, &world, recorded.expired_code.as_it_is());
        outcome
            .ends(LOGIN)
            .says(&recorded.name)
            .says("loopin login");
        outcome.asked_for_a_token(1).left_the_token_alone();
    }
}

#[test]
fn a_dead_refresh_token_asks_for_a_login() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        has_expired_token(&recorded, &world);
        world.server.answers(recorded.dead_refresh_token.as_it_is());
        let outcome = world.run("token").finish();
        outcome
            .ends(LOGIN)
            .says(&recorded.name)
            .says("loopin login");
        outcome.after_refreshes(1).left_the_token_alone();
    }
}

#[test]
fn a_rate_limit_is_a_reason_to_try_later() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        has_expired_token(&recorded, &world);
        world.server.answers(recorded.rate_limit.as_it_is());
        let outcome = world.run("token").finish();
        outcome.ends(TEMPORARY).left_the_token_alone();
    }
}

#[test]
fn a_client_that_the_provider_does_not_know_is_the_providers_word_against_ours() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        let outcome = logs_in(&recorded, &world, recorded.wrong_client.as_it_is());
        outcome.ends(PROVIDER).says("rejects the client");
        outcome.asked_for_a_token(1).left_the_token_alone();
    }
}

#[test]
fn a_logout_ends_the_grant_there_or_says_where_to_end_it() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        logs_in(&recorded, &world, recorded.success.genuine(&world)).ends(OK);
        let token = world.token();
        let outcome = world.run("logout").finish();
        outcome.ends(OK).prints_nothing();
        assert!(!world.path("token.json").exists());
        let revoked = world.server.revocations();
        let revoked = revoked.iter().map(|form| form.get("token").into());
        let revoked: Vec<Value> = revoked.collect();
        assert_eq!(revoked.len(), usize::from(recorded.revokes()));
        let its = [&token["refresh_token"], &token["access_token"]];
        assert!(revoked.iter().all(|one| its.contains(&one)), "{revoked:?}");
        if revoked.is_empty() {
            let page = "end it by hand at https://";
            outcome.says("the grant lives on").says(page);
        }
    }
}

/// Slack's and Dropbox's: a token that has expired ends nothing.
#[test]
fn where_an_access_token_ends_the_grant_it_is_one_that_lives() {
    for recorded in Recorded::all() {
        let world = recorded.simplest_world();
        has_expired_token(&recorded, &world);
        let outcome = world.run("logout").finish();
        outcome.ends(OK);
        let refreshed = world.server.current_access_token();
        let revocations = world.server.revocations();
        let token = revocations.first().map(|form| form.get("token").to_owned());
        let by_access_token = world.server.refreshes() > 0;
        assert_eq!(
            token == Some(refreshed),
            by_access_token,
            "{}",
            recorded.name
        );
    }
}

const FORM: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// As GitHub does that is not told what to answer with.
#[test]
fn an_answer_may_be_a_form() {
    let github = Recorded::all().into_iter().find(|one| one.name == "GitHub");
    let github = github.unwrap();
    let world = github.simplest_world();
    let access_token = format!("{}-1", world.marks.word(Secret::Access));
    let form = format!("access_token={access_token}&scope=read%3Auser%2Cgist&token_type=bearer");
    world.server.answers(Answer::typed(200, FORM, form));
    let login = github.login(&world).with("--scope", "gist read:user");
    let outcome = login.approved();
    outcome.ends(OK).never_says("did not grant");
    outcome.has_token("/access_token", &access_token);
    outcome.has_token("/scope", "read:user gist");
    let error = "error=bad_verification_code&error_description=The+code+passed+is+incorrect";
    world.server.answers(Answer::typed(200, FORM, error));
    let login = github.login(&world).flag("--force");
    login.approved().ends(LOGIN).left_the_token_alone();
}
