use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use url::Url;

use crate::{
    Client, Error, Scopes,
    endpoint::Endpoint,
    presets::{PRESETS, why_none},
    provider_data::{
        ClientAuthMethod, ClientIdFormat, ClientSecretFormat, Data, RedirectPort,
        RevocationAuthMethod,
    },
    provider_file,
    read::read_text,
    redirect_uri::RedirectUri,
};

/// A provider file is small; more than this is something else.
const MAX_FILE: u64 = 64 * 1024;

/// An authorization server as data: its endpoints under the names of RFC 8414 §2, and how it departs from the RFCs.
///
/// It is read from TOML. Only the two endpoints are required, the rest has the RFCs' defaults.
#[derive(Clone, Debug)]
pub struct Provider {
    id: String,
    name: String,
    /// The TOML that `data` was read from.
    text: String,
    pub(crate) data: Data,
}

impl Provider {
    /// The names of the built-in providers.
    pub fn presets() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }

    /// A built-in provider.
    ///
    /// # Errors
    ///
    /// [`Error::ProviderFile`] if there is none of this name.
    pub fn preset(name: &str) -> Result<Self, Error> {
        match PRESETS.iter().find(|(preset, _)| *preset == name) {
            Some((id, text)) => Self::from_toml(text, id),
            None => Err(Error::ProviderFile {
                origin: format!("{name:?}"),
                reason: why_none(name),
            }),
        }
    }

    /// A provider from the user's own file; its id is the file's absolute path.
    ///
    /// # Errors
    ///
    /// [`Error::ProviderFile`] if the file cannot be read or does not describe a provider.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let error = |reason: String| Error::ProviderFile {
            origin: path.display().to_string(),
            reason,
        };
        let absolute = fs::canonicalize(path).map_err(|e| error(e.to_string()))?;
        if !absolute.is_file() {
            return Err(error("it is not a file".into()));
        }
        let text = File::open(&absolute).and_then(|file| read_text(file, MAX_FILE));
        Self::from_toml(
            &text.map_err(|e| error(e.to_string()))?,
            &absolute.to_string_lossy(),
        )
    }

    /// A provider from TOML. `id` is what `token.json` will call it.
    ///
    /// ```
    /// use loopin::Provider;
    ///
    /// let acme = r#"
    ///     name = "Acme"
    ///     authorization_endpoint = "https://acme.example/oauth/authorize"
    ///     token_endpoint = "https://acme.example/oauth/token"
    ///     scopes = ["read"]
    /// "#;
    /// assert_eq!(Provider::from_toml(acme, "acme")?.name(), "Acme");
    /// # Ok::<(), loopin::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ProviderFile`] with the line that is wrong.
    pub fn from_toml(text: &str, id: &str) -> Result<Self, Error> {
        let data = provider_file::read(text).map_err(|reason| Error::ProviderFile {
            origin: id.to_owned(),
            reason,
        })?;
        let name = data.name.clone();
        Ok(Provider {
            id: id.to_owned(),
            name: name.unwrap_or_else(|| provider_file::name_of(id)),
            text: text.to_owned(),
            data,
        })
    }

    /// What `token.json` calls it: a preset's name, or a file's absolute path.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the facts come from, and when they were read.
    pub fn source(&self) -> Option<&str> {
        self.data.source.as_deref()
    }

    /// The page where its users register an app.
    pub fn app_page(&self) -> Option<&str> {
        self.data.app_page.as_deref()
    }

    /// What somebody needs to make an app there, if it is more than an account.
    pub fn app_requires(&self) -> Option<&str> {
        self.data.app_requires.as_deref()
    }

    /// What to type where on the [`app_page`](Self::app_page); the redirect URI (RFC 6749 §3.1.2.2) if nothing else is
    /// known.
    pub fn app_form(&self) -> Vec<(&str, &str)> {
        let known = self.data.app_form.iter();
        let known: Vec<_> = known
            .map(|known| (known.field.as_str(), known.value.as_str()))
            .collect();
        if known.is_empty() {
            return vec![("Redirect URI", self.redirect_uri().as_str())];
        }
        known
    }

    /// The page where a person ends what was granted, by hand.
    pub fn account_page(&self) -> Option<&str> {
        self.data.account_page.as_deref()
    }

    /// No access token lives longer here.
    pub fn max_access_token_lifetime(&self) -> Option<Duration> {
        let seconds = self.data.max_access_token_lifetime?;
        Some(Duration::from_secs(seconds.get()))
    }

    /// The scopes to ask for when nobody says otherwise.
    pub fn scopes(&self) -> Scopes {
        self.data.scopes.iter().map(String::as_str).collect()
    }

    /// What separates its scopes: a space (RFC 6749 §3.3), or its own habit.
    pub fn scope_separator(&self) -> char {
        self.data.scope_separator
    }

    /// The prefix of the environment variables that hold its client, such as `STRAVA` in `STRAVA_CLIENT_ID`.
    pub fn env_prefix(&self) -> Option<&str> {
        self.data.env_prefix.as_deref()
    }

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

    fn endpoint<'a>(
        &self,
        endpoint: Option<&'a Endpoint>,
        name: &'static str,
    ) -> Result<&'a Url, Error> {
        let endpoint = endpoint.map(Endpoint::url);
        endpoint.ok_or_else(|| Error::NoEndpoint {
            provider: self.name.clone(),
            endpoint: name,
        })
    }

    /// Whether a login can be ended from here (RFC 7009).
    pub fn can_revoke(&self) -> bool {
        self.data.revocation_endpoint.is_some()
    }

    pub(crate) fn redirect_uri(&self) -> &RedirectUri {
        &self.data.redirect_uri
    }

    pub(crate) fn redirect_port(&self) -> RedirectPort {
        self.data.redirect_port
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

    /// The token endpoint's, unless the provider wants another one here.
    pub(crate) fn revocation_auth_method(&self, has_secret: bool) -> RevocationAuthMethod {
        let own = self.data.revocation_endpoint_auth_method;
        own.unwrap_or_else(|| self.auth_method(has_secret).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minimal(authorization_endpoint: &str) -> Result<Provider, Error> {
        let text = format!(
            "authorization_endpoint = '{authorization_endpoint}'\ntoken_endpoint = 'https://as.example/token'"
        );
        Provider::from_toml(&text, "/tmp/acme.toml")
    }

    #[test]
    fn every_preset_parses_and_names_its_source() {
        for name in Provider::presets() {
            let preset = Provider::preset(name).unwrap();
            assert!(preset.source().is_some(), "{name} has no source");
            assert!(!preset.scopes().is_empty(), "{name} asks for nothing");
        }
    }

    #[test]
    fn two_endpoints_are_enough() {
        let provider = minimal("https://as.example/authorize?tenant=a&x=%26").unwrap();
        assert_eq!(provider.name(), "acme");
        assert_eq!(
            provider.auth_method(true),
            ClientAuthMethod::ClientSecretBasic
        );
        assert_eq!(provider.auth_method(false), ClientAuthMethod::None);
        assert_eq!(provider.redirect_port(), RedirectPort::Unknown);
    }
}
