use std::{
    future::ready,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs},
    pin::pin,
    thread,
    time::Duration,
};

use reqwest::{
    RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header::{self, HeaderMap},
    redirect::Policy,
};
use tokio::time::timeout;
use url::Url;

use crate::{
    Error, distrust,
    endpoint::is_https_or_loopback,
    http_error::{TOO_LONG, failure, no_client},
    proxy::{self, Proxy},
    trust,
};

const CONNECT: Duration = Duration::from_secs(5);
pub(crate) const IN_ALL: Duration = Duration::from_secs(15);

/// A process that was stopped meanwhile finds its time up, and perhaps the answer there all the same.
const LAST_LOOK: Duration = Duration::from_millis(100);

/// No answer, and no metadata, is larger.
const MAX_BODY: usize = 1024 * 1024;

const USER_AGENT: &str = concat!("loopin/", env!("CARGO_PKG_VERSION"));

/// The one HTTP client: https, or http on a loopback address; no redirects followed; bounded in time and size.
pub(crate) struct HttpClient {
    reach: Reach,
    client: reqwest::Client,
}

/// A client that is being built on a thread of its own.
pub(crate) struct Preparing {
    host: String,
    client: oneshot::Receiver<Result<HttpClient, String>>,
}

/// What an endpoint needs of its client.
#[derive(PartialEq, Eq)]
struct Reach {
    proxy: Option<Proxy>,
    /// Root certificates are read for https only: a machine without any can still talk to itself.
    tls: bool,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    headers: HeaderMap,
}

impl Answer {
    /// One that nobody gave.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of(status: u16, content_type: &str, body: &[u8]) -> Self {
        let value = header::HeaderValue::from_str(content_type);
        let headers = value.map(|value| (header::CONTENT_TYPE, value));
        Answer {
            status,
            body: body.to_vec(),
            headers: headers.into_iter().collect(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A server that answers so may do better in a while, whatever else it says (RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4).
pub(crate) fn is_unwell(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

/// Who asks (RFC 6749 §2.3.1, RFC 6750 §2.1).
pub(crate) enum Credentials<'a> {
    None,
    Basic { user: &'a str, password: &'a str },
    Bearer(&'a str),
}

impl Preparing {
    pub(crate) async fn ready(self) -> Result<HttpClient, Error> {
        let host = self.host;
        match self.client.await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(reason)) => Err(Error::Untrusted { host, reason }),
            Err(_) => Err(Error::Unreachable {
                host,
                proxy: None,
                reason: "there is no thread to be had".into(),
            }),
        }
    }
}

impl HttpClient {
    /// A client for `url`.
    pub(crate) fn new(url: &Url) -> Result<Self, Error> {
        let client = Reach::of(url)?.client();
        client.map_err(|reason| Error::Untrusted {
            host: host(url),
            reason,
        })
    }

    /// Starts building a client for `url`: reading the root certificates takes milliseconds, which are better spent
    /// while the person is in the browser.
    pub(crate) fn prepare(url: &Url) -> Result<Preparing, Error> {
        let reach = Reach::of(url)?;
        let (sender, client) = oneshot::channel();
        // If there is no thread to be had, the sender is dropped and `ready` says so.
        let _ = thread::Builder::new().spawn(move || sender.send(reach.client()));
        Ok(Preparing {
            host: host(url),
            client,
        })
    }

    /// Sends a form (RFC 6749 §4.1.3).
    pub(crate) async fn post_form(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        credentials: Credentials<'_>,
    ) -> Result<Answer, Error> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self.client_for(url)?.post(url.clone()).body(body);
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        send(request, url, credentials).await
    }

    /// Asks with nothing but who asks.
    pub(crate) async fn post(
        &self,
        url: &Url,
        credentials: Credentials<'_>,
    ) -> Result<Answer, Error> {
        let request = self.client_for(url)?.post(url.clone());
        send(request.header(header::CONTENT_LENGTH, 0), url, credentials).await
    }

    /// Asks for a document.
    pub(crate) async fn get(
        &self,
        url: &Url,
        credentials: Credentials<'_>,
    ) -> Result<Answer, Error> {
        send(self.client_for(url)?.get(url.clone()), url, credentials).await
    }

    /// Asks whether anybody answers there.
    pub(crate) async fn head(&self, url: &Url) -> Result<Answer, Error> {
        let request = self.client_for(url)?.head(url.clone());
        send(request, url, Credentials::None).await
    }

    /// The client itself, or another one where an endpoint is reached differently than the one prepared for.
    fn client_for(&self, url: &Url) -> Result<reqwest::Client, Error> {
        let untrusted = |reason: String| Error::Untrusted {
            host: host(url),
            reason,
        };
        if !is_https_or_loopback(url) {
            return Err(untrusted("it is neither https nor on this machine".into()));
        }
        let reach = Reach::of(url)?;
        if reach == self.reach {
            return Ok(self.client.clone());
        }
        Ok(reach.client().map_err(untrusted)?.client)
    }
}

impl Reach {
    fn of(url: &Url) -> Result<Self, Error> {
        Ok(Reach {
            proxy: proxy::before(url)?,
            tls: url.scheme() == "https",
        })
    }

