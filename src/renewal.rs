//! A refresh token at the provider: what comes of it is a new token (RFC 6749 §6).

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::{
    Client, Error, Event, Provider, Token,
    change::Change,
    event::OnEvent,
    http::{HttpClient, IN_ALL},
    id_token::{Expected, Verifier},
    metadata, token_endpoint,
    token_response::TokenResponse,
};

/// A refresh has its answer by then, the one retry and the waits before it included: others wait for its lock. A key that
/// is fetched after it takes three seconds more.
const REFRESH_IN_ALL: Duration = Duration::from_secs(25);

/// All that is needed to spend a refresh token, so that nothing but the spending itself can fail.
pub(crate) struct Renewal<'a> {
    provider: Provider,
    client: &'a Client,
    http: HttpClient,
    verifier: Option<Verifier>,
    started: Instant,
}

/// The new token, and how far the clocks are apart.
pub(crate) struct Renewed {
    pub(crate) token: Token,
    pub(crate) skew: Option<Duration>,
}

impl<'a> Renewal<'a> {
    /// Learns the endpoints from the issuer if need be, and the keys of its id_tokens. Nothing is spent yet.
    pub(crate) async fn prepare(
        provider: &Provider,
        client: &'a Client,
        stored: &Token,
    ) -> Result<Self, Error> {
        let started = Instant::now();
        let ready = Self::get_ready(provider, client, stored, started);
        let late = |_| Err(metadata::too_slow(&provider.first_endpoint()?));
        timeout(metadata::PATIENCE, ready)
            .await
            .unwrap_or_else(late)
    }

    async fn get_ready(
        provider: &Provider,
        client: &'a Client,
        stored: &Token,
        started: Instant,
    ) -> Result<Self, Error> {
        let http = HttpClient::new(&provider.first_endpoint()?)?;
        let provider = provider.discovered_by(&http).await?;
        let scopes = stored.scope().cloned().unwrap_or_default();
        Ok(Renewal {
            verifier: Verifier::prepare(&http, &provider, &scopes).await?,
            provider,
            client,
            http,
            started,
        })
    }

    /// Whether one more request can be afforded.
    pub(crate) fn has_time(&self) -> bool {
        self.started.elapsed() + IN_ALL <= REFRESH_IN_ALL
    }

    /// Sends the refresh token: once, and once more only if the provider asks for that and soon enough.
    pub(crate) async fn redeem(
        &mut self,
        change: &mut Change<'_>,
        stored: &Token,
        on_event: &OnEvent,
    ) -> Result<Renewed, Error> {
        let (provider, client) = (&self.provider, self.client);
        let ask = || token_endpoint::refresh(&self.http, provider, client, stored);
        let response = match ask().await {
            Err(Error::Unavailable {
                retry_after: Some(wait),
                ..
            }) if self.started.elapsed() + wait.min(REFRESH_IN_ALL) + IN_ALL <= REFRESH_IN_ALL => {
                // Whoever interrupts the wait finds nothing begun.
                change.unprepare();
                on_event.tell(Event::Waiting(wait));
                tokio::time::sleep(wait).await;
                on_event.tell(Event::Redeeming);
                change.prepare()?;
                ask().await
            }
            answered => answered,
        };
        let response = match response {
            Ok(response) => self.verified(response).await,
            Err(error) => Err(error),
        };
        let response = response.map_err(|error| error.after_sending("refresh token"))?;
        Ok(Renewed {
            skew: response.clock_skew,
            token: self.successor(stored, response),
        })
    }

    /// An id_token need not come with a refresh; one that does is believed no sooner than the first (OpenID Connect Core
    /// §12.2).
    async fn verified(&mut self, response: TokenResponse) -> Result<TokenResponse, Error> {
        let Some(verifier) = &mut self.verifier else {
            return Ok(response);
        };
        let expected = Expected {
            client_id: self.client.id(),
            nonce: None,
            max_age: None,
        };
        let account = match verifier.account(&self.http, &response, &expected).await {
            Err(error @ Error::IdToken { .. }) => return Err(error),
            // A key that cannot be fetched any more is no reason to lose what was granted: it came by TLS (§3.1.3.7,
            // number 6). Of the account it is not believed.
            Err(_) => None,
            Ok(signed) => signed.or(response.account),
        };
        Ok(TokenResponse {
            account,
            ..response
        })
    }

    /// The old token with what the answer says; what it does not say stays (RFC 6749 §6).
    fn successor(&self, replaced: &Token, response: TokenResponse) -> Token {
        let old = replaced.clone();
        // What was granted with these two stays so, told or not.
        let known = old.scope.clone().unwrap_or_default();
        let scope = response
            .scope
            .map(|told| told.with_implied(&known, true, true));
        // A name that is not told again is no other one.
        let account = response.account.map(|new| match &old.account {
            Some(known) if known.id == new.id && new.name.is_empty() => known.clone(),
            _ => new,
        });
        Token {
            access_token: response.access_token,
            expires_at: response.expires_at,
            refresh_token: response.refresh_token.or(old.refresh_token),
            scope: scope.or(old.scope),
            provider: Some(self.provider.id().to_owned()),
            client_id: Some(self.client.id().to_owned()),
            account: account.or(old.account),
            ..old
        }
    }
}
