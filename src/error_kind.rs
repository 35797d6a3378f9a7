use std::{io, path::Path};

use crate::{AccountError, Error};

/// What the caller can do about an [`Error`]; the program's exit codes are made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Mend the options, the secrets or the provider file.
    Usage,
    /// Log in (again).
    LoginNeeded,
    /// Ask the person, who said no.
    Denied,
    /// Try again later; nothing is lost.
    Temporary,
    /// The provider rejects this client, breaks the protocol or cannot be trusted.
    Provider,
    /// Mend something on this machine: a file, the disk, a port.
    Local,
    /// The person did not come back in time.
    TimedOut,
}

impl Error {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::ProviderFile { .. }
            | Error::UnknownProvider { .. }
            | Error::ClientSecrets { .. }
            | Error::NoClientSecret { .. }
            | Error::Redirect(_)
            | Error::Parameter { .. }
            | Error::NotAProxy { .. }
            | Error::Resource { .. }
            | Error::NoEndpoint { .. } => ErrorKind::Usage,
            Error::GrantRefused { .. }
            | Error::GrantLost { .. }
            | Error::TokenRefused { .. }
            | Error::NoToken { .. }
            | Error::NoRefreshToken { .. }
            | Error::OtherClient { .. } => ErrorKind::LoginNeeded,
            Error::Denied { .. } | Error::ScopesMissing { .. } => ErrorKind::Denied,
            Error::Unreachable { .. }
            | Error::NoAnswer { .. }
            | Error::Unavailable { .. }
            | Error::Locked { .. } => ErrorKind::Temporary,
            Error::Refused { .. }
            | Error::EndpointRefused { .. }
            | Error::ClientRejected { .. }
            | Error::Protocol { .. }
            | Error::Metadata { .. }
            | Error::IdToken { .. }
            | Error::WrongIssuer { .. }
            | Error::Untrusted { .. }
            | Error::Account(AccountError::Unknown { .. } | AccountError::Refreshed { .. })
            | Error::UnusableToken => ErrorKind::Provider,
            Error::Listen { .. }
            | Error::File { .. }
            | Error::NotATokenFile { .. }
            | Error::ForeignFile { .. }
            | Error::OtherProvider { .. }
            | Error::Account(AccountError::Stored { .. } | AccountError::LoggedIn { .. })
            | Error::SavedElsewhere { .. }
            | Error::NotSaved { .. }
            | Error::NotKept { .. }
            | Error::RevokedOnly { .. }
            | Error::Random(_) => ErrorKind::Local,
            Error::TimedOut { .. } => ErrorKind::TimedOut,
            Error::MaybeSpent { error, .. } => error.kind(),
        }
    }
}

impl Error {
    /// What a caller of [`Login::run`](crate::Login::run) returns whose own place did not take the token.
    ///
    /// ```
    /// use loopin::{Error, Kept, Token};
    ///
    /// # struct Keyring; impl Keyring { fn store(&self, _: &str) -> std::io::Result<()> { Err(std::io::Error::other("it is locked")) } }
    /// # let keyring = Keyring;
    /// let keep = async |token: Token| {
    ///     keyring.store(token.access_token()).map_err(Error::not_kept)?;
    ///     Ok::<_, Error>(Kept::at("the keyring"))
    /// };
    /// # let error = Error::not_kept(keyring.store("").unwrap_err());
    /// # assert_eq!(error.to_string(), "the new token could not be kept: it is locked");
    /// # let _ = keep;
    /// ```
    pub fn not_kept(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::NotKept {
            error: error.into(),
        }
    }

    pub(crate) fn file(action: &'static str, path: &Path, error: io::Error) -> Self {
        Error::File {
            action,
            path: path.to_owned(),
            error,
        }
    }

    /// The same of another endpoint than the token endpoint.
    pub(crate) fn of_endpoint(self, endpoint: &'static str) -> Self {
        match self {
            Error::Refused { provider, code } => Error::EndpointRefused {
                provider,
                endpoint,
                code,
            },
            other => other,
        }
    }

    /// The same, once this grant was sent.
    pub(crate) fn after_sending(self, grant: &'static str) -> Self {
        match self {
            Error::NoAnswer { .. } | Error::Protocol { .. } | Error::IdToken { .. } => {
                Error::MaybeSpent {
                    error: Box::new(self),
                    grant,
                }
            }
            other => other,
        }
    }

    pub(crate) fn not_saved(error: Error) -> Self {
        Error::NotSaved {
            error: Box::new(error),
        }
    }

    pub(crate) fn not_a_token_file(path: &Path, reason: impl Into<String>) -> Self {
        Error::NotATokenFile {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}
