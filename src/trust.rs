//! Who has to vouch for a provider's endpoints.
//!
//! ring knows neither P-521 nor ECDSA with SHA-512, and no post-quantum key exchange.

use std::sync::Arc;

use rustls::{
    ClientConfig, ConfigBuilder, Error, RootCertStore, WantsVerifier,
    crypto::ring::default_provider,
};
use rustls_platform_verifier::BuilderVerifierExt;

/// TLS with whom this machine trusts: reading its root certificates takes milliseconds.
pub(crate) fn of_this_machine() -> Result<ClientConfig, Error> {
    let config = builder()?.with_platform_verifier()?;
    Ok(speaking_http1(config.with_no_client_auth()))
}

/// TLS with nobody, for what goes without: a machine without root certificates can still talk to itself.
pub(crate) fn of_nobody() -> Result<ClientConfig, Error> {
    let config = builder()?.with_root_certificates(RootCertStore::empty());
    Ok(speaking_http1(config.with_no_client_auth()))
}

fn builder() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
}

/// Says so in the handshake (RFC 7301).
fn speaking_http1(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
