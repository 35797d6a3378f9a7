//! Whose token it is: the userinfo endpoint (OpenID Connect Core §5.3), or what a provider has in its place.

use std::time::Duration;

use serde::de::IgnoredAny;
use tracing::info;

use crate::{
    Account, Error, Provider, Token,
    http::{Credentials, HttpClient},
    token_response::{account, object, refusal},
    untrusted::printable_json,
};

/// Learning the account beside a login is worth this, and not a failure.
const BESIDE_A_LOGIN: Duration = Duration::from_secs(3);

/// Asks the provider whose token it is. Returns its answer, a JSON document, as it came but for characters that could
/// steer a terminal: those are escaped.
///
/// # Errors
///
/// [`Error::NoEndpoint`] if the provider's data names no userinfo endpoint, [`Error::TokenRefused`] if the token is not
/// good there any more, and those of a request.
pub async fn whoami(provider: &Provider, token: &Token) -> Result<String, Error> {
    let endpoint = provider.userinfo_endpoint()?;
    if !token.is_usable() {
        return Err(Error::UnusableToken);
    }
    let http = HttpClient::prepare(endpoint).ready().await?;
    let bearer = Credentials::Bearer(token.access_token());
    let answer = http.get(endpoint, bearer).await?;
    info!(status = answer.status, "the userinfo endpoint answered");
    let name = || provider.name().to_owned();
    if answer.status == 401 {
        return Err(Error::TokenRefused { provider: name() });
    }
    let document = object(&answer.body);
    let now = std::time::SystemTime::now();
    if let Some(error) = refusal(provider, &answer, document.as_ref(), "access token", now) {
        return Err(error.of_endpoint("userinfo endpoint"));
    }
    let text = String::from_utf8(answer.body).ok();
    text.filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
        .map(|text| printable_json(text.trim()))
        .ok_or_else(|| Error::Protocol {
            provider: name(),
            reason: "it is not JSON".into(),
        })
}

/// The account of a token that was just issued; `None` if it cannot be learnt.
pub(crate) async fn account_of(
    http: &HttpClient,
    provider: &Provider,
    access_token: &str,
) -> Option<Account> {
    let asked = http.get(
        provider.userinfo_endpoint().ok()?,
        Credentials::Bearer(access_token),
    );
    let answer = tokio::time::timeout(BESIDE_A_LOGIN, asked)
        .await
        .ok()?
        .ok()?;
    let document = object(&answer.body).filter(|_| answer.status == 200)?;
    account(&provider.data.account, &document)
}
