//! The one door: decides "token or error" for every answer of the token endpoint, and quotes none of it.

use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{
    Account, Error, ErrorKind, Provider, Scopes,
    account::account,
    http::{Answer, is_unwell},
    object::{object, text},
    token::{FAR_FUTURE, is_access_token, positive, unix_seconds, unix_time},
    untrusted::known_code,
};

/// Clocks that differ by more than this make a token's life uncertain.
const MAX_CLOCK_SKEW: Duration = Duration::from_secs(5 * 60);

/// What the token endpoint granted (RFC 6749 §5.1).
pub(crate) struct TokenResponse {
    pub(crate) access_token: SecretString,
    pub(crate) expires_at: Option<u64>,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) scope: Option<Scopes>,
    /// Not yet verified.
    pub(crate) id_token: Option<SecretString>,
    pub(crate) account: Option<Account>,
    /// When the provider answered, by its own clock if it tells: what it signs is dated by that.
    pub(crate) issued_at: SystemTime,
    /// Whether it told.
    pub(crate) is_dated: bool,
    /// How far this machine's clock is from the provider's, where that is worth a word.
    pub(crate) clock_skew: Option<Duration>,
}

/// The token, or why there is none. `grant` is what was sent for it.
pub(crate) fn token_response(
    provider: &Provider,
    answer: &Answer,
    grant: &'static str,
    now: SystemTime,
) -> Result<TokenResponse, Error> {
    let document = document(answer);
    if let Some(error) = refusal(provider, answer, document.as_ref(), grant, now) {
        return Err(error);
    }
    let protocol = |reason: &str| Error::Protocol {
        provider: provider.name().to_owned(),
        reason: reason.to_owned(),
    };
    let document = document.ok_or_else(|| protocol("it is not one JSON object"))?;
    let root = provider.data.token_root.as_deref();
    let token = root.and_then(|root| document.pointer(root));
    let token = token.filter(|token| token["access_token"].is_string());
    let token = token.unwrap_or(&document);
    let access_token = token["access_token"]
        .as_str()
        .filter(|token| is_access_token(token))
        .ok_or_else(|| protocol("it has no access_token that could be one"))?;
    // A missing token_type is taken for the only one that everybody uses (RFC 6749 §7.1).
    let own_word = provider.data.bearer_token_type.as_deref();
    let is_bearer = match &token["token_type"] {
        Value::Null => true,
        Value::String(kind) => kind.eq_ignore_ascii_case("bearer") || own_word == Some(kind),
        _ => false,
    };
    if !is_bearer {
        return Err(protocol("its token_type is not Bearer"));
    }
    let refresh_token = match &token["refresh_token"] {
        Value::Null => None,
        Value::String(token) if token.is_empty() => None,
        Value::String(token) if !token.contains(char::is_control) => Some(token.as_str()),
        _ => return Err(protocol("its refresh_token cannot be one")),
    };
    let separator = provider.granted_scope_separator();
    let scope = match &token["scope"] {
        Value::Null => None,
        // No scope is no text (RFC 6749 §3.3): some servers write an empty one for it.
        Value::String(scope) if scope.is_empty() => None,
        Value::String(scope) => Some(Scopes::parse(scope, separator)),
        Value::Array(scopes) => Some(scopes.iter().filter_map(Value::as_str).collect()),
        // A slip there is not worth the grant.
        _ => None,
    };
    // What is not believed when it is read again is not written.
    let longest = provider.max_access_token_lifetime();
    let latest = longest.map_or(FAR_FUTURE, |longest| unix_seconds(now) + longest.as_secs());
    let members = &provider.data.account;
    let person = members
        .token_answer
        .as_ref()
        .and_then(|pointer| document.pointer(pointer));
    Ok(TokenResponse {
        access_token: access_token.into(),
        expires_at: expires_at(token, now).map(|at| at.min(latest)),
        refresh_token: refresh_token.map(SecretString::from),
        scope,
        id_token: document["id_token"].as_str().map(SecretString::from),
        account: person.and_then(|person| account(members, person)),
        issued_at: date(answer).unwrap_or(now),
        is_dated: date(answer).is_some(),
        clock_skew: clock_skew(answer, now),
    })
}

