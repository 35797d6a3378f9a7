//! Who takes part in a login: the program, the authorization server, the browser and the person.

mod answer;
mod authorization_server;
mod browser;
mod command;
mod http;
mod marks;
mod outcome;
mod person;
mod provider;
mod rules;
mod running;
mod world;

pub use answer::Answer;
pub use browser::HANG;
pub use command::Loopin;
pub use http::Reply;
pub use marks::Secret;
pub use outcome::*;
pub use rules::{ClientAuth, fault};
pub use running::Running;
pub use world::World;

use std::time::Duration;

/// How long to wait for an event before the test is given up. No test measures time.
const PATIENCE: Duration = Duration::from_secs(60);
