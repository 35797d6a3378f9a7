//! Whether a provider can be reached, found out without a grant.

use std::time::{Duration, SystemTime};

use tracing::info;

use crate::{
    Error, Provider,
    http::{HttpClient, host},
    token_response::{clock_skew, date},
};

/// What the provider's token endpoint let see of itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Probe {
    /// Host and port of the endpoint.
    pub host: String,
    /// Whether that is who answered: TLS says so. Without, it is this machine itself.
    pub is_certified: bool,
    /// What time it was there; `None` if the answer does not tell.
    pub date: Option<SystemTime>,
    /// How far this machine's clock is from that, if that is more than tokens can bear.
    pub clock_skew: Option<Duration>,
}

/// Asks the token endpoint for nothing (`HEAD`, RFC 9110 §9.3.2): no secret is sent, and nothing changes there. Any answer
/// will do, since most endpoints want another method.
///
/// # Errors
///
/// [`Error::Unreachable`], [`Error::NoAnswer`], [`Error::Untrusted`], [`Error::NotAProxy`]; [`Error::Unavailable`] if the
/// server is not well.
pub async fn probe(provider: &Provider) -> Result<Probe, Error> {
    /// To some servers the method is unknown.
    const NOT_IMPLEMENTED: u16 = 501;
    let provider = &provider.discovered().await?;
    let endpoint = provider.token_endpoint()?;
    let http = HttpClient::new(endpoint)?;
    let answer = http.head(endpoint).await?;
    let now = SystemTime::now();
    info!(status = answer.status, "the token endpoint answered");
    if answer.status >= 500 && answer.status != NOT_IMPLEMENTED {
        return Err(Error::Unavailable {
            provider: provider.name().to_owned(),
            reason: format!("status {}", answer.status),
            retry_after: None,
        });
    }
    Ok(Probe {
        host: host(endpoint),
        is_certified: endpoint.scheme() == "https",
        date: date(&answer),
        clock_skew: clock_skew(&answer, now),
    })
}
