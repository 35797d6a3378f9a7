//! Who has to vouch for a provider's endpoints.

use std::sync::Arc;

use rustls::{ClientConfig, Error, RootCertStore, crypto::ring::default_provider};
use rustls_platform_verifier::BuilderVerifierExt;

/// TLS with whom this machine trusts: reading its root certificates takes milliseconds.
pub(crate) fn in_this_machines() -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    let config = builder.with_platform_verifier()?.with_no_client_auth();
    Ok(http1(config))
}

/// TLS with nobody, for what goes without: a machine without root certificates can still talk to itself.
pub(crate) fn in_nobody() -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    let builder = builder.with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(RootCertStore::empty());
    Ok(http1(builder.with_no_client_auth()))
}

/// What is spoken inside (RFC 7301).
fn http1(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}
