//! What TLS says when it fails, in words for people.

use std::{
    env,
    error::Error as StdError,
    io,
    path::Path,
    time::{Duration, UNIX_EPOCH},
};

use rustls::{
    AlertDescription as Alert, CertificateError as Certificate, Error, pki_types::UnixTime,
};

/// Why the server is not trusted, if that is what this error comes from, however deep the layers around it are.
pub(crate) fn reason(error: &(dyn StdError + 'static)) -> Option<String> {
    let mut layers = std::iter::successors(Some(error), |&error| error.source());
    layers.find_map(tls).map(words)
}

/// An I/O error holds another one without having it as its source.
fn tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Error> {
    let io = error.downcast_ref::<io::Error>();
    match io.and_then(io::Error::get_ref) {
        Some(inner) => tls(inner),
        None => error.downcast_ref(),
    }
}

pub(crate) fn words(error: &Error) -> String {
    match error {
        // What came was nothing that TLS has: plain HTTP, for one.
        Error::InvalidMessage(_) => "it does not speak TLS".into(),
        Error::AlertReceived(Alert::ProtocolVersion) | Error::PeerIncompatible(_) => {
            format!("it speaks no TLS that is still safe ({error})")
        }
        // An authority of the same name may have another key: one that was made anew.
        Error::InvalidCertificate(Certificate::UnknownIssuer | Certificate::BadSignature) => {
            "nobody whom this machine trusts vouches for its certificate".into()
        }
        Error::InvalidCertificate(Certificate::ExpiredContext { not_after, .. }) => {
            format!("its certificate expired on {}", date(*not_after))
        }
        Error::InvalidCertificate(Certificate::NotValidYetContext { not_before, .. }) => {
            format!("its certificate is not valid before {}", date(*not_before))
        }
        Error::InvalidCertificate(
            Certificate::UnsupportedSignatureAlgorithmContext { .. }
            | Certificate::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
        ) => "its certificate is signed in a way that is unsafe (SHA-1), or unknown here".into(),
        // As `openssl req -x509` makes them. Its type is of a crate that we do not depend on, so its `Debug` is read.
        Error::InvalidCertificate(Certificate::Other(other))
            if format!("{other:?}").contains("CaUsedAsEndEntity") =>
        {
            "its certificate is an authority's (CA:TRUE), and a server's must not be".into()
        }
        Error::General(text) if text.starts_with("No CA certificates") => no_roots(),
        error => error.to_string(),
    }
}

/// Whom to trust stands where these variables say, in all that they name; without them, where the system has it.
fn no_roots() -> String {
    let named = |variable| {
        let path = env::var_os(variable)?;
        Some(format!("{variable} names {}", Path::new(&path).display()))
    };
    let named: Vec<_> = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
        .into_iter()
        .filter_map(named)
        .collect();
    if named.is_empty() {
        return "this machine has no root certificates".into();
    }
    let named = named.join(", and ");
    format!("{named}, where no root certificate can be read")
}

/// As HTTP writes it.
pub(crate) fn date(time: UnixTime) -> String {
    let seconds = Duration::from_secs(time.as_secs());
    httpdate::fmt_http_date(UNIX_EPOCH + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_of_trust_is_found_under_all_layers() {
        let untrusted = Error::InvalidCertificate(Certificate::UnknownIssuer);
        let layers = io::Error::other(io::Error::other(untrusted));
        assert!(reason(&layers).is_some());
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(reason(&io::Error::other(refused)), None);
    }
}
