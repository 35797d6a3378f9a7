//! Discovery: from an issuer to its endpoints (RFC 8414, OpenID Connect Discovery 1.0).

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::{
    Error, Provider, Scopes,
    endpoint::{Endpoint, may_be_this_machine},
    http::{Credentials, HttpClient, host, is_unwell},
    issuer::Issuer,
    object::object,
};

/// Metadata and keys are fetched within this, or not at all: a refresh holds the lock meanwhile.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What is asked for if nobody says otherwise: who it is, by which name, and that it lasts (OpenID Connect Core §5.4, §11).
const SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// The endpoints that are used.
const ENDPOINTS: [&str; 5] = [
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
];

/// How a client can authenticate that has nothing but a secret, or not even that.
const AUTH_METHODS: [&str; 3] = ["client_secret_basic", "client_secret_post", "none"];

impl Provider {
    /// The provider with this issuer identifier, as its metadata describes it (RFC 8414 §3, else OpenID Connect Discovery
    /// §4). `issuer` is https, or http on a loopback host; the metadata has to name the very same, character by
    /// character. What is not told has the RFCs' defaults.
    ///
    /// ```
    /// # use std::{io::{Read, Write}, net::TcpListener, thread};
    /// # let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    /// # let issuer = format!("http://{}", listener.local_addr().unwrap());
    /// # let metadata = format!(r#"{{"issuer": "{issuer}", "authorization_endpoint": "{issuer}/authorize",
    /// #     "token_endpoint": "{issuer}/token", "userinfo_endpoint": "{issuer}/me", "jwks_uri": "{issuer}/jwks",
    /// #     "scopes_supported": ["openid", "offline_access", "mail"]}}"#);
    /// # thread::spawn(move || {
    /// #     let (mut stream, _) = listener.accept().unwrap();
    /// #     stream.read(&mut [0; 4096]).unwrap();
    /// #     write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{metadata}", metadata.len()).unwrap();
    /// # });
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
    /// use loopin::Provider;
    ///
    /// let provider = Provider::discover(&issuer).await?;
    /// assert_eq!(provider.id(), issuer);
    /// assert_eq!(provider.scopes().to_string(), "openid offline_access");
    /// # Ok::<(), loopin::Error>(()) }).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::ProviderFile`] if it cannot be an issuer, [`Error::Metadata`] if its metadata cannot be believed or used,
    /// and those of a request.
    pub async fn discover(issuer: &str) -> Result<Self, Error> {
        Self::from_issuer(issuer)?.discovered().await
    }

    /// The provider with its endpoints: as it is, or as its issuer's metadata completes it, which is fetched each time.
    /// The flows do that themselves.
    ///
    /// # Errors
    ///
    /// Those of [`Provider::discover`].
    pub async fn discovered(&self) -> Result<Self, Error> {
        let Some(issuer) = self.undiscovered() else {
            return Ok(self.clone());
        };
        self.discovered_by(&HttpClient::new(url(issuer)?)?).await
    }

    /// The same by this client.
    pub(crate) async fn discovered_by(&self, http: &HttpClient) -> Result<Self, Error> {
        let Some(issuer) = self.undiscovered() else {
            return Ok(self.clone());
        };
        let document = timeout(PATIENCE, document(http, issuer)).await;
        let document = match document {
            Ok(document) => document?,
            Err(_) => return Err(too_slow(url(issuer)?)),
        };
        self.described_by(issuer, &document)
    }

    /// The same by a document that was found.
    pub(crate) fn described_by(&self, issuer: &Issuer, document: &Value) -> Result<Self, Error> {
        let described = toml(issuer, document).and_then(|told| self.completed_by(&told));
        described.map_err(|reason| unusable(issuer, reason))
    }
}

