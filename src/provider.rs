use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use url::Url;

use crate::{
    Error, Scopes,
    endpoint::{Endpoint, is_loopback},
    issuer::Issuer,
    presets::{PRESETS, of_variables, why_none},
    provider_data::{Data, RedirectPort},
    provider_file,
    read::read_text,
    redirect_uri::RedirectUri,
    untrusted::printable,
};

/// A provider file is small; more than this is something else.
const MAX_FILE: u64 = 64 * 1024;

/// An authorization server as data: its endpoints under the names of RFC 8414 §2, and how it departs from the RFCs.
///
/// It is read from TOML. Only the two endpoints are required, or an issuer that tells them; the rest has the RFCs'
/// defaults.
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
    /// [`Error::UnknownProvider`] if there is none of this name.
    pub fn preset(name: &str) -> Result<Self, Error> {
        match PRESETS.iter().find(|(preset, _)| *preset == name) {
            Some((id, text)) => Self::from_toml(text, id),
            None => Err(Error::UnknownProvider {
                name: printable(name, 200),
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
    /// [`Error::ProviderFile`] with the line, or the key, that is wrong.
    pub fn from_toml(text: &str, id: &str) -> Result<Self, Error> {
        let data = provider_file::read(text).map_err(|reason| Error::ProviderFile {
            origin: id.to_owned(),
            reason,
        })?;
        check_variables(&data, id)?;
        let name = data.name.clone();
        Ok(Provider {
            id: id.to_owned(),
            name: name.unwrap_or_else(|| provider_file::name_of(id)),
            text: text.to_owned(),
            data,
        })
    }

    /// The provider of which only the issuer is known (RFC 8414 §2), which is its id. What else there is to know is
    /// asked there by [`Provider::discovered`].
    ///
    /// # Errors
    ///
    /// [`Error::ProviderFile`] if it cannot be an issuer.
    pub fn from_issuer(issuer: &str) -> Result<Self, Error> {
        let checked =
            Issuer::try_from(issuer.to_owned()).map_err(|reason| Error::ProviderFile {
                origin: without_user(&printable(issuer, 200)),
                reason,
            })?;
        if checked.url().is_none() {
            return Err(Error::ProviderFile {
                origin: issuer.to_owned(),
                reason: "it stands for many issuers: name one of them".into(),
            });
        }
        Self::from_toml(&format!("issuer = \"{}\"\n", checked.as_str()), issuer)
    }

    /// Whether its endpoints are known: the RFC's two (RFC 6749 §3), and with them the rest.
    pub fn is_discovered(&self) -> bool {
        self.undiscovered().is_none()
    }

    /// Its issuer, if that still has to be asked for the endpoints.
    pub(crate) fn undiscovered(&self) -> Option<&Issuer> {
        let data = &self.data;
        let is_complete = data.authorization_endpoint.is_some() && data.token_endpoint.is_some();
        data.issuer.as_ref().filter(|_| !is_complete)
    }

    /// With what its issuer told, where its own file says nothing.
    pub(crate) fn completed_by(&self, told: &[(&str, String)]) -> Result<Self, String> {
        let (data, text) = provider_file::completed(&self.text, told)?;
        Ok(Provider {
            data,
            text,
            ..self.clone()
        })
    }

    /// The TOML that says all this, as a provider file does.
    pub fn toml(&self) -> &str {
        &self.text
    }

    /// What `token.json` calls it: a preset's name, an issuer, or a file's absolute path.
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
            return vec![("Redirect URI", self.redirect_uri())];
        }
        known
    }

    /// The redirect URI that an app there has to have (RFC 6749 §3.1.2).
    pub fn redirect_uri(&self) -> &str {
        self.data.redirect_uri.as_str()
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

    /// The scopes that it lists, if it does (RFC 8414 §2): more than are asked for by default.
    pub fn scopes_supported(&self) -> Scopes {
        let listed = self.data.scopes_supported.iter().map(String::as_str);
        listed.collect()
    }

    /// What separates its scopes: a space (RFC 6749 §3.3), or its own habit.
    pub fn scope_separator(&self) -> char {
        self.data.scope_separator
    }

    /// What separates scopes in its answers.
    pub(crate) fn granted_scope_separator(&self) -> char {
        let own = self.data.granted_scope_separator;
        own.unwrap_or(self.data.scope_separator)
    }

    /// The prefix of the environment variables that hold its client, such as `STRAVA` in `STRAVA_CLIENT_ID`.
    pub fn env_prefix(&self) -> Option<&str> {
        self.data.env_prefix.as_deref()
    }

    pub(crate) fn redirect(&self) -> &RedirectUri {
        &self.data.redirect_uri
    }

    pub(crate) fn redirect_port(&self) -> RedirectPort {
        self.data.redirect_port
    }
}

/// A built-in provider's variables go to its own servers only; the presets themselves need no look.
fn check_variables(data: &Data, id: &str) -> Result<(), Error> {
    let is_preset = PRESETS.iter().any(|(preset, _)| *preset == id);
    let prefix = data.env_prefix.as_deref().filter(|_| !is_preset);
    match prefix.and_then(|prefix| Some((prefix, of_variables(prefix)?))) {
        Some((prefix, (preset, own))) if !is_at(data, &own) => Err(Error::ProviderFile {
            origin: id.to_owned(),
            reason: format!(
                "env_prefix: variables that begin with {prefix} are those of {preset}, and for its servers only"
            ),
        }),
        _ => Ok(()),
    }
}

/// Whether a client's secret would go nowhere but where the other provider sends it, and to this machine.
fn is_at(data: &Data, other: &Data) -> bool {
    let known: Vec<_> = who_gets_secrets(other).map(Url::host).collect();
    who_gets_secrets(data).all(|target| is_loopback(target) || known.contains(&target.host()))
}

/// The issuer too: its metadata may name the rest.
fn who_gets_secrets(data: &Data) -> impl Iterator<Item = &Url> {
    let endpoints = [&data.token_endpoint, &data.revocation_endpoint];
    let endpoints = endpoints.into_iter().flatten().map(Endpoint::url);
    endpoints.chain(data.issuer.as_ref().and_then(Issuer::url))
}

/// A URL that may have a password in it, for an error.
fn without_user(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider_data::ClientAuthMethod;

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
