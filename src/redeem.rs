//! From the answer of a login to its token.

use std::time::Duration;

use secrecy::SecretString;
use tokio::task::JoinSet;

use crate::{
    Account, Error, Login, Provider, Scopes, Token,
    authorization::{AuthorizationRequest, AuthorizationResponse},
    http::{HttpClient, Preparing},
    id_token::{Expected, Verifier},
    token_endpoint,
    token_response::TokenResponse,
    untrusted::known_code,
    whoami::account_of,
};

/// What the exchange needs, being made ready while the person reads. Dropped, it stops.
pub(crate) struct GettingReady {
    tools: JoinSet<Result<Tools, Error>>,
    provider: Provider,
    scopes: Scopes,
}

struct Tools {
    http: HttpClient,
    verifier: Option<Verifier>,
}

impl Login {
    pub(crate) fn get_ready(&self) -> Result<GettingReady, Error> {
        let (provider, scopes) = (self.provider.clone(), self.wanted());
        let http = HttpClient::prepare(provider.token_endpoint()?)?;
        let mut tools = JoinSet::new();
        let tool = Tools::prepare(http, provider.clone(), scopes.clone());
        tools.spawn(tool);
        Ok(GettingReady {
            tools,
            provider,
            scopes,
        })
    }

    /// The answer's code becomes a token, with its scopes and its account; and how far the clocks are apart.
    pub(crate) async fn redeem(
        &self,
        answer: AuthorizationResponse,
        request: &AuthorizationRequest,
        ready: GettingReady,
    ) -> Result<(Token, Option<Duration>), Error> {
        let provider = &self.provider;
        let (code, redirect_scope) = self.code(answer)?;
        let Tools { http, verifier } = ready.tools().await?;
        let response = token_endpoint::exchange(
            &http,
            provider,
            &self.client,
            &code,
            request.code_verifier.secret(),
            &request.redirect_uri,
            &self.resource,
        )
        .await;
        let response = response.map_err(|error| error.after_sending("authorization code"))?;
        let granted = self.granted(&response, redirect_scope);
        let signed = match verifier {
            Some(verifier) => {
                self.signed(verifier, &http, &response, request, &granted)
                    .await?
            }
            None => None,
        };
        let (is_signed, has_refresh_token) = (signed.is_some(), response.refresh_token.is_some());
        let wanted = self.wanted();
        let granted = granted.with_implied(&wanted, is_signed, has_refresh_token);
        let missing = wanted.without(&granted);
        if self.require_scopes && !missing.is_empty() {
            return Err(Error::ScopesMissing {
                provider: provider.name().to_owned(),
                missing: missing.to_string(),
            });
        }
        let account = account_of(&http, provider, &response, &granted, signed).await;
        let token = Token {
            access_token: response.access_token,
            token_type: "Bearer".into(),
            expires_at: response.expires_at,
            refresh_token: response.refresh_token,
            scope: Some(granted),
            requested_scope: Some(wanted),
            resource: self.resource.clone(),
            provider: Some(provider.id().to_owned()),
            client_id: Some(self.client.id().to_owned()),
            account,
        };
        Ok((token, response.clock_skew))
    }

    /// The answer may tell the scope, the redirect may (Strava); an answer that does not grants what was asked for
    /// (RFC 6749 §5.1).
    fn granted(&self, response: &TokenResponse, redirect_scope: Option<String>) -> Scopes {
        let separator = self.provider.granted_scope_separator();
        let redirect_scope = redirect_scope.map(|scope| Scopes::parse(&scope, separator));
        let granted = response.scope.clone().or(redirect_scope);
        granted.unwrap_or_else(|| self.wanted())
    }

    /// Who logged in, by the id_token, which comes with `openid` (OpenID Connect Core §3.1.3.3).
    async fn signed(
        &self,
        mut verifier: Verifier,
        http: &HttpClient,
        response: &TokenResponse,
        request: &AuthorizationRequest,
        granted: &Scopes,
    ) -> Result<Option<Account>, Error> {
        let expected = Expected {
            client_id: self.client.id(),
            nonce: request.nonce.as_deref(),
            max_age: request.max_age,
        };
        let signed = verifier.account(http, response, &expected).await?;
        if signed.is_none() && granted.has("openid") {
            return Err(verifier.refused("there is none, and openid was granted"));
        }
        Ok(signed)
    }

    /// The code, or why there is none (RFC 6749 §4.1.2.1).
    fn code(&self, answer: AuthorizationResponse) -> Result<(SecretString, Option<String>), Error> {
        let provider = self.provider.name().to_owned();
        match answer {
            AuthorizationResponse::Code { code, scope } => Ok((code, scope)),
            AuthorizationResponse::WrongIssuer => Err(Error::WrongIssuer { provider }),
            AuthorizationResponse::Error { error } => Err(match error.as_str() {
                "access_denied" => Error::Denied { provider },
                "server_error" | "temporarily_unavailable" => Error::Unavailable {
                    provider,
                    reason: error,
                    retry_after: None,
                },
                _ => Error::Refused {
                    provider,
                    code: known_code(&error),
                },
            }),
        }
    }
}

impl GettingReady {
    /// What could not be had while there was time is tried once more: no code was sent yet.
    async fn tools(mut self) -> Result<Tools, Error> {
        if let Some(Ok(Ok(tools))) = self.tools.join_next().await {
            return Ok(tools);
        }
        let http = HttpClient::prepare(self.provider.token_endpoint()?)?;
        Tools::prepare(http, self.provider, self.scopes).await
    }
}

impl Tools {
    async fn prepare(http: Preparing, provider: Provider, scopes: Scopes) -> Result<Self, Error> {
        let http = http.ready().await?;
        let verifier = Verifier::prepare(&http, &provider, &scopes).await?;
        Ok(Tools { http, verifier })
    }
}
