use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use url::{Host, Url};

use crate::{RedirectError, endpoint::is_loopback, untrusted::printable};

/// A redirect URI on a loopback interface (RFC 8252 §7.3), or an https one under a name that leads to this machine. Its
/// text is kept, since it is compared byte by byte (RFC 6749 §4.1.3).
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RedirectUri {
    text: String,
    url: Url,
}

impl RedirectUri {
    pub(crate) fn parse(text: &str) -> Result<Self, RedirectError> {
        let error = |reason| RedirectError::Uri {
            uri: printable(text, 200),
            reason,
        };
        // A URL has none (RFC 3986 §2); a browser drops tabs and line breaks.
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(error("it has a space or a control character"));
        }
        let url = Url::parse(text).map_err(|_| error("it is not a URL"))?;
        let is_name = matches!(url.host(), Some(Host::Domain(_)));
        match url.scheme() {
            "http" | "https" if is_loopback(&url) => {}
            "https" if is_name => {}
            _ => {
                return Err(error(
                    "only http on 127.0.0.1, [::1] or localhost, or https on a name that leads there, can be listened on",
                ));
            }
        }
        let answers = ["code", "error", "state", "iss", "scope"];
        if url.query_pairs().any(|(name, _)| answers.contains(&&*name)) {
            return Err(error("its query has a parameter of the answer"));
        }
        if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return Err(error("it has a fragment or a user"));
        }
        Ok(RedirectUri {
            text: text.to_owned(),
            url,
        })
    }

    /// Its path, which is compared exactly.
    pub(crate) fn path(&self) -> &str {
        self.url.path()
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn with_port(&self, port: u16) -> Self {
        let mut changed = self.clone();
        if self.url.port_or_known_default() != Some(port)
            && changed.url.set_port(Some(port)).is_ok()
        {
            changed.text = changed.url.to_string();
        }
        changed
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(0)
    }

    /// What the browser is to see there: a certificate for this host.
    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(crate) fn host(&self) -> Option<Host<&str>> {
        self.url.host()
    }

    /// The addresses to listen on; a name may mean either stack, and is listened on with both.
    pub(crate) fn addresses(&self) -> Vec<IpAddr> {
        match self.url.host() {
            Some(Host::Ipv4(ip)) => vec![ip.into()],
            Some(Host::Ipv6(ip)) => vec![ip.into()],
            _ => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        }
    }

    /// Whether a browser that was redirected here ends on this URL, whatever its query. One that is told to use https
    /// only shows that.
    pub(crate) fn is_of(&self, url: &Url) -> bool {
        let default_port = if self.is_https() { 443 } else { 80 };
        [self.url.scheme(), "https"].contains(&url.scheme())
            && url.username().is_empty()
            && url.password().is_none()
            && url.host() == self.url.host()
            && url.port().unwrap_or(default_port) == self.port()
            && url.path() == self.path()
    }

    /// Who a script of its own would say that it is of.
    pub(crate) fn origin(&self) -> String {
        format!("{}://{}", self.url.scheme(), self.authority())
    }

    pub(crate) fn authority(&self) -> &str {
        self.url.authority()
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectError;

    fn try_from(text: String) -> Result<Self, RedirectError> {
        Self::parse(&text)
    }
}

/// The redirect URI that every tutorial for Strava uses.
impl Default for RedirectUri {
    fn default() -> Self {
        Self::parse("http://127.0.0.1:5000/authorization").expect("this is a loopback URI")
    }
}
