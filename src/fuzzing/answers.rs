//! What a provider answers.

use std::time::{Duration, SystemTime};

use secrecy::ExposeSecret;
use serde_json::Value;

use super::{ALL, CLIENT_ID, ISSUER, can_be_asked, quotes_nothing};
use crate::{
    Provider,
    endpoint::is_loopback,
    http::Answer,
    id_token::{Expected, Keys, check},
    issuer::Issuer,
    object::object,
    token::{FAR_FUTURE, is_access_token},
    token_response::token_response,
};

const NONCE: &str = "n-0S6_WzA2Mj";
const NOW: u64 = 1_800_000_000;

/// What the seeds' key has signed, and nothing else.
const SIGNED: &str = include_str!("../../tests/fuzz/seeds/id_token/signed");

/// An answer of the token endpoint, its status and type in the first line: what is believed of it can be kept and sent,
/// and what is not is quoted nowhere.
pub fn answer(bytes: &[u8]) {
    let (head, body) = split(bytes);
    let (status, kind) = head.split_once(' ').unwrap_or((&head, ""));
    let answer = Answer::of(status.parse().unwrap_or(200), kind, body);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    for provider in &*ALL {
        match token_response(provider, &answer, "refresh token", now) {
            Ok(token) => {
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
            let url = provider.authorization_endpoint().unwrap();
            assert!(!is_loopback(url) && url.scheme() == "https", "{url}");
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
    let expected = Expected {
        client_id: CLIENT_ID,
        nonce: Some(NONCE),
        max_age: None,
    };
    let issuer = Issuer::try_from(ISSUER.to_owned()).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    if check(&document, &issuer, &expected, now).is_ok() {
        let (aud, exp, iat) = (&document["aud"], &document["exp"], &document["iat"]);
        assert_eq!(
            (&document["iss"], &document["nonce"]),
            (&ISSUER.into(), &NONCE.into())
        );
        assert!(*aud == CLIENT_ID || *aud == Value::from(vec![CLIENT_ID]));
        let seconds = |time: &Value| time.as_f64().unwrap() - NOW as f64;
        assert!(seconds(exp) > -301.0 && (-3901.0..=301.0).contains(&seconds(iat)));
    }
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
