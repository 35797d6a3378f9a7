/// Why a redirect cannot be received, as far as that is known before anybody listens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectError {
    /// No listener on this machine can serve it (RFC 8252 §7.3).
    #[error("redirect URI {uri}: {reason}")]
    Uri {
        /// As it was given, without control characters, and cut after 200 characters.
        uri: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It is https, and there is no certificate to answer with.
    #[error("redirect URI {uri}: https takes a certificate and its key")]
    NoCertificate {
        /// The redirect URI.
        uri: String,
    },
    /// It is http, and there is a certificate.
    #[error("redirect URI {uri}: a certificate is for https, and this is http")]
    UselessCertificate {
        /// The redirect URI.
        uri: String,
    },
    /// A certificate, or its key, that cannot be read or used.
    #[error("{origin}: {reason}")]
    Certificate {
        /// A path, or which of the two it is.
        origin: String,
        /// What is wrong with it; never a part of it.
        reason: String,
    },
    /// Any free port was asked for, and the provider compares the port with the registered one.
    #[error(
        "{provider} redirects only to the port that is registered there, and port 0 is any free one"
    )]
    AnyPort {
        /// The provider's name.
        provider: String,
        /// Its own redirect URI.
        uri: String,
    },
}
