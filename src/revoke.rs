use std::time::Duration;

use crate::{
    Client, Error, ErrorKind, Provider, Refresh, TokenFile, change::Change, http::HttpClient,
    token_endpoint,
};

/// Ends the login everywhere: revokes the grant at the provider (RFC 7009), and only then removes the file.
///
/// 1. Learn the provider's endpoints from its issuer, if they are not known (RFC 8414 §3).
/// 2. Where only an access token revokes, and it has expired, refresh it.
/// 3. Wait for the file's lock, so that no refresh brings the token back.
/// 4. Read the file again.
/// 5. Send the refresh token, else the access token; one that is already dead is what was wanted.
/// 6. Remove the file.
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
    let endpoint = provider.revocation_endpoint()?;
    if provider.revokes_by_access_token() {
        // One that has expired revokes nothing.
        let alive = Refresh::new(provider.clone(), client.clone()).min_ttl(Duration::ZERO);
        match alive.run(file).await {
            Err(error) if error.kind() == ErrorKind::LoginNeeded => {}
            refreshed => drop(refreshed?),
        }
    }
    let change = Change::begin(file).await?;
    let Some(token) = change.token()? else {
        return Ok(());
    };
    token.check_issuer(provider, client, file)?;
    change.check_removable()?;
    let http = HttpClient::new(endpoint)?;
    token_endpoint::revoke(&http, provider, client, &token).await?;
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
