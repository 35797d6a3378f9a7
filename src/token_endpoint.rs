use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use tracing::info;
use url::Url;

use crate::{
    Client, Error, Provider, Token,
    http::{Answer, Credentials, HttpClient},
    provider_data::{ClientAuthMethod, RevocationAuthMethod},
    token_response::{TokenResponse, revocation_response, token_response},
};

/// Exchanges the code for a token (RFC 6749 §4.1.3), once: a code is never sent again.
pub(crate) async fn exchange(
    http: &HttpClient,
    provider: &Provider,
    client: &Client,
    code: &SecretString,
    code_verifier: &str,
    redirect_uri: &str,
    resource: &[String],
) -> Result<TokenResponse, Error> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.expose_secret()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", code_verifier),
    ];
    form.extend(of_resource(resource));
    let answer = ask_for_token(http, provider, client, &form).await?;
    token_response(provider, &answer, "authorization code", SystemTime::now())
}

/// Refreshes the token (RFC 6749 §6). The scopes stay those of the grant: none is named. Its resources are named again
/// (RFC 8707 §2.2).
pub(crate) async fn refresh(
    http: &HttpClient,
    provider: &Provider,
    client: &Client,
    token: &Token,
) -> Result<TokenResponse, Error> {
    let mut form = vec![
        ("grant_type", "refresh_token"),
        ("refresh_token", token.refresh_token().unwrap_or_default()),
    ];
    form.extend(of_resource(token.resource()));
    let answer = ask_for_token(http, provider, client, &form).await?;
    token_response(provider, &answer, "refresh token", SystemTime::now())
}

/// Revokes a grant: its refresh token if there is one, else its access token (RFC 7009 §2.1); or as the provider wants.
pub(crate) async fn revoke(
    http: &HttpClient,
    provider: &Provider,
    client: &Client,
    token: &Token,
) -> Result<(), Error> {
    let endpoint = provider.revocation_endpoint()?;
    let refresh_token = token.refresh_token();
    let form = match refresh_token.filter(|_| !provider.revokes_by_access_token()) {
        Some(token) => [("token", token), ("token_type_hint", "refresh_token")],
        None => [
            ("token", token.access_token()),
            ("token_type_hint", "access_token"),
        ],
    };
    let by_client = |method| post(http, provider, client, endpoint, method, &form);
    let answer = match provider.revocation_auth_method(client.has_secret()) {
        RevocationAuthMethod::ClientSecretBasic => {
            by_client(ClientAuthMethod::ClientSecretBasic).await?
        }
        RevocationAuthMethod::ClientSecretPost => {
            by_client(ClientAuthMethod::ClientSecretPost).await?
        }
        RevocationAuthMethod::None => by_client(ClientAuthMethod::None).await?,
        RevocationAuthMethod::Bearer => {
            let bearer = Credentials::Bearer(token.access_token());
            http.post(endpoint, bearer).await?
        }
    };
    info!(status = answer.status, "the revocation endpoint answered");
    revocation_response(provider, &answer, SystemTime::now())
}

/// RFC 8707 §2.
fn of_resource(resource: &[String]) -> impl Iterator<Item = (&'static str, &str)> {
    resource.iter().map(|uri| ("resource", uri.as_str()))
}

/// What could be found out only after the person has been troubled: a secret that is wanted and missing.
pub(crate) fn check_client(provider: &Provider, client: &Client) -> Result<(), Error> {
    let method = provider.auth_method(client.has_secret());
    secret(provider, client, method).map(|_| ())
}

async fn ask_for_token(
    http: &HttpClient,
    provider: &Provider,
    client: &Client,
    grant: &[(&str, &str)],
) -> Result<Answer, Error> {
    let endpoint = provider.token_endpoint()?;
    let method = provider.auth_method(client.has_secret());
    // Before the answer, not after it: a terminal that takes nothing must not hold up a token that is not saved yet.
    info!("asking the token endpoint");
    post(http, provider, client, endpoint, method, grant).await
}

/// Sends a form, the client authenticated by one method only (RFC 6749 §2.3).
async fn post(
    http: &HttpClient,
    provider: &Provider,
    client: &Client,
    endpoint: &Url,
    method: ClientAuthMethod,
    form: &[(&str, &str)],
) -> Result<Answer, Error> {
    let secret = secret(provider, client, method)?;
    let (user, password) = (encoded(client.id()), encoded(secret));
    let (mut form, mut credentials) = (form.to_vec(), Credentials::None);
    match method {
        // RFC 6749 §2.3.1: both are form-urlencoded before they are joined.
        ClientAuthMethod::ClientSecretBasic => {
            credentials = Credentials::Basic {
                user: &user,
                password: &password,
            };
        }
        ClientAuthMethod::ClientSecretPost => {
            form.extend([("client_id", client.id()), ("client_secret", secret)]);
        }
        ClientAuthMethod::None => form.push(("client_id", client.id())),
    }
    http.post_form(endpoint, &form, credentials).await
}

/// The secret that the method wants.
fn secret<'a>(
    provider: &Provider,
    client: &'a Client,
    method: ClientAuthMethod,
) -> Result<&'a str, Error> {
    match (method, client.secret()) {
        (ClientAuthMethod::None, _) => Ok(""),
        (_, Some(secret)) => Ok(secret),
        (_, None) => Err(Error::NoClientSecret {
            provider: provider.name().to_owned(),
            client_id: client.id().to_owned(),
        }),
    }
}

/// One layer of `application/x-www-form-urlencoded`.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
