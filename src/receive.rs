//! A connection to the listener: one request, one answer.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
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
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::watch,
    time::{Instant, timeout_at},
};
use tracing::debug;

use crate::{
    Certificate,
    callback::{Stray, check},
    page::Page,
    pending::Pending,
};

/// A request line and its headers arrive within this, or the connection is dropped.
const HEAD: Duration = Duration::from_secs(5);

/// Request line and headers together. Cookies know no ports (RFC 6265 §8.5): those of everything else that is, or was,
/// served on this machine come along.
const MAX_HEAD: usize = 128 * 1024;

/// So many of those who bring no answer are logged: a web page can send requests for ever.
const MOST_LOGGED: usize = 100;

/// What stands before a TLS handshake: a browser that was told to use https only.
const TLS_HANDSHAKE: u8 = 0x16;

/// What every connection needs to know about the login.
pub(crate) struct Callback {
    pub(crate) pending: Pending,
    pub(crate) page: watch::Receiver<Option<Page>>,
    /// For an https redirect URI.
    pub(crate) certificate: Option<Certificate>,
    pub(crate) on_stray: Box<dyn Fn(Stray) + Send + Sync>,
    pub(crate) logged: AtomicUsize,
}

impl Callback {
    /// Logs what was no answer, while there are few.
    fn log(&self, what: fmt::Arguments<'_>) {
        match self.logged.fetch_add(1, Ordering::Relaxed) {
            ..MOST_LOGGED => debug!("{what}"),
            MOST_LOGGED => debug!("too many bring no answer: no more of them is logged"),
            _ => {}
        }
    }
}

/// One connection: one request, one answer.
pub(crate) async fn serve_connection(
    stream: TcpStream,
    callback: Arc<Callback>,
    has_asked: Arc<AtomicBool>,
) {
    let deadline = Instant::now() + HEAD;
    let mut first = [0];
    let is_tls = match timeout_at(deadline, stream.peek(&mut first)).await {
        Ok(Ok(1)) => first[0] == TLS_HANDSHAKE,
        _ => return,
    };
    match (&callback.certificate, is_tls) {
        (None, false) => converse(stream, callback, has_asked, deadline).await,
        (None, true) => (callback.on_stray)(Stray::Tls),
        (Some(_), false) => callback.log(format_args!("a request without TLS")),
        (Some(certificate), true) => match timeout_at(deadline, certificate.accept(stream)).await {
            Ok(Ok(stream)) => converse(stream, callback, has_asked, deadline).await,
            Ok(Err(e)) if Certificate::is_distrusted(&e) => (callback.on_stray)(Stray::Distrust),
            Ok(Err(e)) => callback.log(format_args!("a TLS handshake failed: {e}")),
            Err(_) => {}
        },
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    callback: Arc<Callback>,
    has_asked: Arc<AtomicBool>,
    deadline: Instant,
) {
    let router = Router::new().fallback(receive).with_state(callback.clone());
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
        callback.log(format_args!("a connection ended early: {e}"));
    }
}

/// The one handler. A second request with the right answer (a reload, a prefetch) gets the same page.
async fn receive(State(callback): State<Arc<Callback>>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let answer = match check(&parts, callback.pending.uri(), callback.pending.request()) {
        Ok(answer) => answer,
        Err(stray) => {
            callback.log(format_args!("a request that is not the answer: {stray:?}"));
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
