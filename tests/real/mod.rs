//! The real binary against programs that others wrote: Chromium, `oidc-provider`, Django OAuth Toolkit, `stravalib`, `pip`,
//! `make`, `strace`, `faketime`, `tmux`, `sshd`.
//! `tests/run` installs them and runs these tests with all others; plain `cargo test` names them as ignored.

mod access_token;
mod clocks;
mod ctrl_c;
mod demo;
mod denied;
mod disk_errors;
mod django_oauth_toolkit;
mod embed;
mod exceptions;
mod https;
mod injection;
mod jobs;
mod make;
mod oidc_provider;
mod opener;
mod pages;
mod pictures;
mod release;
mod server;
mod sources;
mod ssh;
mod sshd;
mod strace;
mod strava;
mod strava_checkout;
mod strava_example;
mod stravalib;
mod support;
mod svg;
mod terminal;
mod tmux;
mod visitor;
mod webdriver;
mod wheel;
