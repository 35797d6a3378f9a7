//! What a provider answers.

use std::time::{Duration, SystemTime};

use secrecy::ExposeSecret;
use serde_json::Value;

use super::{ALL, CLIENT_ID, ISSUER, can_be_asked, endpoints, quotes_nothing};
use crate::{
    Provider,
    endpoint::may_be_this_machine,
    http::Answer,
    id_token::{Expected, Keys, check},
    issuer::Issuer,
    object::object,
    token::{FAR_FUTURE, is_access_token},
    token_response,
};

const NONCE: &str = "n-0S6_WzA2Mj";
const NOW: u64 = 1_800_000_000;

/// What the seeds' key has signed, and nothing else.
const SIGNED: &str = include_str!("../../tests/seeds/id_token/signed");

/// An answer of the token endpoint, its status and type in the first line: what is believed of it can be kept and sent,
/// and what is not is quoted nowhere.
pub fn token_response(bytes: &[u8]) {
    let (head, body) = split(bytes);
    let (status, kind) = head.split_once(' ').unwrap_or((&head, ""));
    let answer = Answer::of(status.parse().unwrap_or(200), kind, body);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    for provider in &*ALL {
        match token_response::token_response(provider, &answer, "refresh token", now) {
            Ok(token) => {
                assert!((200..300).contains(&answer.status));
                assert!(is_access_token(token.access_token.expose_secret()));
                assert!(token.expires_at.is_none_or(|at| at <= FAR_FUTURE));
                assert!(
                    token
                        .refresh_token
                        .is_none_or(|token| !token.expose_secret().is_empty())
                );
                assert!(token.account.is_none_or(|account| !account.id.is_empty()));
            }
            Err(error) => quotes_nothing(&error),
        }
    }
}

/// An issuer's metadata: all endpoints that are believed can be asked, and none is on this machine.
pub fn metadata(bytes: &[u8]) {
    let Some(document) = object(bytes) else {
        return;
    };
    let issuer = Issuer::try_from(ISSUER.to_owned()).unwrap();
    let provider = Provider::from_issuer(ISSUER).unwrap();
    match provider.described_by(&issuer, &document) {
        Ok(provider) => {
            assert_eq!(document["issuer"], ISSUER);
            can_be_asked(&provider);
            for url in endpoints(&provider) {
                assert!(
                    !may_be_this_machine(url) && url.scheme() == "https",
                    "{url}"
                );
            }
        }
        Err(error) => {
            // It is written into the keys of a provider file, whatever it holds.
            assert!(!error.to_string().contains(": line "), "{error}");
            quotes_nothing(&error);
        }
    }
}

/// The claims of an id_token; or keys and, in the next line, what they may have signed: nobody else's word is believed.
pub fn id_token(bytes: &[u8]) {
    let (head, token) = split(bytes);
    let Some(document) = object(head.as_bytes()) else {
        return;
    };
    if let Some(keys) = Keys::of(&document) {
        let token = String::from_utf8_lossy(token);
        let (_, signed) = SIGNED.split_once('\n').unwrap();
        let claims = |token: &str| token.split('.').nth(1).map(str::to_owned);
        assert!(keys.verified(&token).is_err() || claims(&token) == claims(signed));
    }
    for max_age in [None, Some(600)] {
        let expected = Expected {
            client_id: CLIENT_ID,
            nonce: Some(NONCE),
            max_age,
        };
        let issuer = Issuer::try_from(ISSUER.to_owned()).unwrap();
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
        if check(&document, &issuer, &expected, now).is_ok() {
            fits(&document, max_age);
        }
    }
}

fn fits(claims: &Value, max_age: Option<u64>) {
    assert_eq!(
        (&claims["iss"], &claims["nonce"]),
        (&ISSUER.into(), &NONCE.into())
    );
    let aud = &claims["aud"];
    assert!(*aud == CLIENT_ID || *aud == Value::from(vec![CLIENT_ID]));
    assert!(claims["azp"].is_null() || claims["azp"] == CLIENT_ID);
    // Seconds from now; five minutes between two clocks are nothing.
    let time = |name: &str| claims[name].as_f64().unwrap() - NOW as f64;
    assert!(time("exp") > -301.0 && (-3901.0..=301.0).contains(&time("iat")));
    assert!(claims["nbf"].is_null() || time("nbf") <= 301.0);
    assert!(max_age.is_none_or(|max_age| time("auth_time") >= -301.0 - max_age as f64));
}

/// The first line, and what comes after it.
fn split(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(bytes.len());
    let (head, rest) = bytes.split_at(end);
    (
        String::from_utf8_lossy(head).into_owned(),
        rest.get(1..).unwrap_or_default(),
    )
}
