//! What proves to a browser that an https redirect URI is this machine's. TLS with browsers is known here only.

use std::{fmt, fs::File, io, path::Path, sync::Arc};

use rustls::{
    AlertDescription as Alert, CertificateError, RootCertStore, ServerConfig,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem, pem::PemObject},
    server::ParsedCertificate,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsAcceptor;
use url::Host;

use crate::{RedirectError, distrust::date, read::read_text};

/// Certificates and keys are short; more than this is something else.
const MAX_FILE: u64 = 64 * 1024;

/// A certificate for an https redirect URI, its chain, and its key.
///
/// `Debug` shows no key, and there is no other way to print it by mistake:
///
/// ```
/// # fn show(certificate: loopin::Certificate) -> String {
/// format!("{certificate:?}")
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn show(certificate: loopin::Certificate) -> String {
/// format!("{certificate}")
/// # }
/// ```
#[derive(Clone)]
pub struct Certificate {
    own: CertificateDer<'static>,
    config: Arc<ServerConfig>,
}

/// A text in PEM (RFC 7468), and what errors call it.
struct Pem<'a> {
    origin: &'a str,
    text: &'a str,
}

/// Without the key.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").finish_non_exhaustive()
    }
}

impl Certificate {
    /// From PEM (RFC 7468): the certificate, then its chain; and its key, without a password.
    ///
    /// ```
    /// use loopin::Certificate;
    ///
    /// let error = Certificate::from_pem("-----BEGIN PRIVATE KEY-----", "").unwrap_err();
    /// assert_eq!(error.to_string(), "the certificate: its PEM is not whole");
    /// ```
    ///
    /// # Errors
    ///
    /// [`RedirectError::Certificate`]; no part of the key is in it.
    pub fn from_pem(certificates: &str, key: &str) -> Result<Self, RedirectError> {
        let certificates = Pem {
            origin: "the certificate",
            text: certificates,
        };
        let origin = "its key";
        Self::new(&certificates, &Pem { origin, text: key })
    }

    /// The same from files, which may be one file, or pipes.
    ///
    /// # Errors
    ///
    /// [`RedirectError::Certificate`]; no part of the key is in it.
    pub fn from_files(
        certificates: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Self, RedirectError> {
        let (certificates, key) = (certificates.as_ref(), key.as_ref());
        let certificates_text = read(certificates)?;
        // A pipe can be read only once.
        let key_text = match certificates == key {
            true => certificates_text.clone(),
            false => read(key)?,
        };
        let (certificates, key) = (certificates.display(), key.display());
        let certificates = Pem {
            origin: &certificates.to_string(),
            text: certificates_text.expose_secret(),
        };
        let key = Pem {
            origin: &key.to_string(),
            text: key_text.expose_secret(),
        };
        Self::new(&certificates, &key)
    }

    fn new(certificates: &Pem<'_>, key: &Pem<'_>) -> Result<Self, RedirectError> {
        let chain = certificates.certificates()?;
        let own = chain
            .first()
            .cloned()
            .ok_or_else(|| certificates.error("there is no certificate in it"))?;
        let secret = key.private_key()?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| {
                builder
                    .with_no_client_auth()
                    .with_single_cert(chain, secret)
            })
            .map_err(|e| match e {
                rustls::Error::InconsistentKeys(_) => key.error("it is not the certificate's key"),
                rustls::Error::InvalidCertificate(_) => {
                    certificates.error("it is no certificate that TLS can use")
                }
                _ => key.error("it is no key that can be used here"),
            })?;
        let config = Arc::new(config);
        Ok(Certificate { own, config })
    }

    /// Why no browser will take it for this host's, as far as it can be seen here: not by whom it was issued.
    pub(crate) fn doubt(&self, host: Host<&str>) -> Option<String> {
        let certificate = ParsedCertificate::try_from(&self.own).ok()?;
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name).ok()?,
            Host::Ipv4(ip) => ServerName::from(std::net::IpAddr::from(ip)),
            Host::Ipv6(ip) => ServerName::from(std::net::IpAddr::from(ip)),
        };
        if verify_server_name(&certificate, &name).is_err() {
            return Some(format!("it is not for {host}"));
        }
        let verified = verify_server_cert_signed_by_trust_anchor(
            &certificate,
            &RootCertStore::empty(),
            &[],
            UnixTime::now(),
            default_provider().signature_verification_algorithms.all,
        );
        match verified {
            Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
                not_after,
                ..
            })) => Some(format!("it expired on {}", date(not_after))),
            Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
                not_before,
                ..
            })) => Some(format!("it is not valid before {}", date(not_before))),
            // That nobody is trusted here was to be expected.
            _ => None,
        }
    }

    /// The listener's side of a handshake.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + use<>> {
        let acceptor = TlsAcceptor::from(self.config.clone());
        // In boxes: who comes by http should have no larger a task for it.
        Box::pin(acceptor.accept(stream)).await.map(Box::new)
    }

    /// Whether a handshake ended because the browser does not trust the certificate.
    pub(crate) fn is_distrusted(handshake: &io::Error) -> bool {
        let error = handshake.get_ref();
        let error = error.and_then(|error| error.downcast_ref::<rustls::Error>());
        matches!(
            error,
            Some(rustls::Error::AlertReceived(
                Alert::BadCertificate
                    | Alert::CertificateExpired
                    | Alert::CertificateRevoked
                    | Alert::CertificateUnknown
                    | Alert::UnknownCA
                    | Alert::UnsupportedCertificate
            ))
        )
    }
}

impl Pem<'_> {
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, RedirectError> {
        let found = CertificateDer::pem_slice_iter(self.text.as_bytes());
        found.collect::<Result<_, _>>().map_err(|e| self.broken(&e))
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, RedirectError> {
        // Both in a header of its own (RFC 1421 §4.6.1.1) and in the label (RFC 7468 §11).
        if self.text.contains("ENCRYPTED") {
            return Err(self.error("its key has a password, and nobody can be asked for it here"));
        }
        PrivateKeyDer::from_pem_slice(self.text.as_bytes()).map_err(|e| self.broken(&e))
    }

    /// What is wrong with it; what it says stays out of the message.
    fn broken(&self, error: &pem::Error) -> RedirectError {
        match error {
            pem::Error::NoItemsFound => self.error("there is no private key in it"),
            _ => self.error("its PEM is not whole"),
        }
    }

    fn error(&self, reason: &str) -> RedirectError {
        RedirectError::Certificate {
            origin: self.origin.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

/// It may hold a key: it is wiped when nobody needs it any more.
fn read(path: &Path) -> Result<SecretString, RedirectError> {
    let text = File::open(path).and_then(|file| read_text(file, MAX_FILE));
    text.map(SecretString::from)
        .map_err(|e| RedirectError::Certificate {
            origin: path.display().to_string(),
            reason: e.to_string(),
        })
}
