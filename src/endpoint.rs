use std::net::Ipv4Addr;

use serde::Deserialize;
use url::{Host, Url};

/// An endpoint's URL: https, or http on a loopback host (RFC 8252 §8.3), without user information and fragment, and
/// of plain characters only: it goes to a program that opens it, and to logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Endpoint(Url);

impl Endpoint {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for Endpoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        check(&text, "an endpoint").map(Endpoint)
    }
}

/// What may be opened, and asked; or why `what` is none of that.
pub(crate) fn check(text: &str, what: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("not a URL: {e}"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?[]@!&*+,;=%".contains(c);
    if let Some(odd) = text.chars().find(|c| !plain(*c)) {
        return Err(format!("{what}'s URL has no {odd:?}"));
    }
    if url.path().contains('&') || !percent_signs_encode(text) {
        return Err(format!(
            "{what}'s URL has `&` only in its query and `%` only before two hexadecimal digits"
        ));
    }
    if !is_https_or_loopback(&url) {
        return Err(format!("{what} is https, or http on a loopback address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(format!("{what}'s URL has no user and no password"));
    }
    Ok(url)
}

fn percent_signs_encode(text: &str) -> bool {
    let is_hex = |s: &str| s.len() >= 2 && s.bytes().take(2).all(|b| b.is_ascii_hexdigit());
    text.split('%').skip(1).all(is_hex)
}

/// https anywhere, http on this machine only: what may be opened, and asked.
pub(crate) fn is_https_or_loopback(url: &Url) -> bool {
    url.has_host() && (url.scheme() == "https" || url.scheme() == "http" && is_loopback(url))
}

/// Whether the URL's host is this machine for sure: nobody else hears what is said to it.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether the URL's host says that it is this machine, by whatever name: addresses that a system takes for its own, and
/// the names of RFC 6761 §6.3. A name that is not one of those may still have an address of this machine.
pub(crate) fn may_be_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => {
            let is_mapped = |ip: Ipv4Addr| ip.is_loopback() || ip.is_unspecified();
            let mapped = ip.to_ipv4_mapped();
            ip.is_loopback() || ip.is_unspecified() || mapped.is_some_and(is_mapped)
        }
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_many_names() {
        let is =
            |host: &str| may_be_this_machine(&Url::parse(&format!("https://{host}/")).unwrap());
        for host in [
            "127.0.0.1",
            "127.8.9.10",
            "0.0.0.0",
            "0",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:0.0.0.0]",
            "localhost",
            "LocalHost.",
            "as.localhost",
            "as.localhost.",
        ] {
            assert!(is(host), "{host}");
        }
        for host in [
            "as.example",
            "localhost.example",
            "notlocalhost",
            "192.0.2.1",
            "[::ffff:192.0.2.1]",
            "[2001:db8::1]",
            "127.0.0.1.example",
        ] {
            assert!(!is(host), "{host}");
        }
    }

    #[test]
    fn hostile_endpoints_are_refused() {
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "http://as.example/",
            "--flag",
            "smb://host/x",
            "ftp://host/",
            "https://as.example/a b",
            "https://as.example/$(id)",
            "https://as.example/`id`",
            "https://as.example/%PATH%",
            "https://as.example/&calc",
            "https://as.example/\"x\"",
            "https://user:pw@as.example/",
            "https://as.example/#x",
            " https://as.example/",
            "",
            "https://",
        ] {
            assert!(
                Endpoint::try_from(url.to_owned()).is_err(),
                "{url} was accepted"
            );
        }
    }
}