/// The issuer's metadata, wherever it is. Some servers tell of OpenID Connect at the second address only; and what is
/// there of another issuer is not used (RFC 8414 §3.3), only named.
async fn document(http: &HttpClient, issuer: &Issuer) -> Result<Value, Error> {
    let (mut known, mut other, mut failed, mut found) = (None, None, None, Vec::new());
    for place in places(url(issuer)?) {
        match (told(http, &place, &mut found).await, &mut known) {
            (Ok(Some(told)), _) if told["issuer"] != issuer.as_str() => other = Some(told),
            (Ok(Some(told)), None) => known = Some(told),
            (Ok(Some(told)), Some(first)) => complete(first, &told),
            (Ok(None), _) => {}
            // Its other address is no better.
            (Err(error @ (Error::Unreachable { .. } | Error::Untrusted { .. })), None) => {
                return Err(error);
            }
            (Err(error), _) => failed = failed.or(Some(error)),
        }
        if known.as_ref().is_some_and(is_complete) {
            break;
        }
    }
    // What only names people is not worth failing for; what signs for them is.
    match (known, failed) {
        (Some(known), None) => Ok(known),
        (Some(known), Some(_)) if has_keys(&known) || !is_openid(&known) => Ok(known),
        (_, Some(error)) => Err(error),
        // Only to be named.
        (None, None) => {
            other.ok_or_else(|| no_document(issuer, "its well-known addresses", &found))
        }
    }
}

/// The document that is here, if there is one; else its status is `found`.
async fn told(
    http: &HttpClient,
    place: &Url,
    found: &mut Vec<u16>,
) -> Result<Option<Value>, Error> {
    let answer = http.get(place, Credentials::None).await?;
    if is_unwell(answer.status) {
        return Err(unwell(host(place), answer.status));
    }
    found.push(answer.status);
    Ok(object(&answer.body).filter(|_| answer.status == 200))
}

fn unwell(provider: String, status: u16) -> Error {
    Error::Unavailable {
        provider,
        reason: format!("status {status}"),
        retry_after: None,
    }
}

fn is_complete(document: &Value) -> bool {
    has_keys(document) && !document["userinfo_endpoint"].is_null()
}

/// Whether id_tokens can be verified.
fn has_keys(document: &Value) -> bool {
    !document["jwks_uri"].is_null()
}

/// Whether it does OpenID Connect, whose metadata has to name an algorithm (Discovery §3).
fn is_openid(document: &Value) -> bool {
    let scopes = document["scopes_supported"].as_array();
    scopes.is_some_and(|scopes| scopes.iter().any(|scope| scope == "openid"))
        || document["id_token_signing_alg_values_supported"].is_array()
}

/// What the first document does not tell, the second one may.
fn complete(document: &mut Value, other: &Value) {
    for name in ENDPOINTS {
        if document[name].is_null() {
            document[name] = other[name].clone();
        }
    }
}

/// Nothing was there that could be read, at any of its addresses.
pub(crate) fn no_document(issuer: &Issuer, what: &str, found: &[u16]) -> Error {
    if let Some(status) = found.iter().find(|status| is_unwell(**status)) {
        return unwell(issuer.as_str().to_owned(), *status);
    }
    let found: Vec<_> = found.iter().map(u16::to_string).collect();
    let found = found.join(" and ");
    unusable(
        issuer,
        format!("nothing of use is at {what} (status {found})"),
    )
}

pub(crate) fn too_slow(url: &Url) -> Error {
    Error::NoAnswer {
        host: host(url),
        reason: "it took too long".into(),
    }
}

/// RFC 8414 §3.1 puts its path before the issuer's own, OpenID Connect Discovery §4.1 after it.
fn places(issuer: &Url) -> [Url; 2] {
    let path = issuer.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url
    };
    [
        at(format!("/.well-known/oauth-authorization-server{path}")),
        at(format!("{path}/.well-known/openid-configuration")),
    ]
}

