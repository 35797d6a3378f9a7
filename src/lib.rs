//! Log a person in through their own browser, by OAuth 2.0's authorization code grant with PKCE, and keep the token.
//!
//! A login is one short-lived server on this machine: [`Login::run`] binds a loopback address, hands over the URL of
//! the authorization request, waits for the redirect that answers it, exchanges the code, gives the token to be
//! kept, tells the browser what came of it, and is gone. Its doc comment numbers the steps; its body reads like them.
//!
//! ```no_run
//! # async fn example() -> Result<(), loopin::Error> {
//! use loopin::{Client, Kept, Login, Provider, TokenFile};
//!
//! let file = TokenFile::new("token.json")?;
//! let client = Client::from_file("client_secrets.txt", "STRAVA")?;
//! let token = Login::new(Provider::preset("strava")?, client)
//!     .run(|url| eprintln!("open {url}"), async |token| file.save(&token).map(|()| Kept::default()))
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! # Layout
//!
//! - `login`: the flow, one function, top to bottom. It uses the pieces below.
//! - `provider`, `client`, `scope`, `redirect_uri`, `endpoint`: what is known before anything happens, as data.
//! - `authorization`, `query`, `pkce`: the request and its answer (RFC 6749 §4.1.1-2, RFC 7636, RFC 9207); pure.
//! - `redirect`, `callback`, `connections`, `page`: the loopback listener (RFC 8252 §7.3), which request is the answer,
//!   how many there may be, what the browser shows.
//! - [`browser`]: opening a URL.
//! - `http`, `token_endpoint`: the one HTTP client and what is asked of the provider with it (RFC 6749 §4.1.3).
//! - `token`, `store`, `document`: the token, and `token.json` with its locks.
//! - `demo` (with the feature `cli`): an authorization server to try everything on.
//! - `error`, `read`, `untrusted`: one [`Error`]; texts of others.
//!
//! # Conventions
//!
//! The names are those of the RFCs. What a provider does differently is data in its TOML file, never code that asks
//! for its name. What is secret shows itself in no `Debug`, and no error quotes an answer.
//!
//! # Left out on purpose
//!
//! The implicit and password grants, PKCE's `plain`, an option that turns TLS verification off, listening on anything
//! but this machine.

#![forbid(unsafe_code)]
#![warn(missing_docs, unreachable_pub)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod login;
pub use login::{Event, Kept, Login};

mod provider;
pub use provider::Provider;

mod client;
pub use client::Client;

mod scope;
pub use scope::Scopes;

mod redirect_uri;

mod endpoint;

mod authorization;

mod query;

mod pkce;

mod callback;
pub use callback::Stray;

mod redirect;

mod connections;

mod page;

pub mod browser;

mod http;

mod token_endpoint;

mod token;
pub use token::{Account, Token};

mod store;
pub use store::{LoginLock, TokenFile};

mod document;

#[cfg(feature = "cli")]
pub mod demo;

mod error;
pub use error::{Error, ErrorKind};

mod read;

mod untrusted;
pub use untrusted::printable;
