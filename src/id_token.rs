//! Who logged in, signed by the provider: the id_token (OpenID Connect Core §2, §3.1.3.7).

use std::time::{Duration, SystemTime};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, Header, decode_header,
    jwk::{AlgorithmParameters, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use subtle::ConstantTimeEq;
use tokio::time::timeout;

use crate::{
    Account, Error, Provider, Scopes,
    account::signed_account,
    digest::{sha256, sha384, sha512},
    http::{Credentials, HttpClient},
    issuer::Issuer,
    jws, metadata,
    object::{Object, object},
    token::unix_seconds,
    token_response::TokenResponse,
};

/// Clocks may differ by this.
const CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// An id_token comes fresh with its answer. An older one is somebody's who kept it.
const MAX_AGE: Duration = Duration::from_secs(60 * 60);

/// Keys that came too late for an id_token are fetched again within this: a lock may be held.
const ONCE_MORE: Duration = Duration::from_secs(3);

/// A signature without the name of its key is tried with no more keys than this.
const MAX_KEYS: usize = 32;

/// What the id_tokens of a provider are verified with.
pub(crate) struct Verifier {
    provider: Provider,
    issuer: Issuer,
    keys: Keys,
}

/// What a provider publishes of its keys (RFC 7517 §5).
pub(crate) struct Keys(Vec<Jwk>);

/// What this very id_token has to fit.
pub(crate) struct Expected<'a> {
    pub(crate) client_id: &'a str,
    /// That of the authorization request. An id_token that comes with a refresh has none (§12.2).
    pub(crate) nonce: Option<&'a str>,
    /// How long ago the person may have been asked who they are, in seconds, where the request limits it (§3.1.2.1).
    pub(crate) max_age: Option<u64>,
}

