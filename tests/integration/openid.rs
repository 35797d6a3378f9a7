//! The OpenID Foundation's tests of relying parties, as far as they are of the code flow: what a provider does that it
//! should not, under the name of the module that does it, and how a login ends then.

use serde_json::json;

use crate::support::*;

/// A person approves at a provider that does this.
#[track_caller]
pub fn login_ends(code: i32, misbehaves: impl FnOnce(&World)) {
    let world = World::of_an_issuer();
    misbehaves(&world);
    let (page, outcome) = world.login().approved_with_page();
    outcome.ends(code).asked_for_a_token(1);
    if code == OK {
        outcome.has_token("/account/id", "u-1");
        page.shows("Mari Maasikas");
        return;
    }
    outcome.left_the_token_alone().says("id_token");
    page.shows_no("You are logged in").shows_no("Mari");
}

macro_rules! modules {
    ($($name:ident: $misbehaves:expr => $code:expr;)*) => {
        $(
            #[test]
            fn $name() {
                login_ends($code, $misbehaves);
            }
        )*
    };
}

modules! {
    oidcc_client_test: |_| {} => OK;
    oidcc_client_test_client_secret_basic: |world| {
        world.is_authenticated_by(ClientAuth::Basic);
    } => OK;
    oidcc_client_test_client_secret_post: |world| {
        world.is_authenticated_by(ClientAuth::Post);
    } => OK;
    oidcc_client_test_nonce_invalid: |world| {
        world.server.claims(|claims| claims["nonce"] = "another".into());
    } => PROVIDER;
    oidcc_client_test_invalid_iss: |world| {
        world.server.claims(|claims| claims["iss"] = "https://evil.example".into());
    } => PROVIDER;
    oidcc_client_test_missing_sub: |world| {
        world.server.claims(without("sub"));
    } => PROVIDER;
    oidcc_client_test_invalid_aud: |world| {
        world.server.claims(|claims| claims["aud"] = "another-client".into());
    } => PROVIDER;
    oidcc_client_test_missing_aud: |world| {
        world.server.claims(without("aud"));
    } => PROVIDER;
    oidcc_client_test_missing_iat: |world| {
        world.server.claims(without("iat"));
    } => PROVIDER;
    oidcc_client_test_kid_absent_single_jwks: |world| {
        world.server.heads_id_tokens(without("kid"));
    } => OK;
    oidcc_client_test_kid_absent_multiple_jwks: |world| {
        let (server, others) = (&world.server, [Key::es256(), Key::es256()]);
        server.publishes([&others[0].clone().named("other"), &server.key(), &others[1]]);
        server.heads_id_tokens(without("kid"));
    } => OK;
    oidcc_client_test_idtoken_sig_rs256: |world| {
        world.server.signs_with(Key::rs256().named("rsa"));
    } => OK;
    oidcc_client_test_idtoken_sig_none: |world| {
        world.server.heads_id_tokens(|header| header["alg"] = "none".into());
    } => PROVIDER;
    oidcc_client_test_invalid_sig_rs256: |world| {
        world.server.signs_with(Key::rs256().named("rsa"));
        world.server.spoils_id_tokens(|token| with_another_signature(&token));
    } => PROVIDER;
    oidcc_client_test_invalid_sig_es256: |world| {
        world.server.spoils_id_tokens(|token| with_another_signature(&token));
    } => PROVIDER;
    oidcc_client_test_invalid_sig_hs256: |world| {
        world.server.heads_id_tokens(|header| header["alg"] = "HS256".into());
    } => PROVIDER;
    oidcc_client_test_invalid_athash: |world| {
        world.server.claims(|claims| claims["at_hash"] = encoded([0; 16]).into());
    } => PROVIDER;
    oidcc_client_test_missing_athash: |world| {
        world.server.claims(without("at_hash")); // In the code flow it is optional.
    } => OK;
    oidcc_client_test_scope_userinfo_claims: |world| {
        world.server.claims(|claims| {
            claims.as_object_mut().unwrap().retain(|name, _| name != "name" && name != "email");
        });
    } => OK;
    oidcc_client_test_nonce_unless_code_flow: |_| {} => OK; // The server itself looks for it.
    oidcc_client_test_discovery_openid_config: |world| {
        world.server.publishes_at(&[OPENID]);
    } => OK;
    oidcc_client_test_discovery_jwks_uri_keys: |world| {
        world.server.publishes([&Key::rs256().named("rsa"), &world.server.key()]);
    } => OK;
    oidcc_client_test_aggregated_claims: |world| {
        world.server.claims(|claims| claims["_claim_sources"] = json!({ "a": { "JWT": "a.b.c" } }));
    } => OK;
    fapi1_advanced_final_client_test_invalid_missing_nonce: |world| {
        world.server.claims(without("nonce"));
    } => PROVIDER;
    fapi1_advanced_final_client_test_iat_is_week_in_past: |world| {
        world.server.claims(|claims| claims["iat"] = (now() - 7 * 24 * 3600).into());
    } => PROVIDER;
    fapi2_security_profile_final_client_test_valid_aud_as_array: |world| {
        world.server.claims(|claims| claims["aud"] = json!([claims["aud"]]));
    } => OK;
    fapi2_security_profile_final_client_test_invalid_secondary_aud: |world| {
        world.server.claims(|claims| claims["aud"] = json!([claims["aud"], "another-client"]));
    } => PROVIDER;
    fapi2_security_profile_final_client_test_invalid_null_alg: |world| {
        world.server.heads_id_tokens(|header| header["alg"] = "none".into());
    } => PROVIDER;
    fapi2_security_profile_final_client_test_invalid_alternate_alg: |world| {
        world.server.heads_id_tokens(|header| header["alg"] = "RS256".into());
    } => PROVIDER;
    fapi2_security_profile_final_client_test_invalid_expired_exp: |world| {
        world.server.claims(|claims| claims["exp"] = (now() - 600).into());
    } => PROVIDER;
    fapi2_security_profile_final_client_test_invalid_missing_exp: |world| {
        world.server.claims(without("exp"));
    } => PROVIDER;
    fapi2_security_profile_final_client_test_invalid_missing_iss: |world| {
        world.server.claims(without("iss"));
    } => PROVIDER;
    fapi2_security_profile_final_client_test_token_type_case_insensitivity: |world| {
        world.server.answers(Answer::edited(|token| token["token_type"] = "bEARER".into()));
    } => OK;
    fapi2_security_profile_final_client_test_token_endpoint_response_without_expires_in: |world| {
        world.server.answers(Answer::edited(|token| {
            token.as_object_mut().unwrap().retain(|name, _| !name.starts_with("expires"));
        }));
    } => OK;
}

