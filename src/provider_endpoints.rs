//! Where a provider is asked for what.

use url::Url;

use crate::{Error, Provider, Scopes, endpoint::Endpoint, issuer::Issuer, metadata};

impl Provider {
    /// Where the person is sent (RFC 6749 §3.1).
    pub(crate) fn authorization_endpoint(&self) -> Result<&Url, Error> {
        let endpoint = self.data.authorization_endpoint.as_ref();
        self.endpoint(endpoint, "authorization_endpoint")
    }

    /// Where grants become tokens (RFC 6749 §3.2).
    pub(crate) fn token_endpoint(&self) -> Result<&Url, Error> {
        let endpoint = self.data.token_endpoint.as_ref();
        self.endpoint(endpoint, "token_endpoint")
    }

    /// Whose token it is, is asked here (OpenID Connect Core §5.3).
    pub(crate) fn userinfo_endpoint(&self) -> Result<&Url, Error> {
        let endpoint = self.data.userinfo_endpoint.as_ref();
        self.endpoint(endpoint, "userinfo_endpoint")
    }

    /// Where a login is ended (RFC 7009 §2).
    pub(crate) fn revocation_endpoint(&self) -> Result<&Url, Error> {
        let endpoint = self.data.revocation_endpoint.as_ref();
        self.endpoint(endpoint, "revocation_endpoint")
    }

    /// Where the keys are that sign its id_tokens (RFC 8414 §2).
    pub(crate) fn jwks_uri(&self) -> Result<&Url, Error> {
        self.endpoint(self.data.jwks_uri.as_ref(), "jwks_uri")
    }

    /// Who issues id_tokens for these scopes, if they can be verified; otherwise they are ignored.
    pub(crate) fn id_token_issuer(&self, scopes: &Scopes) -> Option<&Issuer> {
        let issuer = self.data.issuer.as_ref();
        issuer.filter(|_| self.data.jwks_uri.is_some() && scopes.has("openid"))
    }

    /// Who says that it does OpenID Connect says how its id_tokens are verified.
    pub(crate) fn check_scopes(&self, scopes: &Scopes) -> Result<(), Error> {
        if self.data.issuer.is_some() && scopes.has("openid") {
            self.jwks_uri()?;
        }
        Ok(())
    }

    /// Where to ask first: the client for that is good for the rest as well.
    pub(crate) fn first_endpoint(&self) -> Result<Url, Error> {
        match self.undiscovered() {
            Some(issuer) => metadata::url(issuer).cloned(),
            None => self.token_endpoint().cloned(),
        }
    }

    fn endpoint<'a>(
        &self,
        endpoint: Option<&'a Endpoint>,
        name: &'static str,
    ) -> Result<&'a Url, Error> {
        let endpoint = endpoint.map(Endpoint::url);
        endpoint.ok_or_else(|| Error::NoEndpoint {
            provider: self.name().to_owned(),
            endpoint: name,
        })
    }

    /// Whether a login can be ended from here (RFC 7009).
    pub fn can_revoke(&self) -> bool {
        self.data.revocation_endpoint.is_some()
    }
}