/// Why it is not believed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Its key is not among those that are known; perhaps it is newer than they are.
    UnknownKey,
    Wrong(&'static str),
    /// By the clock, whosever it is.
    Untimely(&'static str),
}

impl Verifier {
    /// Fetches the provider's keys (RFC 7517 §5), if id_tokens are to be verified for these scopes. Where the provider's
    /// data does not tell how, they are ignored.
    pub(crate) async fn prepare(
        http: &HttpClient,
        provider: &Provider,
        scopes: &Scopes,
    ) -> Result<Option<Self>, Error> {
        let Some(issuer) = provider.id_token_issuer(scopes) else {
            return Ok(None);
        };
        Ok(Some(Verifier {
            keys: fetch(http, provider, issuer, metadata::PATIENCE).await?,
            provider: provider.clone(),
            issuer: issuer.clone(),
        }))
    }

    /// Whose token that is, with what the id_token says of them; an error if it cannot be believed. `None` if there is no
    /// id_token.
    pub(crate) async fn account(
        &mut self,
        http: &HttpClient,
        response: &TokenResponse,
        expected: &Expected<'_>,
    ) -> Result<Option<Account>, Error> {
        let Some(id_token) = &response.id_token else {
            return Ok(None);
        };
        let verified = |keys: &Keys| {
            let (header, claims) = keys.verified(id_token.expose_secret())?;
            check(&claims, &self.issuer, expected, response.issued_at)?;
            check_access_token(&claims, &header, response.access_token.expose_secret())?;
            signed_account(&claims).ok_or(Fault::Wrong("it has no sub that could be one"))
        };
        let account = match verified(&self.keys) {
            // Keys change, and the person may have taken their time.
            Err(Fault::UnknownKey) => {
                self.keys = fetch(http, &self.provider, &self.issuer, ONCE_MORE).await?;
                verified(&self.keys)
            }
            account => account,
        };
        account.map(Some).map_err(|fault| match fault {
            Fault::UnknownKey => {
                self.refused("it is signed by a key that the provider does not publish")
            }
            Fault::Wrong(reason) => self.refused(reason),
            Fault::Untimely(reason) => self.untimely(reason, response),
        })
    }

    pub(crate) fn refused(&self, reason: &'static str) -> Error {
        Error::IdToken {
            provider: self.provider.name().to_owned(),
            reason: reason.to_owned(),
            by_own_clock: false,
        }
    }

    fn untimely(&self, reason: &'static str, response: &TokenResponse) -> Error {
        Error::IdToken {
            provider: self.provider.name().to_owned(),
            reason: reason.to_owned(),
            by_own_clock: !response.is_dated,
        }
    }
}

/// The keys at its `jwks_uri`.
async fn fetch(
    http: &HttpClient,
    provider: &Provider,
    issuer: &Issuer,
    patience: Duration,
) -> Result<Keys, Error> {
    let endpoint = provider.jwks_uri()?;
    let asked = timeout(patience, http.get(endpoint, Credentials::None));
    let answer = asked
        .await
        .unwrap_or_else(|_| Err(metadata::too_slow(endpoint)))?;
    let document = object(&answer.body).filter(|_| answer.status == 200);
    document
        .and_then(|document| Keys::of(&document))
        .ok_or_else(|| metadata::no_document(issuer, "its jwks_uri", &[answer.status]))
}

impl Keys {
    /// Those that can be used; others beside them do no harm.
    pub(crate) fn of(document: &Value) -> Option<Self> {
        let keys = document["keys"].as_array()?.iter();
        let usable = keys.filter_map(|key| serde_json::from_value(key.clone()).ok());
        Some(Keys(usable.collect()))
    }

    /// Its claims, if one of the keys signed them. Neither `none` nor a symmetric algorithm counts: with a public key for its
    /// secret, anybody could make such a signature.
    pub(crate) fn verified(&self, id_token: &str) -> Result<(Header, Value), Fault> {
        let header = decode_header(id_token)
            .map_err(|_| Fault::Wrong("it is no JWT that is signed by a known algorithm"))?;
        if header.alg.family() == AlgorithmFamily::Hmac {
            return Err(Fault::Wrong("it is signed by no public key"));
        }
        if header.crit.is_some() {
            return Err(Fault::Wrong("it demands an extension that is not known"));
        }
        let fitting = self
            .0
            .iter()
            .filter(|key| fits(key, &header))
            .take(MAX_KEYS);
        let mut fault = Fault::UnknownKey;
        for key in fitting {
            let Some(payload) = jws::payload(id_token, header.alg, &key.algorithm) else {
                fault = Fault::Wrong("its signature is wrong");
                continue;
            };
            let Ok(Object(claims)) = serde_json::from_slice(&payload) else {
                return Err(Fault::Wrong("its claims are not one JSON object"));
            };
            return Ok((header, Value::Object(claims)));
        }
        Err(fault)
    }
}

/// Whether this key may have signed it (RFC 7517 §4, RFC 7515 §4.1.4).
fn fits(key: &Jwk, header: &Header) -> bool {
    let family = match key.algorithm {
        AlgorithmParameters::RSA(_) => AlgorithmFamily::Rsa,
        AlgorithmParameters::EllipticCurve(_) => AlgorithmFamily::Ec,
        AlgorithmParameters::OctetKeyPair(_) => AlgorithmFamily::Ed,
        _ => return false,
    };
    let common = &key.common;
    let is_for_it = common
        .key_algorithm
        .is_none_or(|alg| alg == KeyAlgorithm::from(header.alg));
    let is_signing = |what: &PublicKeyUse| *what == PublicKeyUse::Signature;
    let verifies = |what: &Vec<KeyOperations>| what.contains(&KeyOperations::Verify);
    let signs = common.public_key_use.as_ref().is_none_or(is_signing)
        && common.key_operations.as_ref().is_none_or(verifies);
    let is_named = header.kid.is_none() || common.key_id == header.kid;
    family == header.alg.family() && is_for_it && signs && is_named
}

/// OpenID Connect Core §3.1.3.7, numbers 2 to 13.
pub(crate) fn check(
    claims: &Value,
    issuer: &Issuer,
    expected: &Expected<'_>,
    now: SystemTime,
) -> Result<(), Fault> {
    let wrong = |reason| Err(Fault::Wrong(reason));
    let untimely = |reason| Err(Fault::Untimely(reason));
    if !issuer.is_of(claims) {
        return wrong("it is of another issuer");
    }
    // Nobody else is trusted to pass on what is meant for this client.
    let is_for_us = match &claims["aud"] {
        Value::String(aud) => aud == expected.client_id,
        Value::Array(aud) => matches!(aud.as_slice(), [only] if only == expected.client_id),
        _ => false,
    };
    let is_by_us = matches!(&claims["azp"], Value::Null) || claims["azp"] == expected.client_id;
    if !is_for_us || !is_by_us {
        return wrong("it is meant for another client");
    }
    let (now, skew) = (unix_seconds(now), CLOCK_SKEW.as_secs());
    let time = |claim: &str| {
        claims[claim]
            .as_f64()
            .filter(|at| *at >= 0.0)
            .map(|at| at as u64)
    };
    let (Some(exp), Some(iat)) = (time("exp"), time("iat")) else {
        return wrong("it does not tell from when to when it is valid");
    };
    if exp.saturating_add(skew) <= now {
        return untimely("it has expired");
    }
    let since = if claims["nbf"].is_null() {
        Some(0)
    } else {
        time("nbf")
    };
    let Some(nbf) = since else {
        return wrong("its nbf is no time");
    };
    if nbf > now + skew {
        return untimely("it is not valid yet");
    }
    if iat > now + skew || iat.saturating_add(MAX_AGE.as_secs() + skew) < now {
        return untimely("it was not issued just now");
    }
    if let Some(max_age) = expected.max_age {
        let Some(asked) = time("auth_time") else {
            return wrong("it does not tell that the person was asked lately enough");
        };
        if asked.saturating_add(max_age).saturating_add(skew) < now {
            return untimely("the person was not asked lately enough");
        }
    }
    match (expected.nonce, claims["nonce"].as_str()) {
        (Some(sent), Some(nonce)) if bool::from(sent.as_bytes().ct_eq(nonce.as_bytes())) => Ok(()),
        (Some(_), _) => wrong("it does not answer this login: its nonce is missing or another one"),
        (None, _) => Ok(()),
    }
}

/// That it came with this access token, where it tells (OpenID Connect Core §3.1.3.6).
fn check_access_token(claims: &Value, header: &Header, access_token: &str) -> Result<(), Fault> {
    let told = match &claims["at_hash"] {
        Value::Null => return Ok(()),
        told => told.as_str().unwrap_or_default(),
    };
    let hash = match header.alg {
        Algorithm::ES384 | Algorithm::RS384 | Algorithm::PS384 => sha384(access_token).to_vec(),
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => sha512(access_token).to_vec(),
        _ => sha256(access_token).to_vec(),
    };
    if URL_SAFE_NO_PAD.encode(&hash[..hash.len() / 2]) != told {
        return Err(Fault::Wrong("it came with another access token"));
    }
    Ok(())
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
