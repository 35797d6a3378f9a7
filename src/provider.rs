use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use url::Url;

use crate::{
    Client, Error, Scopes,
    authorization::check_parameter,
    endpoint::Endpoint,
    provider_data::{ClientAuthMethod, ClientIdFormat, ClientSecretFormat, Data, RedirectPort},
    read::read_text,
    redirect_uri::RedirectUri,
};

/// The providers that are built in: what `--provider` and `token.json` call them, and their data.
const PRESETS: &[(&str, &str)] = &[("strava", include_str!("providers/strava.toml"))];

/// A provider file is small; more than this is something else.
const MAX_FILE: u64 = 64 * 1024;

/// An authorization server as data: its endpoints under the names of RFC 8414 §2, and how it departs from the RFCs.
///
/// It is read from TOML. Only the two endpoints are required, the rest has the RFCs' defaults.
#[derive(Clone, Debug)]
pub struct Provider {
    id: String,
    name: String,
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
                reason: "there is no built-in provider of this name".into(),
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
        let error = |reason: String| Error::ProviderFile {
            origin: id.to_owned(),
            reason,
        };
        let data: Data = toml::from_str(text).map_err(|e| {
            let before = &text.as_bytes()[..e.span().map_or(0, |span| span.start).min(text.len())];
            let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
            error(format!("line {line}: {}", e.message().replace('\n', ", ")))
        })?;
        let parameters = data
            .authorization_parameters
            .keys()
            .chain(data.force_parameters.keys());
        for name in parameters {
            check_parameter(name).map_err(|e| error(e.to_string()))?;
        }
        for scope in &data.scopes {
            if Scopes::parse(scope, data.scope_separator).to_string() != *scope || scope.is_empty()
            {
                return Err(error(format!("{scope:?} is not one scope")));
            }
        }
        if let Some(prefix) = &data.env_prefix
            && !is_variable_name(prefix)
        {
            return Err(error(format!(
                "env_prefix: {prefix:?} cannot begin a variable's name"
            )));
        }
        let stem = || {
            Path::new(id)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned()
        };
        let name = data.name.clone().unwrap_or_else(stem);
        Ok(Provider {
            id: id.to_owned(),
            name,
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
        matches!(
            self.data.token_endpoint_auth_method,
            Some(ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost)
        )
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
        self.data.token_endpoint_auth_method != Some(ClientAuthMethod::None)
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

    pub(crate) fn authorization_endpoint(&self) -> &Url {
        self.data.authorization_endpoint.url()
    }

    pub(crate) fn token_endpoint(&self) -> &Url {
        self.data.token_endpoint.url()
    }

    pub(crate) fn userinfo_endpoint(&self) -> Option<&Url> {
        self.data.userinfo_endpoint.as_ref().map(Endpoint::url)
    }

    /// Whether a login can be ended from here (RFC 7009).
    pub fn can_revoke(&self) -> bool {
        self.data.revocation_endpoint.is_some()
    }

    pub(crate) fn revocation_endpoint(&self) -> Option<&Url> {
        self.data.revocation_endpoint.as_ref().map(Endpoint::url)
    }

    pub(crate) fn redirect_uri(&self) -> &RedirectUri {
        &self.data.redirect_uri
    }

    pub(crate) fn redirect_port(&self) -> RedirectPort {
        self.data.redirect_port
    }

    /// RFC 8414's default is `client_secret_basic`; a client without a secret is a public one.
    pub(crate) fn auth_method(&self, has_secret: bool) -> ClientAuthMethod {
        match self.data.token_endpoint_auth_method {
            Some(method) => method,
            None if has_secret => ClientAuthMethod::ClientSecretBasic,
            None => ClientAuthMethod::None,
        }
    }

    /// The token endpoint's, unless the provider wants another one here.
    pub(crate) fn revocation_auth_method(&self, has_secret: bool) -> ClientAuthMethod {
        let own = self.data.revocation_endpoint_auth_method;
        own.unwrap_or_else(|| self.auth_method(has_secret))
    }
}

/// What every shell takes for the name of a variable: it is printed for them to be evaluated.
fn is_variable_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
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
        assert_eq!(provider.redirect_port(), RedirectPort::Exact);
    }

    #[test]
    fn an_error_names_the_line() {
        let error =
            Provider::from_toml("name = 'x'\nauthorisation_endpoint = 'y'", "acme").unwrap_err();
        assert!(
            error
                .to_string()
                .contains("line 2: unknown field `authorisation_endpoint`"),
            "{error}"
        );
    }
}