/// Whether a token is revoked now (RFC 7009 §2.2). One that is already dead is what was wanted.
pub(crate) fn revocation_response(
    provider: &Provider,
    answer: &Answer,
    now: SystemTime,
) -> Result<(), Error> {
    let document = document(answer);
    let code = document
        .as_ref()
        .and_then(|document| error_code(document, provider));
    let is_dead = matches!(code.as_deref(), Some("invalid_grant" | "invalid_token"));
    // RFC 6750 §3.1: where the access token is its own credential, it may only have expired.
    if provider.revokes_by_access_token() && (is_dead || answer.status == 401) {
        return Err(Error::TokenRefused {
            provider: provider.name().to_owned(),
        });
    }
    match refusal(provider, answer, document.as_ref(), "token", now) {
        Some(error) if !is_dead || error.kind() == ErrorKind::Temporary => {
            Err(error.of_endpoint("revocation endpoint"))
        }
        _ => Ok(()),
    }
}

/// What the caller does next about an answer that is an error.
pub(crate) fn refusal(
    provider: &Provider,
    answer: &Answer,
    document: Option<&Value>,
    grant: &'static str,
    now: SystemTime,
) -> Option<Error> {
    let name = || provider.name().to_owned();
    let code = document.and_then(|document| error_code(document, provider));
    let unavailable = |reason: String| Error::Unavailable {
        provider: name(),
        reason,
        retry_after: retry_after(answer, now),
    };
    Some(match (code.as_deref(), answer.status) {
        (_, status) if is_unwell(status) => unavailable(format!("status {status}")),
        (Some("invalid_grant"), _) => Error::GrantRefused {
            provider: name(),
            grant,
        },
        (Some("invalid_client"), _) => Error::ClientRejected { provider: name() },
        (Some(code @ ("temporarily_unavailable" | "server_error" | "slow_down")), _) => {
            unavailable(code.to_owned())
        }
        (Some(code), _) => Error::Refused {
            provider: name(),
            code: known_code(code),
        },
        (None, 200..=299) => return None,
        (None, 401) => Error::ClientRejected { provider: name() },
        (None, 300..=399) => Error::Protocol {
            provider: name(),
            reason: format!(
                "status {} is a redirect, and redirects are not followed",
                answer.status
            ),
        },
        (None, 410) => Error::Refused {
            provider: name(),
            code: "410 Gone: this API is closed".into(),
        },
        (None, status) => Error::Refused {
            provider: name(),
            code: format!("status {status}"),
        },
    })
}

/// Seconds, or a time (RFC 9110 §10.2.3).
fn retry_after(answer: &Answer, now: SystemTime) -> Option<Duration> {
    let after = answer.header("retry-after")?.trim();
    let until = |time: SystemTime| time.duration_since(now).unwrap_or_default();
    let seconds = after.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| httpdate::parse_http_date(after).ok().map(until))
}

/// What time it is at the provider (RFC 9110 §6.6.1).
pub(crate) fn date(answer: &Answer) -> Option<SystemTime> {
    httpdate::parse_http_date(answer.header("date")?).ok()
}

pub(crate) fn clock_skew(answer: &Answer, now: SystemTime) -> Option<Duration> {
    let there = date(answer)?;
    let skew = now.duration_since(there).unwrap_or_else(|e| e.duration());
    (skew > MAX_CLOCK_SKEW).then_some(skew)
}

/// The error of RFC 6749 §5.2, or the provider's own one in its words.
fn error_code(document: &Value, provider: &Provider) -> Option<String> {
    let own = &provider.data.token_errors;
    let errors = match document.pointer(&own.list) {
        Some(Value::Array(errors)) => errors.as_slice(),
        Some(error) => std::slice::from_ref(error),
        None => &[],
    };
    let translated = errors.iter().find_map(|error| {
        let part = |member: &String| text(&error[member.as_str()]).unwrap_or_default();
        let key = own.key.iter().map(part).collect::<Vec<_>>().join("/");
        own.codes.get(&key).cloned()
    });
    translated.or_else(|| match &document["error"] {
        Value::Null | Value::Bool(false) => None,
        Value::String(code) if code.is_empty() => None,
        // An object, for one: an error all the same.
        error => Some(error.as_str().unwrap_or_default().to_owned()),
    })
}

/// Receive time plus `expires_in`, else the provider's `expires_at`, else nothing: life unknown.
fn expires_at(document: &Value, now: SystemTime) -> Option<u64> {
    let relative = positive(&document["expires_in"]);
    let relative =
        relative.map(|seconds| unix_seconds(now).saturating_add(seconds).min(FAR_FUTURE));
    relative.or_else(|| unix_time(&document["expires_at"]))
}

/// The answer's object. Some servers write it as a form, and say so.
fn document(answer: &Answer) -> Option<Value> {
    let kind = answer.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return object(&answer.body);
    }
    let mut members = Map::new();
    for (name, value) in url::form_urlencoded::parse(&answer.body) {
        if members
            .insert(name.into(), String::from(value).into())
            .is_some()
        {
            return None;
        }
    }
    Some(Value::Object(members))
}
