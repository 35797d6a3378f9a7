use std::net::{IpAddr, SocketAddr};

use crate::{
    Certificate, Error, Provider, RedirectError, provider_data::RedirectPort,
    redirect_uri::RedirectUri,
};

/// Where the browser is sent with the answer, and how it is received there.
pub(crate) struct Redirect {
    pub(crate) uri: RedirectUri,
    /// Another port will do.
    pub(crate) any_port: bool,
    pub(crate) elsewhere: Option<Elsewhere>,
    pub(crate) certificate: Option<Certificate>,
}

/// Another address than the redirect URI's, that its requests reach all the same: a container's.
#[derive(Clone, Copy)]
pub(crate) struct Elsewhere {
    pub(crate) ip: IpAddr,
    /// The redirect URI's, if there is none.
    pub(crate) port: Option<u16>,
}

/// Where a login would listen.
#[derive(Debug)]
#[non_exhaustive]
pub struct Listening {
    /// The address, and a port that is free.
    pub address: SocketAddr,
    /// Why that is not the redirect URI's own port, where the provider compares hosts only.
    pub taken: Option<Error>,
    /// Why no browser would trust the certificate of an https redirect URI, as far as it can be seen here.
    pub doubt: Option<String>,
}

impl Redirect {
    /// What is registered at the provider, as far as its data tells.
    pub(crate) fn of(provider: &Provider) -> Self {
        Redirect {
            uri: provider.redirect().clone(),
            any_port: provider.redirect_port() == RedirectPort::Any,
            elsewhere: None,
            certificate: None,
        }
    }

    /// What is wrong with it before anything is bound.
    pub(crate) fn check(&self, provider: &Provider) -> Result<(), RedirectError> {
        let uri = self.uri.as_str().to_owned();
        match &self.certificate {
            None if self.uri.is_https() => Err(RedirectError::NoCertificate { uri }),
            Some(_) if !self.uri.is_https() => Err(RedirectError::UselessCertificate { uri }),
            _ if self.uri.port() == 0 && provider.redirect_port() == RedirectPort::Exact => {
                Err(RedirectError::AnyPort {
                    provider: provider.name().to_owned(),
                    uri: provider.redirect_uri().to_owned(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Why no browser will trust the certificate.
    pub(crate) fn doubt(&self) -> Option<String> {
        self.certificate.as_ref()?.doubt(self.uri.host()?)
    }
}
