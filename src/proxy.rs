//! Which proxy stands before an endpoint: reqwest finds it in the environment and never says so, not even where it fails.

use std::env;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::{Error, endpoint::is_loopback};

/// What names a proxy for https. Only this machine itself is asked by http, and never through a proxy.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Its host and port, without user and password. What names one and cannot be understood would be passed over silently,
/// and the request would go a way that it should not.
pub(crate) fn before(url: &Url) -> Result<Option<String>, Error> {
    let Ok(uri) = url.as_str().parse() else {
        return Ok(None);
    };
    if is_loopback(url) {
        return Ok(None);
    }
    let found = |matcher: Matcher| {
        let proxy = matcher.intercept(&uri)?;
        let host = proxy.uri().host().filter(|host| !host.is_empty())?;
        let port = proxy.uri().port_u16().map(|port| format!(":{port}"));
        Some(host.to_owned() + &port.unwrap_or_default())
    };
    let value = |name: &str| env::var_os(name).unwrap_or_default();
    let is_spared = |name| {
        let hosts = value(name);
        let any = Matcher::builder().https("http://proxy.example");
        found(any.no(hosts.to_string_lossy().as_ref()).build()).is_none()
    };
    let is_odd = |name: &&str| {
        let value = value(name);
        let understood = value.to_str();
        let understood = understood.and_then(|it| found(Matcher::builder().https(it).build()));
        !value.is_empty() && understood.is_none()
    };
    if let Some(proxy) = found(Matcher::from_env()) {
        return Ok(Some(proxy));
    }
    match VARIABLES.into_iter().find(is_odd) {
        Some(variable) if !is_spared("NO_PROXY") && !is_spared("no_proxy") => {
            Err(Error::Proxy(variable))
        }
        _ => Ok(None),
    }
}
