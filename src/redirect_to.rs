use std::net::{IpAddr, SocketAddr};

use crate::{
    Certificate, Error, Provider, provider_data::RedirectPort, redirect::RedirectListener,
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
            uri: provider.redirect_uri().clone(),
            any_port: provider.redirect_port() == RedirectPort::Any,
            elsewhere: None,
            certificate: None,
        }
    }

    /// What is wrong with it before anything is bound.
    pub(crate) fn check(&self, provider: &Provider) -> Result<(), Error> {
        let has_certificate = self.certificate.is_some();
        let registers_port = provider.redirect_port() == RedirectPort::Exact;
        let reason = if self.uri.is_https() && !has_certificate {
            "https takes a certificate and its key"
        } else if has_certificate && !self.uri.is_https() {
            "a certificate is for https, and this is http"
        } else if self.uri.port() == 0 && registers_port {
            "the provider redirects only to the port that is registered there, and 0 is any free one"
        } else {
            return Ok(());
        };
        Err(Error::RedirectUri {
            uri: self.uri.as_str().to_owned(),
            reason,
        })
    }

    /// Listens for a moment.
    pub(crate) async fn try_listen(&self) -> Result<Listening, Error> {
        let (bound, taken) = match RedirectListener::bind_port(self, self.uri.port()).await {
            Err(taken) if self.any_port => (RedirectListener::bind(self).await?, Some(taken)),
            bound => (bound?, None),
        };
        Ok(Listening {
            address: bound.address()?,
            taken,
            doubt: self.doubt(),
        })
    }

    /// Why no browser will trust the certificate.
    pub(crate) fn doubt(&self) -> Option<String> {
        self.certificate.as_ref()?.doubt(self.uri.host()?)
    }
}
