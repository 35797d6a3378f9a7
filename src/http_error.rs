//! Why a request got no answer, in words for people.

use std::error::Error as StdError;

use crate::{Error, distrust};

pub(crate) const TOO_LONG: &str = "it took too long";

/// What reqwest calls the way through a proxy, before there is any.
const TUNNEL: &str = "tunnel error: ";

/// `Unreachable` (nothing was sent), `Untrusted`, or `NoAnswer` (it was sent): the caller does something else for each.
pub(crate) fn failure(error: &reqwest::Error, host: String, proxy: Option<String>) -> Error {
    let distrust = distrust::reason(error);
    let reason = match &distrust {
        _ if error.is_timeout() => TOO_LONG.to_owned(),
        Some(reason) => reason.clone(),
        None => innermost(error).to_string(),
    };
    // There may be TLS with the proxy, too.
    let is_before_it = chain(error).any(|layer| layer.to_string().starts_with(TUNNEL));
    let asked = proxy.clone().filter(|_| is_before_it);
    // Once the connection stands the request may have gone out, whatever TLS has to say later.
    match (error.is_connect(), distrust) {
        (true, Some(_)) => Error::Untrusted {
            host: asked.unwrap_or(host),
            reason,
        },
        (true, None) => Error::Unreachable {
            reason: proxy_says(&reason).map_or(reason.clone(), str::to_owned),
            host,
            proxy,
        },
        (false, _) => Error::NoAnswer { host, reason },
    }
}

/// What a proxy does that does not lead on (RFC 9110 §9.3.6, RFC 1928), where reqwest's own words say less. They are its
/// words, and hyper-util's, of today: `tests/integration/proxies.rs` holds each of them, and fails once they change.
fn proxy_says(reason: &str) -> Option<&'static str> {
    match reason {
        "tunnel error: proxy authorization required" => Some("it wants a user and a password"),
        "SOCKS error: server does not support user/pass authentication" => {
            Some("it wants a user and a password, or does not want them")
        }
        "SOCKS error: failed to create underlying connection" => Some("it cannot be reached"),
        other if other.starts_with(TUNNEL) => Some("it does not let anybody through to there"),
        _ => None,
    }
}

/// Why there is no client.
pub(crate) fn no_client(error: &reqwest::Error) -> String {
    innermost(error).to_string()
}

fn chain<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// The cause itself, without the layers that repeat it (and the URL).
fn innermost(error: &reqwest::Error) -> &(dyn StdError + 'static) {
    chain(error).last().unwrap_or(error)
}
