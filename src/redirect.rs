use std::{
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    pin::Pin,
    sync::{Arc, atomic::AtomicUsize},
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    Certificate, Error,
    authorization::{AuthorizationRequest, AuthorizationResponse},
    callback::Stray,
    connections::Connections,
    page::Page,
    pending::Pending,
    receive::{Callback, serve_connection},
    redirect_to::{Listening, Redirect},
    redirect_uri::RedirectUri,
};

/// The page reaches the browser within this, or the login ends without it.
const DRAIN: Duration = Duration::from_millis(500);

/// Of the ports that the system gives, more than these are not taken on the other stack only.
const MOST_HALF_FREE: usize = 16;

/// Listens for the one redirect of one login.
pub(crate) struct RedirectListener {
    listeners: Vec<TcpListener>,
    redirect_uri: RedirectUri,
    certificate: Option<Certificate>,
    /// The system gave the port.
    is_any: bool,
}

/// The browser that brought the answer and waits for its page. Dropping it closes everything, at once: the server runs
/// in the login's own future.
pub(crate) struct WaitingBrowser {
    // In this order: connections that are cut off do not see that there will be no page.
    server: Pin<Box<dyn Future<Output = ()> + Send>>,
    page: watch::Sender<Option<Page>>,
}

impl RedirectListener {
    /// Listens on the redirect URI's address, or elsewhere if told so; the bound port makes the redirect URI. Where
    /// the provider compares hosts only, a port in use is replaced by a free one.
    pub(crate) async fn bind(redirect: &Redirect) -> Result<Self, Error> {
        match Self::bind_port(redirect, redirect.uri.port()).await {
            Err(Error::Listen { error, .. })
                if redirect.any_port && error.kind() == io::ErrorKind::AddrInUse =>
            {
                Self::bind_port(redirect, 0).await
            }
            bound => bound,
        }
    }

    /// Listens for a moment.
    pub(crate) async fn try_bind(redirect: &Redirect) -> Result<Listening, Error> {
        let (bound, taken) = match Self::bind_port(redirect, redirect.uri.port()).await {
            Err(taken) if redirect.any_port => (Self::bind(redirect).await?, Some(taken)),
            bound => (bound?, None),
        };
        Ok(Listening {
            address: bound.address()?,
            taken,
            doubt: redirect.doubt(),
        })
    }

    /// The same with this port for the redirect URI's; 0 is any free one.
    async fn bind_port(redirect: &Redirect, port: u16) -> Result<Self, Error> {
        let Redirect { uri, elsewhere, .. } = redirect;
        let ips = elsewhere.map_or_else(|| uri.addresses(), |there| vec![there.ip]);
        let there = elsewhere.and_then(|there| there.port).unwrap_or(port);
        let mut bound = RedirectListener {
            listeners: listen(&ips, there, uri).await?,
            redirect_uri: uri.with_port(port),
            certificate: redirect.certificate.clone(),
            is_any: port == 0,
        };
        if port == 0 {
            bound.redirect_uri = uri.with_port(bound.address()?.port());
        }
        Ok(bound)
    }

    pub(crate) fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, Error> {
        let first = self.listeners.first().map(TcpListener::local_addr);
        let error = |error| Error::Listen {
            address: self.redirect_uri.authority().to_owned(),
            redirect_uri: Some(self.redirect_uri.as_str().to_owned()),
            error,
        };
        first
            .unwrap_or_else(|| Err(io::ErrorKind::AddrNotAvailable.into()))
            .map_err(error)
    }

    /// What waits for the answer to this request, and where that arrives.
    pub(crate) fn pending(
        &self,
        request: AuthorizationRequest,
    ) -> Result<(Pending, oneshot::Receiver<AuthorizationResponse>), Error> {
        let address = self.address()?;
        Ok(Pending::new(
            request,
            self.redirect_uri.clone(),
            address,
            self.is_any,
        ))
    }

    /// Waits for the one request, or the one paste, that answers `pending`. All others are answered, or dropped, and
    /// forgotten.
    pub(crate) async fn answer_to(
        self,
        pending: Pending,
        answer: oneshot::Receiver<AuthorizationResponse>,
        patience: Duration,
        on_stray: impl Fn(Stray) + Send + Sync + 'static,
    ) -> Result<(AuthorizationResponse, WaitingBrowser), Error> {
        let (page, waiting) = watch::channel(None);
        let callback = Arc::new(Callback {
            pending,
            page: waiting,
            certificate: self.certificate,
            on_stray: Box::new(on_stray),
            logged: AtomicUsize::new(0),
        });
        let redirect_uri = self.redirect_uri;
        let server = Box::pin(serve(self.listeners, callback));
        let mut browser = WaitingBrowser { server, page };
        match browser.beside(timeout(patience, answer)).await {
            Ok(Ok(answer)) => Ok((answer, browser)),
            _ => Err(Error::TimedOut {
                after: patience,
                redirect_uri: redirect_uri.as_str().to_owned(),
            }),
        }
    }
}

