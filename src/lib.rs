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
//! let client = Client::from_file("client_secrets.txt".as_ref(), "STRAVA")?;
//! let token = Login::new(Provider::preset("strava")?, client)
//!     .run(|url| eprintln!("open {url}"), async |token| file.save(&token).map(|()| Kept::default()))
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! # Layout
//!
//! The flow uses the pieces, and the pieces do not know each other; they stand here in the order in which data goes
//! through them. One outside crate has one home: `axum` in `redirect`, `reqwest` in `http`.
//!
//! # Conventions
//!
//! The names are those of the RFCs. What a provider does differently is data in its TOML file, never code that asks
//! for its name. Secrets have no `Debug`; errors quote nothing that a server sent. Time is an argument.
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

mod endpoint;

mod client;
pub use client::Client;

mod scope;
pub use scope::Scopes;

mod pkce;

mod authorization;

mod redirect_uri;

mod connections;

mod redirect;
pub use redirect::Stray;

mod page;

pub mod browser;

mod http;

mod token_endpoint;

mod token;
pub use token::{Account, Token};

mod document;

mod store;
pub use store::{LoginLock, TokenFile};

#[cfg(feature = "cli")]
pub mod demo;

mod read;

mod untrusted;
pub use untrusted::printable;

mod error;
pub use error::{Error, ErrorKind};
