use std::{
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    Error,
    authorization::{AuthorizationRequest, AuthorizationResponse},
    callback::Stray,
    connections::Connections,
    page::Page,
    pending::Pending,
    receive::{Callback, serve_connection},
    redirect_uri::RedirectUri,
};

/// The page reaches the browser within this, or the login ends without it.
const DRAIN: Duration = Duration::from_millis(500);

/// Listens for the one redirect of one login.
pub(crate) struct RedirectListener {
    listeners: Vec<TcpListener>,
    redirect_uri: RedirectUri,
    /// The port that was wanted is taken.
    has_moved: bool,
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
    /// the provider compares hosts only (`any_port`), a port in use is replaced by a free one.
    pub(crate) async fn bind(
        redirect_uri: &RedirectUri,
        any_port: bool,
        elsewhere: Option<Elsewhere>,
    ) -> Result<Self, Error> {
        match Self::bind_all(redirect_uri, elsewhere).await {
            Err(Error::Listen { error, .. })
                if any_port && error.kind() == io::ErrorKind::AddrInUse =>
            {
                let moved = Self::bind_all(&redirect_uri.with_port(0), elsewhere).await?;
                Ok(RedirectListener {
                    has_moved: true,
                    ..moved
                })
            }
            bound => bound,
        }
    }

    /// Listens on each of its addresses, on one port. A machine without IPv6 is content with IPv4.
    async fn bind_all(
        redirect_uri: &RedirectUri,
        elsewhere: Option<Elsewhere>,
    ) -> Result<Self, Error> {
        let ips = elsewhere.map_or_else(|| redirect_uri.addresses(), |there| vec![there.ip]);
        let mut port = elsewhere
            .and_then(|there| there.port)
            .unwrap_or(redirect_uri.port());
        let mut listeners = Vec::new();
        for ip in ips {
            let address = SocketAddr::new(ip, port);
            let failed = |error| Error::Listen {
                address: address.to_string(),
                error,
            };
            match TcpListener::bind(address).await {
                Ok(listener) => {
                    port = listener.local_addr().map_err(failed)?.port();
                    listeners.push(listener);
                }
                Err(e) if e.kind() == io::ErrorKind::AddrNotAvailable && !listeners.is_empty() => {}
                Err(e) => return Err(failed(e)),
            }
        }
        let redirect_uri = match redirect_uri.port() {
            0 => redirect_uri.with_port(port),
            _ => redirect_uri.clone(),
        };
        Ok(RedirectListener {
            listeners,
            redirect_uri,
            has_moved: false,
        })
    }

    pub(crate) fn redirect_uri(&self) -> &RedirectUri {
        &self.redirect_uri
    }

    pub(crate) fn address(&self) -> Result<SocketAddr, Error> {
        let first = self.listeners.first().map(TcpListener::local_addr);
        let error = |error| Error::Listen {
            address: self.redirect_uri.authority().to_owned(),
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
            self.has_moved,
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
            on_stray: Box::new(on_stray),
        });
        let server = Box::pin(serve(self.listeners, callback));
        let mut browser = WaitingBrowser { server, page };
        match browser.beside(timeout(patience, answer)).await {
            Ok(Ok(answer)) => Ok((answer, browser)),
            _ => Err(Error::TimedOut { after: patience }),
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

/// Accepts connections until the page is to be shown; then waits, bounded, for those that asked for it.
async fn serve(listeners: Vec<TcpListener>, callback: Arc<Callback>) {
    let mut connections = Connections::new();
    let mut page = callback.page.clone();
    loop {
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
