//! The program from outside: it is started as a person would, and meets a scripted authorization
//! server, a scripted browser and a scripted person. Everything stays on this machine.
//!
//! After every login `support::Outcome` checks what must always hold: no secret in sight, the token
//! file whole and private, nothing left behind, nobody listening any more.

mod accounts;
mod browser;
mod callback;
mod cli;
mod demo;
mod exchange;
mod files;
mod issuer;
mod listener;
mod login;
mod ports;
mod provider_file;
mod readme;
mod refusals;
mod rescue;
mod scopes;
mod signals;
mod support;

#[path = "../real/mod.rs"]
mod real;
