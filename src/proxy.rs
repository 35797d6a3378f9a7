//! Which proxy stands before an endpoint. It is decided here, from the environment, for the request and for what is told of it.

use std::{env, ffi::OsString};

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::{Error, endpoint::may_be_this_machine};

/// What names a proxy for https, the first that is not empty. This machine alone is asked by http, and never through one.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// What names hosts that are reached without one.
const SPARED: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy, perhaps with a user and a password: it has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy(Url);

impl Proxy {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

/// The proxy to this URL. A variable that names one and cannot be understood is an error: without that proxy the request
/// would go a way that it should not.
pub(crate) fn before(url: &Url) -> Result<Option<Proxy>, Error> {
    named_for(url, env::var_os)
}

/// Whether it is known how to get to this URL.
pub(crate) fn check(url: &Url) -> Result<(), Error> {
    before(url).map(drop)
}

fn named_for(
    url: &Url,
    value: impl Fn(&'static str) -> Option<OsString>,
) -> Result<Option<Proxy>, Error> {
    let first = |names: &[&'static str]| {
        let filled = |&name: &&'static str| Some((name, value(name).filter(|it| !it.is_empty())?));
        names.iter().find_map(filled)
    };
    let Some((variable, proxy)) = first(&VARIABLES) else {
        return Ok(None);
    };
    let hosts = first(&SPARED).map(|(_, hosts)| hosts).unwrap_or_default();
    if may_be_this_machine(url) || is_spared(url, &hosts.to_string_lossy()) {
        return Ok(None);
    }
    let proxy = proxy.to_str().and_then(understood);
    proxy.map(Some).ok_or(Error::NotAProxy { variable })
}

/// Whether the URL's host is one of these, as reqwest reads them.
fn is_spared(url: &Url, hosts: &str) -> bool {
    let any = Matcher::builder().https("http://proxy.example");
    let uri = url.as_str().parse();
    uri.is_ok_and(|uri| any.no(hosts).build().intercept(&uri).is_none())
}

/// What reqwest, too, takes for a proxy. Without a scheme it is one that speaks HTTP.
fn understood(value: &str) -> Option<Proxy> {
    let anywhere = "https://as.example".parse().ok()?;
    Matcher::builder()
        .https(value)
        .build()
        .intercept(&anywhere)?;
    let url = match value.contains("://") {
        true => Url::parse(value),
        false => Url::parse(&format!("http://{value}")),
    };
    let url = url.ok()?;
    let has_host = url.host_str().is_some_and(|host| !host.is_empty());
    has_host.then_some(Proxy(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "http://proxy.example:3128/";

    /// The proxy that this environment names for a provider, or the variable that is to name one.
    fn named(variables: &[(&str, &str)]) -> Result<Option<String>, &'static str> {
        let url = Url::parse("https://as.example/token").unwrap();
        let value = |name| {
            let set = variables.iter().find(|(variable, _)| *variable == name)?;
            Some(set.1.into())
        };
        match named_for(&url, value) {
            Ok(proxy) => Ok(proxy.map(|proxy| proxy.url().to_string())),
            Err(Error::NotAProxy { variable }) => Err(variable),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn the_first_variable_that_is_not_empty_names_the_proxy() {
        assert_eq!(named(&[]), Ok(None));
        let with = |more: (&'static str, &'static str)| named(&[more, ("https_proxy", PROXY)]);
        for nothing in [("HTTPS_PROXY", ""), ("ALL_PROXY", "http://b.example")] {
            assert_eq!(with(nothing), Ok(Some(PROXY.into())));
        }
        // Of a program that a web server starts, for which `HTTP_PROXY` may come from the network. This one may not.
        assert_eq!(with(("REQUEST_METHOD", "GET")), Ok(Some(PROXY.into())));
        assert_eq!(named(&[("HTTP_PROXY", PROXY)]), Ok(None));
    }

    #[test]
    fn what_is_no_proxy_is_not_passed_over_for_another_one() {
        let odd = ("HTTPS_PROXY", ":3128");
        assert_eq!(named(&[odd, ("ALL_PROXY", PROXY)]), Err("HTTPS_PROXY"));
        assert_eq!(named(&[("all_proxy", "ftp://a.example")]), Err("all_proxy"));
    }

    #[test]
    fn hosts_are_spared_by_the_first_variable_that_is_not_empty() {
        let named = |first, second| {
            let spared = [("NO_PROXY", first), ("no_proxy", second)];
            named(&[&spared[..], &[("HTTPS_PROXY", ":3128")]].concat())
        };
        assert_eq!(named("b.example, as.example", ""), Ok(None));
        assert_eq!(named("", ".example"), Ok(None));
        assert_eq!(named("b.example", "as.example"), Err("HTTPS_PROXY"));
    }

    #[test]
    fn a_proxy_has_a_scheme_that_is_known_and_a_host() {
        let url = |value| understood(value).map(|proxy| proxy.url().to_string());
        assert_eq!(url("proxy.example:3128").as_deref(), Some(PROXY));
        let with_user = "a:b@proxy.example:3128";
        assert_eq!(url(with_user), Some(format!("http://{with_user}/")));
        assert!(url("socks5h://[::1]:1080").is_some());
        for odd in [
            ":3128",
            "http://",
            "socks5h://",
            "ftp://a.example",
            "http://a b@c.example",
            "http://a.example:99999",
        ] {
            assert_eq!(url(odd), None, "{odd}");
        }
    }
}
