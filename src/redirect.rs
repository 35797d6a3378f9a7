use std::{
    future::poll_fn,
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use hyper::{server::conn::http1, service::Service};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, sleep, timeout, timeout_at},
};
use tracing::debug;

use crate::{
    Error,
    authorization::{AuthorizationRequest, AuthorizationResponse},
    callback::{Stray, check},
    connections::Connections,
    page::Page,
    pending::Pending,
    redirect_uri::RedirectUri,
};

/// A request line and its headers arrive within this, or the connection is dropped.
const HEAD: Duration = Duration::from_secs(5);

/// Request line and headers together.
const MAX_HEAD: usize = 16 * 1024;

/// The page reaches the browser within this, or the login ends without it.
const DRAIN: Duration = Duration::from_millis(500);

/// What stands before a TLS handshake: a browser that was told to use https only.
const TLS_HANDSHAKE: u8 = 0x16;

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

/// The browser that brought the answer and waits for its page. Dropping it closes everything.
pub(crate) struct WaitingBrowser {
    page: watch::Sender<Option<Page>>,
    server: JoinSet<()>,
}

/// What every connection needs to know about the login.
struct Callback {
    pending: Pending,
    page: watch::Receiver<Option<Page>>,
    on_stray: Box<dyn Fn(Stray) + Send + Sync>,
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
        let mut server = JoinSet::new();
        server.spawn(serve(self.listeners, callback));
        match timeout(patience, answer).await {
            Ok(Ok(answer)) => return Ok((answer, WaitingBrowser { page, server })),
            // The channel closes only if the server's task is no more.
            Ok(Err(_)) => WaitingBrowser { page, server }.ended().await,
            Err(_) => {}
        }
        Err(Error::TimedOut { after: patience })
    }
}

impl WaitingBrowser {
    /// Shows the page, and returns when its bytes have left or nobody takes them.
    pub(crate) async fn show(mut self, page: Page) {
        self.page.send_replace(Some(page));
        self.ended().await;
    }

    /// Waits for the server's end; its panic, if it was one, goes on here.
    async fn ended(&mut self) {
        if let Some(Err(e)) = self.server.join_next().await
            && e.is_panic()
        {
            std::panic::resume_unwind(e.into_panic());
        }
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

/// One connection: one request, one answer.
async fn serve_connection(stream: TcpStream, callback: Arc<Callback>, has_asked: Arc<AtomicBool>) {
    let deadline = Instant::now() + HEAD;
    let mut first = [0];
    match timeout_at(deadline, stream.peek(&mut first)).await {
        Ok(Ok(1)) if first[0] == TLS_HANDSHAKE => return (callback.on_stray)(Stray::Tls),
        Ok(Ok(1)) => {}
        _ => return,
    }
    let router = Router::new().fallback(receive).with_state(callback);
    let service = TowerToHyperService::new(router);
    let service = hyper::service::service_fn(move |request| {
        has_asked.store(true, Ordering::Relaxed);
        service.call(request)
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(deadline - Instant::now())
        .max_buf_size(MAX_HEAD)
        .keep_alive(false)
        .half_close(true)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(e) = served {
        debug!("a connection ended early: {e}");
    }
}

/// The one handler. A second request with the right answer (a reload, a prefetch) gets the same page.
async fn receive(State(callback): State<Arc<Callback>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let answer = match check(&parts, callback.pending.uri(), callback.pending.request()) {
        Ok(answer) => answer,
        Err(stray) => {
            debug!(?stray, "a request that is not the answer");
            (callback.on_stray)(stray);
            return respond(stray.status(), Page::stray());
        }
    };
    callback.pending.answer(answer);
    let mut page = callback.page.clone();
    match page
        .wait_for(Option::is_some)
        .await
        .map(|page| page.clone())
    {
        Ok(Some(page)) => respond(StatusCode::OK, page),
        _ => respond(StatusCode::SERVICE_UNAVAILABLE, Page::stray()),
    }
}

fn respond(status: StatusCode, page: Page) -> Response {
    let mut response = Response::new(Body::from(page.html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let policy = HeaderValue::from_str(&page.content_security_policy);
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        policy.expect("it is plain ASCII"),
    );
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET"));
    }
    response
}
