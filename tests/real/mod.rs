//! The real binary against programs that others wrote: Chromium, `oidc-provider`, `stravalib`, `make`, `strace`, `tmux`, `sshd`, `pip`.
//! `tests/run` installs them and runs these tests with all others; plain `cargo test` names them as ignored.

mod demo;
mod embed;
mod injection;
mod jobs;
mod make;
mod oidc_provider;
mod opener;
mod pages;
mod pictures;
mod release;
mod ssh;
mod sshd;
mod strace;
mod stravalib;
mod support;
mod svg;
mod terminal;
mod tmux;
mod webdriver;
