//! Whose token it is: the userinfo endpoint (OpenID Connect Core §5.3), or what a provider has in its place.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::time::timeout;
use tracing::info;

use crate::{
    Account, Error, Provider, Scopes, Token,
    account::{account, claimed_name},
    http::{Answer, Credentials, HttpClient},
    object::object,
    provider_data::UserinfoMethod,
    token_response::{TokenResponse, refusal},
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
    if !token.is_usable() {
        return Err(Error::UnusableToken);
    }
    let provider = &provider.discovered().await?;
    let endpoint = provider.userinfo_endpoint()?;
    let http = HttpClient::new(endpoint)?;
    let answer = ask(&http, provider, token.access_token()).await?;
    info!(status = answer.status, "the userinfo endpoint answered");
    let name = || provider.name().to_owned();
    if answer.status == 401 {
        return Err(Error::TokenRefused { provider: name() });
    }
    let document = object(&answer.body);
    let now = std::time::SystemTime::now();
    if let Some(error) = refusal(provider, &answer, document.as_ref(), "access token", now) {
        return Err(match error {
            Error::Refused { code, .. } if code == "invalid_token" => {
                Error::TokenRefused { provider: name() }
            }
            other => other.of_endpoint("userinfo endpoint"),
        });
    }
    if !is_of(token, provider, &document.unwrap_or_default()) {
        return Err(Error::Protocol {
            provider: name(),
            reason: "it tells of another account than the token's".into(),
        });
    }
    let text = String::from_utf8(answer.body).ok();
    text.filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
        .map(|text| printable_json(text.trim()))
        .ok_or_else(|| Error::Protocol {
            provider: name(),
            reason: "it is not JSON".into(),
        })
}

/// Whether the answer tells of the token's account, where both tell of one. Who is known by an id_token is known by `sub`,
/// which has to be there then (OpenID Connect Core §5.3.2).
fn is_of(token: &Token, provider: &Provider, told: &Value) -> bool {
    let Some(own) = token.account() else {
        return true;
    };
    let scopes = token.scope().cloned().unwrap_or_default();
    if provider.id_token_issuer(&scopes).is_some() {
        return told["sub"] == own.id;
    }
    account(&provider.data.account, told).is_none_or(|told| told.id == own.id)
}

/// The account of a token that was just issued: the one of its id_token, or of its answer; else, and for a name, the
/// userinfo endpoint's. `None` if it cannot be learnt.
pub(crate) async fn account_of(
    http: &HttpClient,
    provider: &Provider,
    response: &TokenResponse,
    granted: &Scopes,
    signed: Option<Account>,
) -> Option<Account> {
    let has_name = granted.has("profile") || granted.has("email");
    match signed {
        Some(signed) if signed.name.is_empty() && has_name => {
            let told = userinfo(http, provider, response).await;
            // Of anybody else it is not believed (OpenID Connect Core §5.3.2).
            let own = told.filter(|told| told["sub"] == signed.id);
            let name = own.map(|told| claimed_name(&told)).unwrap_or_default();
            Some(Account { name, ..signed })
        }
        Some(signed) => Some(signed),
        None if response.account.is_some() => response.account.clone(),
        None => account(
            &provider.data.account,
            &userinfo(http, provider, response).await?,
        ),
    }
}

async fn userinfo(
    http: &HttpClient,
    provider: &Provider,
    response: &TokenResponse,
) -> Option<Value> {
    let asked = ask(http, provider, response.access_token.expose_secret());
    let answer = timeout(BESIDE_A_LOGIN, asked).await.ok()?.ok()?;
    object(&answer.body).filter(|_| answer.status == 200)
}

/// OpenID Connect Core §5.3.1.
async fn ask(http: &HttpClient, provider: &Provider, access_token: &str) -> Result<Answer, Error> {
    let (endpoint, bearer) = (
        provider.userinfo_endpoint()?,
        Credentials::Bearer(access_token),
    );
    match provider.data.userinfo_method {
        UserinfoMethod::Get => http.get(endpoint, bearer).await,
        UserinfoMethod::Post => http.post(endpoint, bearer).await,
    }
}
