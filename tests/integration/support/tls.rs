//! Servers that speak TLS, and a certificate authority of the test's own that vouches for them.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PublicKeyData,
};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection, StreamOwned,
};
use sha2::{Digest, Sha256};

use super::PATIENCE;
use super::http::Reply;

/// Whom the clients trust that are told to.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::default();
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "an authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        Authority(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// Its certificate, for `SSL_CERT_FILE`.
    pub fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// A server of this name, with a certificate that is valid.
    pub fn vouches_for(&self, name: &str) -> Identity {
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        self.signs(name, params)
    }

    /// The same until the end of 2019.
    pub fn vouched_for(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        self.signs(name, params)
    }

    /// The same from the year 4000 on.
    pub fn will_vouch_for(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(4000, 1, 1);
        self.signs(name, params)
    }

    fn signs(&self, name: &str, mut params: CertificateParams) -> Identity {
        params.distinguished_name.push(DnType::CommonName, name);
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Identity::new(certificate.der(), certificate.pem(), &key)
    }

    /// What comes of these bytes from a server that this authority has to vouch for, up to its word that this is all.
    pub fn visits(&self, name: &str, stream: TcpStream, bytes: &[u8]) -> io::Result<Reply> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.as_ref().der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut stream = StreamOwned::new(connection, stream);
        stream.write_all(bytes)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(Reply::of(&answer))
    }
}

/// Who a server is, and can prove to be.
pub struct Identity {
    config: Arc<ServerConfig>,
    public_key: Vec<u8>,
    /// In PEM.
    pub certificate: String,
    /// In PEM.
    pub key: String,
}

impl Identity {
    /// One that only it vouches for.
    pub fn alone(name: &str) -> Identity {
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Identity::new(certificate.der(), certificate.pem(), &key)
    }

    /// The same, as `openssl req -x509` makes it: an authority as well.
    pub fn alone_as_an_authority(name: &str) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Identity::new(certificate.der(), certificate.pem(), &key)
    }

    /// One that was made elsewhere.
    pub fn of_pem(certificate: String, key: &str) -> Identity {
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
        Identity::new(&der, certificate, &KeyPair::from_pem(key).unwrap())
    }

    fn new(der: &CertificateDer<'static>, certificate: String, key: &KeyPair) -> Identity {
        let secret = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![der.clone()], secret);
        Identity {
            config: Arc::new(config.unwrap()),
            public_key: key.subject_public_key_info(),
            certificate,
            key: key.serialize_pem(),
        }
    }

    /// The server's side of a connection that has just been made.
    pub fn accept(&self, stream: TcpStream) -> Tls {
        let connection = ServerConnection::new(Arc::clone(&self.config)).unwrap();
        Tls(StreamOwned::new(connection, stream))
    }

    /// Its key, as `--ignore-certificate-errors-spki-list` names it to Chromium.
    pub fn pin(&self) -> String {
        BASE64_STANDARD.encode(Sha256::digest(&self.public_key))
    }
}

pub struct Tls(StreamOwned<ServerConnection, TcpStream>);

impl Tls {
    /// The last that is said.
    pub fn ends_with(mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)?;
        self.0.conn.send_close_notify();
        self.0.flush()
    }
}

impl Read for Tls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