    /// Or why there can be none: mostly because it could trust nobody.
    fn client(self) -> Result<HttpClient, String> {
        let tls = match self.tls {
            true => trust::of_this_machine(),
            false => trust::of_nobody(),
        };
        let tls = tls.map_err(|e| distrust::words(&e))?;
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .dns_resolver(SystemNames)
            .user_agent(USER_AGENT);
        builder = match &self.proxy {
            Some(proxy) => {
                let proxy = reqwest::Proxy::https(proxy.url().clone());
                builder.proxy(proxy.map_err(|e| no_client(&e))?)
            }
            None => builder.no_proxy(),
        };
        let client = builder.build().map_err(|e| no_client(&e))?;
        Ok(HttpClient {
            reach: self,
            client,
        })
    }
}

/// Looks names up as the system does, on a thread that may be refused: tokio's own look-up panics where no thread can be had.
struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        // Whatever a name server says, that is this machine (RFC 6761 §6.3). It is asked by http.
        if name.as_str() == "localhost" {
            let own: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            let own: Addrs = Box::new(own.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            return Box::pin(ready(Ok(own)));
        }
        let (sender, found) = oneshot::channel();
        let look_up = move || sender.send((name.as_str(), 0).to_socket_addrs());
        let thread = thread::Builder::new().spawn(look_up);
        Box::pin(async {
            thread?;
            let addresses: Addrs = Box::new(found.await??);
            Ok(addresses)
        })
    }
}

async fn send(
    request: RequestBuilder,
    url: &Url,
    credentials: Credentials<'_>,
) -> Result<Answer, Error> {
    let request = request.header(header::ACCEPT, "application/json");
    let request = match credentials {
        Credentials::None => request,
        Credentials::Basic { user, password } => request.basic_auth(user, Some(password)),
        Credentials::Bearer(token) => request.bearer_auth(token),
    };
    let proxy = proxy::before(url)?.map(|proxy| host(proxy.url()));
    let mut answer = pin!(answer(request, url, proxy));
    match timeout(IN_ALL, &mut answer).await {
        Ok(answer) => answer,
        Err(_) => timeout(LAST_LOOK, answer).await.unwrap_or_else(|_| {
            Err(Error::NoAnswer {
                host: host(url),
                reason: TOO_LONG.into(),
            })
        }),
    }
}

async fn answer(
    request: RequestBuilder,
    url: &Url,
    proxy: Option<String>,
) -> Result<Answer, Error> {
    let failed = |e: reqwest::Error| failure(&e, host(url), proxy.clone());
    let mut response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            let reason = format!("it is larger than {MAX_BODY} bytes");
            return Err(Error::Protocol {
                provider: host(url),
                reason,
            });
        }
    }
    Ok(Answer {
        status,
        body,
        headers,
    })
}

pub(crate) fn host(url: &Url) -> String {
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}
