//! Who takes part in the life of a token: the program, the authorization server, the browser and the person.

mod alone;
mod answer;
mod authorization_server;
mod browser;
mod command;
pub mod crowd;
mod embedder;
mod endpoint;
mod grants;
mod hints;
mod http;
mod https;
mod input;
mod invariants;
mod keys;
mod marks;
pub mod namespaces;
mod openid;
mod outcome;
mod person;
mod provider;
mod recorded;
mod rules;
mod running;
mod snapshot;
mod spoken;
mod state;
mod terminal;
mod tls;
mod world;

pub use alone::{alone_in, is_alone};
pub use answer::{Answer, without};
pub use browser::HANG;
pub use command::Loopin;
pub use embedder::{Embedder, in_memory, login, own_page, provider_and_client};
pub use grants::now;
pub use http::{Reply, Request};
pub use keys::{Key, encoded, sign_with_secret, with_another_signature};
pub use marks::Secret;
pub use openid::{OPENID, RFC_8414};
pub use outcome::*;
pub use person::Person;
pub use recorded::{Recorded, preset_files};
pub use rules::{ClientAuth, Rotation, fault};
pub use running::Running;
pub use spoken::links;
pub use tls::{Authority, Identity};
pub use world::World;

use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for an event before the test is given up. No test measures time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until it is so.
#[track_caller]
pub fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain for {what}");
        thread::park_timeout(Duration::from_millis(5));
    }
}