#[test]
fn oidcc_client_test_userinfo_invalid_sub() {
    for sub in [json!("u-2"), json!(null), json!(["u-1"])] {
        let world = World::of_an_issuer();
        world.server.claims(|claims| {
            without("name")(claims);
            without("email")(claims);
        });
        world
            .server
            .answers_userinfo(Answer::edited(move |told| told["sub"] = sub.clone()));
        let outcome = world.login().approved();
        outcome.ends(OK).has_token("/account/id", "u-1");
        outcome.never_says("Mari").has_token("/account/name", "");
        assert_eq!(world.server.userinfo_requests(), 1);
    }
}

#[test]
fn oidcc_client_test_discovery_issuer_mismatch() {
    let world = World::of_an_issuer();
    let other = |metadata: &mut serde_json::Value| metadata["issuer"] = "https://as.example".into();
    world.server.says_of_itself(other);
    let outcome = world.login().finish();
    outcome.ends(PROVIDER).says("issuer").opened_nothing();
}

#[test]
fn oidcc_client_test_signing_key_rotation() {
    let world = World::of_an_issuer();
    world.is_logged_in();
    world.server.signs_with(Key::es256().named("second"));
    let again = world.login().flag("--force").approved();
    again.ends(OK).asked_for_a_token(2);
}

#[test]
fn oidcc_client_test_signing_key_rotation_just_before_signing() {
    let world = World::of_an_issuer();
    let held = world.server.holds_its_answer();
    let login = world.login().start();
    let person = login.person();
    let browser = person.goes_meanwhile(&person.approval());
    held.wait_until_asked();
    world.server.signs_with(Key::es256().named("second"));
    held.release();
    assert_eq!(browser.join().unwrap().status(), 200);
    login.finish().ends(OK).asked_for_a_token(1);
}

/// `loopin refresh` at a provider whose refreshes bring an id_token that claims this instead.
#[track_caller]
fn refresh_ends(code: i32, claims: impl Fn(&mut serde_json::Value) + Send + Sync + 'static) {
    let world = World::of_an_issuer();
    world.is_logged_in();
    world.server.claims_at_refresh(claims);
    let outcome = world.run("refresh").finish();
    outcome.ends(code).after_refreshes(1);
    if code != OK {
        outcome.left_the_token_alone();
    }
    let beside = world.path("token.u-2.json");
    assert_eq!(beside.exists(), outcome.stderr.contains("token.u-2.json"));
}

#[test]
fn oidcc_client_test_refresh_token() {
    refresh_ends(OK, |_| {});
}

#[test]
fn oidcc_client_test_refresh_token_invalid_issuer() {
    refresh_ends(PROVIDER, |claims| {
        claims["iss"] = "https://evil.example".into()
    });
}

#[test]
fn oidcc_client_test_refresh_token_invalid_sub() {
    refresh_ends(PROVIDER, |claims| claims["sub"] = "u-2".into());
}
