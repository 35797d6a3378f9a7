//! Which clients a provider takes, and how they authenticate.

use crate::{
    Client, Provider,
    provider_data::{ClientAuthMethod, ClientIdFormat, ClientSecretFormat, RevocationAuthMethod},
};

impl Provider {
    /// The client id that the file itself names (a public client, RFC 6749 §2.1).
    pub fn client_id(&self) -> Option<&str> {
        self.data.client_id.as_deref()
    }

    /// Whether a client without a secret cannot be used here.
    pub fn requires_client_secret(&self) -> bool {
        !self.auth_methods().contains(&ClientAuthMethod::None)
    }

    /// Whether this can be a client id of this provider, as far as its data tells.
    pub fn accepts_client_id(&self, client_id: &str) -> bool {
        match self.data.client_id_format {
            Some(ClientIdFormat::Digits) => client_id.bytes().all(|b| b.is_ascii_digit()),
            None => true,
        }
    }

    /// Whether a client may have a secret here (RFC 6749 §2.1).
    pub fn takes_client_secret(&self) -> bool {
        self.auth_method(true) != ClientAuthMethod::None
    }

    /// Whether this looks like a client secret of this provider, as far as its data tells.
    pub fn looks_like_client_secret(&self, text: &str) -> bool {
        match self.data.client_secret_format {
            Some(ClientSecretFormat::Hex40) => {
                text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit())
            }
            None => false,
        }
    }

    /// Whether this client's secret does not look like one of this provider, as far as its data tells.
    pub fn doubts_client_secret(&self, client: &Client) -> bool {
        let is_odd = |secret| !self.looks_like_client_secret(secret);
        self.data.client_secret_format.is_some() && client.secret().is_some_and(is_odd)
    }

    /// How a client authenticates: with its secret, by the first way that takes one; without, as a public client.
    pub(crate) fn auth_method(&self, has_secret: bool) -> ClientAuthMethod {
        let methods = self.auth_methods();
        let takes_secret = |method: &&ClientAuthMethod| **method != ClientAuthMethod::None;
        let by_secret = methods.iter().find(takes_secret).copied();
        match by_secret {
            Some(method) if has_secret || self.requires_client_secret() => method,
            _ => ClientAuthMethod::None,
        }
    }

    /// RFC 8414 §2's default is `client_secret_basic`; and a client may always be a public one.
    fn auth_methods(&self) -> &[ClientAuthMethod] {
        const DEFAULT: &[ClientAuthMethod] =
            &[ClientAuthMethod::ClientSecretBasic, ClientAuthMethod::None];
        match &self.data.token_endpoint_auth_method {
            Some(only) => std::slice::from_ref(only),
            None => {
                let supported = self.data.token_endpoint_auth_methods_supported.as_deref();
                supported.unwrap_or(DEFAULT)
            }
        }
    }

    /// Whether a grant is revoked by its access token, which may have expired.
    pub(crate) fn revokes_by_access_token(&self) -> bool {
        self.data.revocation_endpoint_auth_method == Some(RevocationAuthMethod::Bearer)
    }

    /// The token endpoint's, unless the provider wants another one here.
    pub(crate) fn revocation_auth_method(&self, has_secret: bool) -> RevocationAuthMethod {
        let own = self.data.revocation_endpoint_auth_method;
        own.unwrap_or_else(|| self.auth_method(has_secret).into())
    }
}