/// What the metadata says, as keys of a provider file; or why none of it may be used.
fn toml(issuer: &Issuer, document: &Value) -> Result<Vec<(&'static str, String)>, String> {
    let named = text(document, "issuer")?.unwrap_or_default();
    if named != issuer.as_str() {
        return Err(match Issuer::try_from(named.to_owned()) {
            Ok(other) if other.url().is_none() => {
                format!(
                    "it is that of many issuers, {}: name one of them",
                    other.as_str()
                )
            }
            Ok(other) => format!("it is that of another issuer, {}", other.as_str()),
            Err(_) => "it is that of another issuer".into(),
        });
    }
    let is_local = issuer.url().is_some_and(may_be_this_machine);
    let mut keys = Vec::new();
    for name in ENDPOINTS {
        let Some(address) = text(document, name)? else {
            continue;
        };
        let endpoint = Endpoint::try_from(address.to_owned());
        let endpoint = endpoint.map_err(|reason| format!("{name}: {reason}"))?;
        if may_be_this_machine(endpoint.url()) && !is_local {
            return Err(format!("{name} is on this machine, and the issuer is not"));
        }
        keys.push((name, format!("{address:?}")));
    }
    if list(document, "response_types_supported")?.is_some_and(|types| !types.contains(&"code")) {
        return Err("it does not grant authorization codes".into());
    }
    if is_true(document, "require_pushed_authorization_requests")? {
        return Err(
            "it demands pushed authorization requests (RFC 9126), which are not made".into(),
        );
    }
    if is_true(document, "require_signed_request_object")? {
        return Err("it demands signed requests (RFC 9101), which are not made".into());
    }
    if is_true(document, "authorization_response_iss_parameter_supported")? {
        keys.push((
            "authorization_response_iss_parameter_supported",
            "true".into(),
        ));
    }
    let listed = list(document, "token_endpoint_auth_methods_supported")?;
    if let Some(listed) = listed.filter(|listed| !listed.is_empty()) {
        let mut methods: Vec<_> = AUTH_METHODS
            .into_iter()
            .filter(|m| listed.contains(m))
            .collect();
        if methods.is_empty() {
            return Err("it authenticates clients neither by a secret nor as public ones".into());
        }
        // Many a server that takes public clients does not list it.
        if !methods.contains(&"none") {
            methods.push("none");
        }
        keys.push((
            "token_endpoint_auth_methods_supported",
            format!("{methods:?}"),
        ));
    }
    let scopes = scopes(document)?;
    if scopes.contains(&"openid") {
        // OpenID Connect Core §3.1.2.1.
        keys.push(("force_parameters", "{ prompt = \"login consent\" }".into()));
    }
    keys.push(("scopes", format!("{scopes:?}")));
    if let Some(listed) = list(document, "scopes_supported")? {
        let listed: Scopes = listed.into_iter().collect();
        let listed = listed.to_string();
        let listed: Vec<_> = listed.split_whitespace().collect();
        keys.push(("scopes_supported", format!("{listed:?}")));
    }
    Ok(keys)
}

/// Only what the server lists; of one that lists nothing, what OpenID Connect demands of it.
fn scopes(document: &Value) -> Result<Vec<&'static str>, String> {
    let mut scopes = match list(document, "scopes_supported")? {
        Some(listed) => SCOPES.into_iter().filter(|s| listed.contains(s)).collect(),
        None if is_openid(document) => vec!["openid"],
        None => Vec::new(),
    };
    // What nobody could verify is not asked for.
    if !has_keys(document) {
        scopes.retain(|scope| *scope != "openid");
    }
    Ok(scopes)
}

fn text<'a>(document: &'a Value, name: &str) -> Result<Option<&'a str>, String> {
    match &document[name] {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        _ => Err(format!("{name} is not a text")),
    }
}

fn list<'a>(document: &'a Value, name: &str) -> Result<Option<Vec<&'a str>>, String> {
    match &document[name] {
        Value::Null => Ok(None),
        Value::Array(list) => Ok(Some(list.iter().filter_map(Value::as_str).collect())),
        _ => Err(format!("{name} is not a list")),
    }
}

fn is_true(document: &Value, name: &str) -> Result<bool, String> {
    match &document[name] {
        Value::Null => Ok(false),
        Value::Bool(is_true) => Ok(*is_true),
        _ => Err(format!("{name} is neither true nor false")),
    }
}

/// Where it is asked.
pub(crate) fn url(issuer: &Issuer) -> Result<&Url, Error> {
    let stands_for_many = || unusable(issuer, "it stands for many issuers".into());
    issuer.url().ok_or_else(stands_for_many)
}

fn unusable(issuer: &Issuer, reason: String) -> Error {
    Error::Metadata {
        issuer: issuer.as_str().to_owned(),
        reason,
    }
}
