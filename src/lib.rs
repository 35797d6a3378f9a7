//! Log a person in through their own browser, by OAuth 2.0's authorization code grant with PKCE, and keep the token
//! good.
//!
//! A login is one short-lived server on this machine: [`Login::run`] binds a loopback address, hands over the URL of
//! the authorization request, waits for the redirect that answers it, exchanges the code, gives the token to be
//! kept, tells the browser what came of it, and is gone. Its doc comment numbers the steps; its body reads like them.
//!
//! ```no_run
//! # async fn example() -> Result<(), loopin::Error> {
//! use loopin::{Client, Login, Provider, TokenFile, browser::Browser};
//!
//! let provider = Provider::preset("strava")?;
//! let client = Client::from_file("client_secrets.txt", "STRAVA")?;
//! let file = TokenFile::new("token.json")?;
//! let browser = Browser::from_environment();
//! let token = Login::new(provider, client)
//!     .run(|login| browser.open(login.url(), |why| eprintln!("{why}")), async |token| file.keep(&token).await)
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! What is done with the token is awaited before the browser hears that the login succeeded. A [`TokenFile`] is one place
//! for it. Any other will do for the access token; but only a [`TokenFile`] is refreshed, under its lock.
//!
//! A provider is data: a built-in one, a TOML file ([`Provider::from_file`]), or what an issuer publishes of itself
//! ([`Provider::discover`]). With OpenID Connect the id_token is verified, and says whose account it is.
//!
//! From then on [`TokenFile::valid_token`] gives a good token: the one in the file, or a new one by the refresh token,
//! which many tasks and processes may want at once and which is spent by its first use. [`revoke()`] ends it all.
//!
//! ```no_run
//! # async fn example() -> Result<(), loopin::Error> {
//! use std::time::Duration;
//!
//! use loopin::{Client, Provider, TokenFile};
//!
//! let provider = Provider::preset("strava")?;
//! let client = Client::from_file("client_secrets.txt", "STRAVA")?;
//! let file = TokenFile::new("token.json")?;
//! let token = file.valid_token(&provider, &client, Duration::from_secs(60)).await?;
//! let header = format!("Authorization: Bearer {}", token.access_token());
//! # Ok(()) }
//! ```
//!
//! # Layout
//!
//! - `login`, `redeem`: the login, and what becomes of its answer; `refresh`, `renewal`: the same of a refresh token;
//!   `revoke`. The flows, top to bottom; they use the pieces below.
//! - `provider`, `provider_endpoints`, `provider_client`: what is known of a provider; `provider_data`, `provider_file`, `presets`, `issuer`: as
//!   data; `metadata`: as its issuer tells (RFC 8414).
//! - `client`, `client_file`, `scope`, `redirect_uri`, `endpoint`, `parameter`: what else is known before anything happens.
//! - `authorization`, `query`, `pkce`: the request and its answer (RFC 6749 §4.1.1-2, RFC 7636, RFC 9207); pure.
//! - `pending`, `redirect_to`, `redirect`, `receive`, `callback`, `connections`, `certificate`, `page`: the login that waits,
//!   its loopback listener (RFC 8252 §7.3), which request is the answer, how many there may be, what the browser shows.
//! - [`browser`]: opening a URL; `secret_variable`: what stays out of the environment of what is started.
//! - `http`, `http_error`, `proxy`, `trust`, `distrust`: the one HTTP client, why it fails, what may stand before the
//!   provider, who has to vouch for it, and what TLS says.
//! - `token_endpoint`, `token_response`, `id_token`, `jws`, `whoami`, `probe`: what is asked of the provider (RFC 6749
//!   §4.1.3, §6, RFC 7009), and what its answers mean (OpenID Connect Core §3.1.3.7); `object`, `account`, `digest`: what
//!   they are read with.
//! - `token`, `store`, `document`: the token, and `token.json`; `change`, `lock`, `private`, `recovery`: how that is
//!   replaced so that nothing is lost.
//! - `demo` (with the feature `cli`): an authorization server to try everything on.
//! - `fuzzing` (for the fuzzers and the tests): what has to hold whatever is read.
//! - `event`, `error`, `error_words`, `account_error`, `redirect_error`, `error_kind`, `kept`: what the caller is told,
//!   and tells; `read`, `untrusted`: texts of others.
//!
//! # Conventions
//!
//! The names are those of the RFCs. What a provider does differently is data in its TOML file, never code that asks
//! for its name. What is secret shows itself in no `Debug`, and no error quotes an answer.
//!
//! # Left out on purpose
//!
//! The implicit and password grants, PKCE's `plain`, an option that turns TLS verification off.

#![forbid(unsafe_code)]
#![warn(missing_debug_implementations, missing_docs, unreachable_pub)]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod login;
pub use login::Login;

mod redeem;

mod kept;
pub use kept::Kept;

mod refresh;
pub use refresh::{Refresh, Refreshed};

mod renewal;

mod revoke;
pub use revoke::revoke;

mod whoami;
pub use whoami::whoami;

mod probe;
pub use probe::{Probe, probe};

mod event;
pub use event::Event;

mod provider;
pub use provider::Provider;

mod provider_endpoints;

mod provider_client;

mod provider_data;

mod provider_file;

mod presets;

mod issuer;

mod metadata;

mod client;
pub use client::Client;

mod client_file;

mod scope;
pub use scope::Scopes;

mod redirect_uri;

mod account_error;
pub use account_error::AccountError;

mod redirect_error;
pub use redirect_error::RedirectError;

mod endpoint;

mod parameter;

mod authorization;

mod query;

mod pkce;

mod pending;
pub use pending::{NotTheAnswer, Pending};

mod callback;
pub use callback::Stray;

mod redirect_to;
pub use redirect_to::Listening;

mod certificate;
pub use certificate::Certificate;

mod redirect;

mod receive;

mod connections;

mod page;

pub mod browser;

mod secret_variable;
pub use secret_variable::is_secret_variable;

mod http;

mod http_error;

mod proxy;

mod trust;

mod distrust;

mod token_endpoint;

mod token_response;

mod id_token;

mod jws;

mod digest;

mod object;

mod account;

mod token;
pub use token::{Account, Token};

mod store;
pub use store::{LoginLock, TokenFile};

mod change;

mod recovery;
pub use recovery::Recovered;

mod lock;

mod private;

mod document;

#[cfg(feature = "cli")]
pub mod demo;

mod error;
pub use error::Error;

mod error_words;

mod error_kind;
pub use error_kind::ErrorKind;

mod read;

mod untrusted;
pub use untrusted::{printable, printable_json};

#[cfg(any(test, fuzzing))]
pub mod fuzzing;

/// Its Rust compiles, too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
