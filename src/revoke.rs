use std::time::Duration;

use crate::{
    Client, Error, ErrorKind, Provider, Refresh, TokenFile, change::Change, http::HttpClient,
    token_endpoint,
};

/// Ends the login everywhere: revokes the grant at the provider (RFC 7009), and only then removes the file.
///
/// 1. Learn the provider's endpoints from its issuer, if they are not known (RFC 8414 §3).
/// 2. Wait for the file's lock, so that no refresh brings the token back.
/// 3. Read the file again.
/// 4. Send the refresh token, else the access token; one that is already dead is what was wanted. Where only an access
///    token revokes, it is refreshed before if it has expired, and once more if it is refused.
/// 5. Remove the file.
///
/// Without a file nothing is revoked. It needs a tokio runtime with I/O and time. Dropped in between, the grant may be
/// dead and the file still there: call it again.
///
/// # Errors
///
/// [`Error::NoEndpoint`] if the provider's data names no revocation endpoint: [`TokenFile::forget`] is all that can be
/// done then. With any other error the file is still there, unless it says that it could not be removed.
pub async fn revoke(provider: &Provider, client: &Client, file: &TokenFile) -> Result<(), Error> {
    let provider = &provider.discovered().await?;
    if !provider.revokes_by_access_token() {
        return revoke_stored(provider, client, file, false).await;
    }
    let refresh = || Refresh::new(provider.clone(), client.clone());
    renew(refresh().min_ttl(Duration::ZERO), file).await?;
    match revoke_stored(provider, client, file, true).await {
        // It seemed to live: by a wrong clock, or the provider never told how long. A dead grant gets no other one.
        Err(Error::TokenRefused { .. }) => {
            renew(refresh().force(), file).await?;
            revoke_stored(provider, client, file, false).await
        }
        revoked => revoked,
    }
}

/// A new access token, if there can be one.
async fn renew(refresh: Refresh, file: &TokenFile) -> Result<(), Error> {
    match refresh.run(file).await {
        Err(error) if error.kind() != ErrorKind::LoginNeeded => Err(error),
        _ => Ok(()),
    }
}

/// From the second step on. `again`: whether an access token that is refused is worth another look.
async fn revoke_stored(
    provider: &Provider,
    client: &Client,
    file: &TokenFile,
    again: bool,
) -> Result<(), Error> {
    let endpoint = provider.revocation_endpoint()?;
    let change = Change::begin(file).await?;
    let Some(token) = change.token()? else {
        return Ok(());
    };
    token.check_issuer(provider, client, file)?;
    change.check_removable()?;
    let http = HttpClient::new(endpoint)?;
    match token_endpoint::revoke(&http, provider, client, &token).await {
        Err(Error::TokenRefused { .. }) if !again || token.refresh_token().is_none() => {}
        revoked => revoked?,
    }
    change.remove().map_err(|error| Error::RevokedOnly {
        provider: provider.name().to_owned(),
        error: Box::new(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::{Kept, Login};

    /// An embedder runs them on any runtime.
    #[test]
    fn the_flows_can_be_sent_to_another_thread() {
        fn is_send(_: impl Send) {}
        let (provider, client) = (Provider::preset("strava").unwrap(), Client::public("1"));
        let file = TokenFile::new("token.json").unwrap();
        is_send(revoke(&provider, &client, &file));
        let login = Login::new(provider.clone(), client.clone());
        is_send(login.run(|_| (), async |_| Ok(Kept::default())));
        is_send(file.valid_token(&provider, &client, std::time::Duration::ZERO));
    }
}
