use std::{io, path::PathBuf, time::Duration};

use crate::{
    AccountError, RedirectError,
    error_words::{LOST, by_this_clock, through},
    event::for_people,
};

/// Everything that can go wrong, told so that the caller knows what to do next. No variant carries a secret, a response
/// body, or text from outside with its control characters.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A provider file that cannot be read or does not describe a provider.
    #[error("provider {origin}: {reason}")]
    ProviderFile {
        /// The preset's name, the issuer, or the file's path.
        origin: String,
        /// What is wrong, with the line where it is known.
        reason: String,
    },
    /// There is no provider of this name.
    #[error("provider {name:?}: {reason}")]
    UnknownProvider {
        /// The name.
        name: String,
        /// Why there is none, where that is known; or which one was meant.
        reason: String,
    },
    /// The client id and secret could not be read from where they should be.
    #[error("{origin}: {reason}")]
    ClientSecrets {
        /// A path, `stdin` or the names of the environment variables.
        origin: String,
        /// What is wrong; never the value.
        reason: String,
    },
    /// The provider authenticates its clients by a secret, and there is none (RFC 6749 §2.3.1).
    #[error("{provider} wants a client secret, and there is none for client id {client_id}")]
    NoClientSecret {
        /// The provider's name.
        provider: String,
        /// The client id without a secret.
        client_id: String,
    },
    /// A redirect URI that cannot be answered (RFC 8252 §7.3).
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// A resource indicator that cannot be one (RFC 8707 §2).
    #[error("resource {uri}: it has to be an absolute URI without a fragment")]
    Resource {
        /// As it was given.
        uri: String,
    },
    /// An authorization parameter that is not the caller's to set, or not so.
    #[error("authorization parameter {name:?} is set by the login itself, or cannot be this")]
    Parameter {
        /// Its name.
        name: String,
    },
    /// A variable that is there to name a proxy, and does not. Its value may hold a password.
    #[error("{variable} does not name a proxy")]
    NotAProxy {
        /// The variable's name.
        variable: &'static str,
    },

    /// The grant was refused: a new login is needed (RFC 6749 §5.2).
    #[error("{provider} refused the {grant}: it was used before, revoked, or it expired")]
    GrantRefused {
        /// The provider's name.
        provider: String,
        /// `authorization code` or `refresh token`.
        grant: &'static str,
    },
    /// The refresh token was refused, and there are signs of why: a process was killed while it refreshed.
    #[error("{provider} refused the refresh token; {}", LOST)]
    GrantLost {
        /// The provider's name.
        provider: String,
    },
    /// The access token was refused where it was used (RFC 6750 §3.1).
    #[error("{provider} refused the access token")]
    TokenRefused {
        /// The provider's name.
        provider: String,
    },
    /// There is no token.
    #[error("there is no token in {}", path.display())]
    NoToken {
        /// The token file.
        path: PathBuf,
    },
    /// There is no refresh token, so the access token cannot be refreshed.
    #[error("{} has no refresh token", path.display())]
    NoRefreshToken {
        /// The token file.
        path: PathBuf,
    },
    /// The token was issued to another client; its refresh token is nobody else's business.
    #[error("{} holds a token of client id {stored}, not of {wanted}", path.display())]
    OtherClient {
        /// The token file.
        path: PathBuf,
        /// The client it was issued to.
        stored: String,
        /// The client that would refresh it.
        wanted: String,
    },

    /// The person refused (RFC 6749 §4.1.2.1, `access_denied`).
    #[error("access was refused at {provider}")]
    Denied {
        /// The provider's name.
        provider: String,
    },
    /// Fewer scopes were granted than the caller requires.
    #[error("{provider} did not grant: {missing}")]
    ScopesMissing {
        /// The provider's name.
        provider: String,
        /// What is missing, separated by spaces.
        missing: String,
    },

    /// The provider could not be reached; nothing was sent.
    #[error("cannot reach {host}{}: {reason}", through(proxy.as_deref()))]
    Unreachable {
        /// Host and port of the endpoint.
        host: String,
        /// Host and port of the proxy that stands before it.
        proxy: Option<String>,
        /// Why, from the network's own error.
        reason: String,
    },
    /// The request was sent, and no whole answer came: the provider may have acted on it. It is not sent again.
    #[error("no answer from {host}: {reason}")]
    NoAnswer {
        /// Host and port of the endpoint.
        host: String,
        /// Why, from the network's own error.
        reason: String,
    },
    /// A grant was sent, and what came of it is not known, or of no use: it may be spent. It is not sent again.
    #[error("{error}; the {grant} may be spent")]
    MaybeSpent {
        /// What happened then; it is part of the message, and says what the caller can do.
        error: Box<Error>,
        /// `authorization code` or `refresh token`.
        grant: &'static str,
    },
    /// The provider cannot answer now: 408, 425, 429, 5xx, or an OAuth error that says so.
    #[error("{provider} cannot answer now ({reason})")]
    Unavailable {
        /// The provider's name.
        provider: String,
        /// The status or the error code.
        reason: String,
        /// When the provider said to come back (`Retry-After`).
        retry_after: Option<Duration>,
    },
    /// Another process held the lock of the token file for too long.
    #[error("{} is held by another process", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },

    /// The provider answered with an error (RFC 6749 §4.1.2.1, §5.2).
    #[error("{provider} answered {code}")]
    Refused {
        /// The provider's name.
        provider: String,
        /// The error code, or a status where the code is not known.
        code: String,
    },
    /// Another endpoint than the token endpoint answered with an error (RFC 7009 §2.2.1, RFC 6750 §3.1).
    #[error("{provider}'s {endpoint} answered {code}")]
    EndpointRefused {
        /// The provider's name.
        provider: String,
        /// Its name in RFC 8414.
        endpoint: &'static str,
        /// The error code, or a status where the code is not known.
        code: String,
    },
    /// The provider rejects this client: wrong id or secret (RFC 6749 §5.2, `invalid_client`).
    #[error("{provider} rejects the client: its id or its secret is wrong")]
    ClientRejected {
        /// The provider's name.
        provider: String,
    },
    /// The provider's answer breaks the protocol.
    #[error("{provider}'s answer cannot be used: {reason}")]
    Protocol {
        /// The provider's name.
        provider: String,
        /// What is wrong with it; never a part of it.
        reason: String,
    },
    /// What an issuer publishes of itself cannot be believed, or not be used (RFC 8414 §3.3).
    #[error("the metadata of {issuer} cannot be used: {reason}")]
    Metadata {
        /// The issuer that was asked for.
        issuer: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The id_token cannot be believed (OpenID Connect Core §3.1.3.7), so that nobody is known to have logged in.
    #[error("{provider}'s id_token cannot be believed: {reason}{}", by_this_clock(*by_own_clock))]
    IdToken {
        /// The provider's name.
        provider: String,
        /// What is wrong with it; never a part of it.
        reason: String,
        /// Whether it is its times that are wrong, by this machine's clock: the provider did not tell the time.
        by_own_clock: bool,
    },
    /// The answer came from another authorization server than was asked (RFC 9207 §2.4).
    #[error("the answer does not come from {provider}: its issuer is missing or another one")]
    WrongIssuer {
        /// The provider's name.
        provider: String,
    },
    /// The server's certificate cannot be trusted.
    #[error("cannot trust {host}: {reason}")]
    Untrusted {
        /// Host and port of the endpoint.
        host: String,
        /// What TLS says.
        reason: String,
    },
    /// The provider's data names no such endpoint.
    #[error("{provider} has no {endpoint}")]
    NoEndpoint {
        /// The provider's name.
        provider: String,
        /// Its name in RFC 8414.
        endpoint: &'static str,
    },
    /// The stored access token has a character that none may have (RFC 6749 §A.12), and is shown nowhere.
    #[error("the stored access token has a character that no token has")]
    UnusableToken,
    /// It is not, or not known to be, the account that it should be.
    #[error(transparent)]
    Account(#[from] AccountError),

    /// The redirect URI's address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Address and port.
        address: String,
        /// The redirect URI that leads there.
        redirect_uri: Option<String>,
        /// The system's error; it is part of the message.
        error: io::Error,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {error}", path.display())]
    File {
        /// What was tried: `read`, `write`, `write beside`, `open`, `lock`, `remove`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's error; it is part of the message.
        error: io::Error,
    },

    /// What stands where the token file should be is not one. It is left as it is.
    #[error("{} is not a token file: {reason}", path.display())]
    NotATokenFile {
        /// The file.
        path: PathBuf,
        /// Why it cannot be one; never a part of it.
        reason: String,
    },
    /// The token file belongs to another user of this machine.
    #[error("{} belongs to another user", path.display())]
    ForeignFile {
        /// The file.
        path: PathBuf,
    },
    /// The token file belongs to another provider.
    #[error("{} holds a token of {stored}, not of {wanted}", path.display())]
    OtherProvider {
        /// The file.
        path: PathBuf,
        /// The provider it belongs to.
        stored: String,
        /// The provider that was asked for.
        wanted: String,
    },

    /// A token was issued that its file did not take. It was saved elsewhere.
    #[error("{error}; the token is in {}", saved.display())]
    SavedElsewhere {
        /// Why the file did not take it; it is part of the message.
        error: Box<Error>,
        /// Where the token is.
        saved: PathBuf,
    },
    /// A token was issued, and there was no place to save it. It is lost.
    #[error("{error}; the new token could be saved nowhere, and is lost")]
    NotSaved {
        /// Why its file did not take it; it is part of the message.
        error: Box<Error>,
    },
    /// A token was issued that the caller's own place did not take (see [`Login::run`](crate::Login::run)).
    #[error("the new token could not be kept: {error}")]
    NotKept {
        /// Why, as the caller says; it is part of the message.
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The login has ended at the provider, and its token could not be removed here. It is dead.
    #[error("the login to {provider} has ended; but {error}")]
    RevokedOnly {
        /// The provider's name.
        provider: String,
        /// Why it could not be removed; it is part of the message.
        error: Box<Error>,
    },

    /// The system gave no random numbers. There is no weaker way.
    #[error("the system's random number generator failed: {0}")]
    Random(String),
    /// Nobody came back from the browser in time.
    #[error("nobody came back from the browser within {}", for_people(*after))]
    TimedOut {
        /// How long was waited.
        after: Duration,
        /// Where the browser was to come back to: a provider that does not know it keeps the person there.
        redirect_uri: String,
    },
}
