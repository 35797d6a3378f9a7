use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{Client, Error, Provider, Scopes, TokenFile};

/// A Unix time beyond the year 5138 is one in milliseconds.
const MILLISECONDS_FROM: u64 = 100_000_000_000;

/// A longer life is somebody's mistake, and would be read again as milliseconds.
pub(crate) const FAR_FUTURE: u64 = MILLISECONDS_FROM - 1;

/// Two looks at the clocks of this machine and the provider's differ by less than this.
const CLOCK_JITTER: Duration = Duration::from_secs(60);

/// An access token and what belongs to it (RFC 6749 §5.1).
///
/// `Debug` shows neither token. There is no other way to print it by mistake, or to write it down:
///
/// ```
/// # fn show(token: loopin::Token) -> String {
/// format!("{token:?}")
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn show(token: loopin::Token) -> String {
/// format!("{token}")
/// # }
/// ```
///
/// ```
/// # fn show(token: loopin::Token) -> String {
/// serde_json::to_string(&token.expires_at()).unwrap()
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn show(token: loopin::Token) -> String {
/// serde_json::to_string(&token).unwrap()
/// # }
/// ```
#[derive(Clone)]
pub struct Token {
    pub(crate) access_token: SecretString,
    pub(crate) token_type: String,
    pub(crate) expires_at: Option<u64>,
    pub(crate) refresh_token: Option<SecretString>,
    pub(crate) scope: Option<Scopes>,
    pub(crate) requested_scope: Option<Scopes>,
    pub(crate) resource: Vec<String>,
    pub(crate) provider: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) account: Option<Account>,
}

/// Whose token it is, as the provider told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The provider's identifier of the account.
    pub id: String,
    /// A name for people; may be empty. Without control characters.
    pub name: String,
}

/// `FIRSTNAME LASTNAME (ID)`, or the id alone.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name.as_str() {
            "" => f.write_str(&self.id),
            name => write!(f, "{name} ({})", self.id),
        }
    }
}

impl Token {
    /// The access token (RFC 6749 §1.4). Handle it as a password.
    pub fn access_token(&self) -> &str {
        self.access_token.expose_secret()
    }

    /// The refresh token (RFC 6749 §1.5), if the provider issued one. Handle it as a password.
    pub fn refresh_token(&self) -> Option<&str> {
        self.refresh_token.as_ref().map(ExposeSecret::expose_secret)
    }

    /// How to use it: `Bearer` (RFC 6750).
    pub fn token_type(&self) -> &str {
        &self.token_type
    }

    /// When it expires, in Unix seconds; `None` if the provider did not say.
    pub fn expires_at(&self) -> Option<u64> {
        self.expires_at
    }

    /// How long it still lives; zero if it expired, `None` if the provider did not say.
    pub fn expires_in(&self, now: SystemTime) -> Option<Duration> {
        let left = |expires_at: u64| expires_at.saturating_sub(unix_seconds(now));
        self.expires_at.map(left).map(Duration::from_secs)
    }

    /// Whether it still lives for `min_ttl`. A token of unknown life is neither expired nor eternal: it is tried. An
    /// expiry further away than the `longest` life that the provider gives a token was written by a wrong clock.
    pub fn is_valid(&self, now: SystemTime, min_ttl: Duration, longest: Option<Duration>) -> bool {
        let lives = self.expires_in(now).is_none_or(|left| {
            left >= min_ttl
                && !left.is_zero()
                && longest.is_none_or(|max| left <= max.saturating_add(CLOCK_JITTER))
        });
        lives && !self.access_token().is_empty()
    }