impl WaitingBrowser {
    /// Does this, and serves meanwhile.
    pub(crate) async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            done = work => done,
            // It ends only once there is a page.
            () = &mut self.server => unreachable!("the server ends with the page"),
        }
    }

    /// Shows the page, and returns when its bytes have left or nobody takes them.
    pub(crate) async fn show(self, page: Page) {
        self.page.send_replace(Some(page));
        self.server.await;
    }
}

/// Listens on each of these addresses, on one port; 0 is one that is free on all of them.
async fn listen(
    ips: &[IpAddr],
    port: u16,
    redirect_uri: &RedirectUri,
) -> Result<Vec<TcpListener>, Error> {
    // Held on to while others are tried, so that the system does not give them again.
    let mut half_free = Vec::new();
    loop {
        let mut listeners = Vec::new();
        match add(&mut listeners, ips, port, redirect_uri).await {
            Err(Error::Listen { error, .. })
                if port == 0
                    && !listeners.is_empty()
                    && error.kind() == io::ErrorKind::AddrInUse
                    && half_free.len() < MOST_HALF_FREE =>
            {
                half_free.append(&mut listeners);
            }
            added => return added.map(|()| listeners),
        }
    }
}

/// A machine that has only one of two stacks is content with that.
async fn add(
    listeners: &mut Vec<TcpListener>,
    ips: &[IpAddr],
    mut port: u16,
    redirect_uri: &RedirectUri,
) -> Result<(), Error> {
    let mut missing = Ok(());
    for ip in ips {
        let address = SocketAddr::new(*ip, port);
        let failed = |error| Error::Listen {
            address: address.to_string(),
            redirect_uri: Some(redirect_uri.as_str().to_owned()),
            error,
        };
        let bound = TcpListener::bind(address).await;
        let bound = bound.and_then(|listener| find_way(address.ip()).map(|()| listener));
        match bound.map_err(same_kind) {
            Ok(listener) => {
                port = listener.local_addr().map_err(failed)?.port();
                listeners.push(listener);
            }
            Err(e) if e.kind() == io::ErrorKind::AddrNotAvailable => {
                missing = missing.and(Err(failed(e)))
            }
            Err(e) => return Err(failed(e)),
        }
    }
    if listeners.is_empty() {
        missing
    } else {
        Ok(())
    }
}

/// A loopback interface that is down may take listeners all the same, and nobody comes. Nothing is sent here.
fn find_way(ip: IpAddr) -> io::Result<()> {
    match UdpSocket::bind((ip, 0)).and_then(|probe| probe.connect((ip, 1))) {
        Err(e) if ip.is_loopback() && e.kind() == io::ErrorKind::NetworkUnreachable => Err(e),
        _ => Ok(()),
    }
}

/// Without a stack, or a way, its addresses are as good as none.
fn same_kind(error: io::Error) -> io::Error {
    #[cfg(unix)]
    let has_stack = error.raw_os_error() != Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error());
    #[cfg(not(unix))]
    let has_stack = true;
    if has_stack && error.kind() != io::ErrorKind::NetworkUnreachable {
        return error;
    }
    io::Error::new(io::ErrorKind::AddrNotAvailable, error)
}

/// Accepts connections until the page is to be shown; then waits, bounded, for those that asked for it.
async fn serve(mut listeners: Vec<TcpListener>, callback: Arc<Callback>) {
    let mut connections = Connections::new();
    let mut page = callback.page.clone();
    loop {
        // In turn: a crowd at one of them keeps nobody out at the other.
        listeners.rotate_left(1);
        tokio::select! {
            accepted = accept(&listeners) => match accepted {
                Ok((stream, _)) => connections.add(|has_asked| serve_connection(stream, callback.clone(), has_asked)).await,
                // No descriptor left, for one: make room, and never spin.
                Err(_) => if !connections.drop_oldest_silent().await {
                    sleep(Duration::from_millis(10)).await;
                },
            },
            Some(()) = connections.one_ended() => {}
            () = callback.pending.answered() => connections.drop_silent(),
            _ = page.changed() => break,
        }
    }
    drop(listeners);
    connections.drop_silent();
    let drained = async { while connections.one_ended().await.is_some() {} };
    let _ = timeout(DRAIN, drained).await;
}

/// The next connection of any of them.
async fn accept(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    let ready = |poll: &Poll<_>| poll.is_ready();
    let next = |cx: &mut Context<'_>| {
        let mut polls = listeners.iter().map(|listener| listener.poll_accept(cx));
        polls.find(ready).unwrap_or(Poll::Pending)
    };
    poll_fn(next).await
}
