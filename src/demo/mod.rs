//! An authorization server to try everything on: it behaves as Strava does, and is as strict as a server can be.
//!
//! Scopes are separated by commas and told in the redirect, codes and refresh tokens are good for one use, access
//! tokens expire, the athlete is in the code's answer, errors have Strava's shape. Redirect URIs must be this
//! machine's and the same in both requests, PKCE and the client's authentication are checked.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use loopin::{Kept, Login, demo};
//! use tokio::sync::oneshot;
//!
//! let server = demo::Server::start(0).await?;
//! let (browser, url) = oneshot::channel();
//! let login = Login::new(server.provider()?, server.client())
//!     .port(0)
//!     .run(|login| browser.send(login.url().to_owned()).unwrap(), async |_| Ok(Kept::default()));
//! let person = async { demo::play_person(&server, &url.await.unwrap(), |step| println!("{step}")).await };
//! let (token, played) = tokio::join!(login, person);
//! assert_eq!(token?.account().unwrap().name, "Ada Demo");
//! # Ok(played?) }
//! ```

mod app;
mod athlete;
mod authorize;
mod memory;
mod page;
mod person;
mod revocation;
mod token;

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Json, Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};

use self::memory::Memory;
use crate::{Client, Error, Provider, pkce::random};

pub use person::play_person;

/// What `token.json` calls the demo: a token that no other command believes in.
pub const PROVIDER: &str = "demo";

const CLIENT_ID: &str = "4242";

/// The demo's provider, until it is dropped.
pub struct Server {
    state: Arc<State>,
    address: SocketAddr,
    _task: JoinSet<()>,
}

struct State {
    client_secret: String,
    memory: Mutex<Memory>,
}

/// Without its client's secret.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Starts it on a port of this machine; 0 is any free one. It needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`] if the port cannot be had, [`Error::Random`] without random numbers.
    pub async fn start(port: u16) -> Result<Self, Error> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let error = |error: io::Error| Error::Listen {
            address: address.to_string(),
            redirect_uri: None,
            error,
        };
        let listener = TcpListener::bind(address).await.map_err(error)?;
        let bound = listener.local_addr().map_err(error)?;
        let state = Arc::new(State {
            client_secret: random()?,
            memory: Mutex::default(),
        });
        let router = Router::new()
            .route(
                "/oauth/authorize",
                get(authorize::ask).post(authorize::decide),
            )
            .route("/oauth/token", post(token::issue))
            .route("/oauth/revoke", post(revocation::revoke))
            .route("/api/v3/athlete", get(athlete::answer))
            .route("/settings/api", get(app::show))
            .with_state(state.clone());
        let mut task = JoinSet::new();
        task.spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Server {
            state,
            address: bound,
            _task: task,
        })
    }

    /// Its provider file.
    pub fn provider_toml(&self) -> String {
        include_str!("provider.toml").replace("BASE", &format!("http://{}", self.address))
    }

    /// Its provider file, read.
    ///
    /// # Errors
    ///
    /// None but those of [`Provider::from_toml`].
    pub fn provider(&self) -> Result<Provider, Error> {
        Provider::from_toml(&self.provider_toml(), PROVIDER)
    }

    /// Its only client.
    pub fn client(&self) -> Client {
        Client::with_secret(CLIENT_ID, &self.state.client_secret)
    }

    /// The line for `client_secrets.txt`. It is a secret only as long as the server runs.
    pub fn client_secrets(&self) -> String {
        format!("{CLIENT_ID},{}", self.state.client_secret)
    }
}

impl State {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error as Strava tells it.
fn error(status: StatusCode, resource: &str, field: &str) -> Response {
    let message = if status == StatusCode::UNAUTHORIZED {
        "Authorization Error"
    } else {
        "Bad Request"
    };
    let errors = [json!({ "resource": resource, "field": field, "code": "invalid" })];
    (
        status,
        Json(json!({ "message": message, "errors": errors })),
    )
        .into_response()
}

/// The parameter's value; nothing where it is absent, empty or there twice (RFC 6749 §3.1).
fn single<'a>(parameters: &'a [(String, String)], name: &str) -> &'a str {
    let mut values = parameters
        .iter()
        .filter(|(known, _)| known == name)
        .map(|(_, value)| value.as_str());
    match (values.next(), values.next()) {
        (Some(value), None) => value,
        _ => "",
    }
}
