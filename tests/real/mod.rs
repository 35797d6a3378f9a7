//! The real binary against a browser, a server and a client that others wrote: Chromium, `oidc-provider`, `stravalib`.
//! `tests/run` installs them and runs these tests with all others; plain `cargo test` names them as ignored.

mod demo;
mod oidc_provider;
mod opener;
mod stravalib;
mod support;
mod webdriver;
