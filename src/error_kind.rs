use crate::Error;

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
            | Error::ClientSecrets { .. }
            | Error::NoClientSecret { .. }
            | Error::RedirectUri { .. }
            | Error::Parameter { .. }
            | Error::NoEndpoint { .. } => ErrorKind::Usage,
            Error::GrantRefused { .. }
            | Error::TokenRefused { .. }
            | Error::NoRefreshToken { .. }
            | Error::OtherClient { .. } => ErrorKind::LoginNeeded,
            Error::Denied { .. } | Error::ScopesMissing { .. } => ErrorKind::Denied,
            Error::Unreachable { .. }
            | Error::NoAnswer { .. }
            | Error::RefreshUnanswered { .. }
            | Error::Unavailable { .. }
            | Error::Locked { .. } => ErrorKind::Temporary,
            Error::Refused { .. }
            | Error::ClientRejected { .. }
            | Error::Protocol { .. }
            | Error::WrongIssuer { .. }
            | Error::Untrusted { .. }
            | Error::AccountUnknown { .. }
            | Error::AccountChanged { .. }
            | Error::UnusableToken { .. } => ErrorKind::Provider,
            Error::Listen { .. }
            | Error::File { .. }
            | Error::NotATokenFile { .. }
            | Error::ForeignFile { .. }
            | Error::OtherProvider { .. }
            | Error::OtherAccountStored { .. }
            | Error::OtherAccount { .. }
            | Error::SavedElsewhere { .. }
            | Error::NotSaved { .. }
            | Error::Random(_) => ErrorKind::Local,
            Error::TimedOut { .. } => ErrorKind::TimedOut,
        }
    }
}
