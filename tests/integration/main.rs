//! The program from outside: it is started as a person would, and meets a scripted authorization
//! server, a scripted browser and a scripted person. Everything stays on this machine.
//!
//! After every command `support::Outcome` checks what must always hold: no secret in sight, the token
//! file whole and private, nothing left behind, nobody listening any more.

mod accounts;
mod answers;
mod browser;
mod callback;
mod cases;
mod certificate;
mod checks;
mod cli;
mod demo;
mod dependencies;
mod discovery;
mod disk;
mod doctor;
mod documents;
mod exchange;
mod exec;
mod expiry;
mod files;
mod git;
mod gitignore;
mod guards;
mod headless;
mod help;
mod herd;
mod histories;
mod id_tokens;
mod interruptions;
mod issuer;
mod jobs;
mod json;
mod jwks;
mod known_issuer;
mod library;
mod life;
mod listen;
mod listener;
mod live;
mod locks;
mod log_format;
mod login;
mod logout;
mod max_age;
mod metadata;
mod mounts;
mod narrow;
mod networks;
mod openid;
mod openid_files;
mod paste;
mod ports;
mod postponed;
mod presets;
mod prompt;
mod provider_file;
mod providers;
mod questions;
mod readme;
mod recipes;
mod recorded_issuer;
mod refresh;
mod refreshed;
mod refusals;
mod refused_refreshes;
mod rescue;
mod resources;
mod scopes;
mod setup;
mod signals;
mod status;
mod support;
mod tls_redirect;
mod token;
mod token_file;
mod trust;
mod typing;
mod usage;
mod ways_out;
mod whoami;

#[path = "../real/mod.rs"]
mod real;