    /// Whether this provider issued it to this client, as far as the file tells: nobody else is shown its tokens.
    pub(crate) fn check_issuer(
        &self,
        provider: &Provider,
        client: &Client,
        file: &TokenFile,
    ) -> Result<(), Error> {
        let path = || file.path().to_owned();
        match (self.provider(), self.client_id()) {
            (Some(id), _) if !file.is_of(provider, id) => Err(Error::OtherProvider {
                path: path(),
                stored: id.to_owned(),
                wanted: provider.name().to_owned(),
            }),
            (_, Some(id)) if id != client.id() => Err(Error::OtherClient {
                path: path(),
                stored: id.to_owned(),
                wanted: client.id().to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// Whether the access token can be one: visible ASCII characters (RFC 6749 §A.12, without the space).
    pub fn is_usable(&self) -> bool {
        is_access_token(self.access_token())
    }

    /// The scopes that were granted; `None` if nobody told (a file made by another program).
    pub fn scope(&self) -> Option<&Scopes> {
        self.scope.as_ref()
    }

    /// The scopes that were asked for; `None` if nobody told.
    pub fn requested_scope(&self) -> Option<&Scopes> {
        self.requested_scope.as_ref()
    }

    /// The resources that it was asked for (RFC 8707 §2).
    pub fn resource(&self) -> &[String] {
        &self.resource
    }

    /// The scopes of `wanted` that were not granted. None are known to be missing where the grant is not known: another
    /// program writes scopes in a way of its own.
    pub fn missing(&self, wanted: &Scopes) -> Scopes {
        let granted = self.scope.as_ref().filter(|_| self.provider.is_some());
        granted
            .map(|granted| wanted.without(granted))
            .unwrap_or_default()
    }

    /// Whose token it is, where the provider tells.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// The provider that issued it: a preset's name, an issuer, or a provider file's path; `None` in a file made by another program.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// The client that it was issued to.
    pub fn client_id(&self) -> Option<&str> {
        self.client_id.as_deref()
    }
}

/// Without the tokens.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("provider", &self.provider)
            .field("account", &self.account)
            .field("scope", &self.scope)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A Unix time as programs write it: 1793456000, 1793456000.0, "1793456000", or in milliseconds. What is none, or is not
/// after 1970, is `None`.
pub(crate) fn unix_time(value: &Value) -> Option<u64> {
    let seconds = positive(value)?;
    let seconds = if seconds >= MILLISECONDS_FROM {
        seconds / 1000
    } else {
        seconds
    };
    Some(seconds.min(FAR_FUTURE))
}

/// A positive number, or a text that is one.
pub(crate) fn positive(value: &Value) -> Option<u64> {
    let number = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok())?;
    (number.is_finite() && number > 0.0).then_some(number as u64)
}

pub(crate) fn is_access_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Seconds since 1970; a clock before that counts as 1970.
pub(crate) fn unix_seconds(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(expires_at: Option<u64>) -> Token {
        Token {
            access_token: "mark-access".into(),
            token_type: "Bearer".into(),
            expires_at,
            refresh_token: Some("mark-refresh".into()),
            scope: Some(Scopes::parse("read", ' ')),
            requested_scope: None,
            resource: Vec::new(),
            provider: None,
            client_id: None,
            account: Some(Account {
                id: "1".into(),
                name: "Ada".into(),
            }),
        }
    }

    #[test]
    fn a_token_is_valid_while_it_lives_long_enough() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        let minute = Duration::from_secs(60);
        let is_valid = |expires_at, longest| token(expires_at).is_valid(at(1000), minute, longest);
        assert!(is_valid(Some(1060), None) && is_valid(None, None));
        assert!(!is_valid(Some(1059), None) && !is_valid(Some(0), None));
        assert!(is_valid(Some(1000 + 3600), Some(60 * minute)));
        assert!(!is_valid(Some(1000 + 7200), Some(60 * minute)));
        assert!(!token(Some(1000)).is_valid(at(1000), Duration::ZERO, None));
    }

    #[test]
    fn debug_hides_the_tokens() {
        let shown = format!("{:?}", token(None));
        assert!(shown.contains("Ada") && !shown.contains("mark-"), "{shown}");
    }
}
