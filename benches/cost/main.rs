//! What everything costs, beside what a program costs that does no more than it must: `cargo bench`.
//!
//! Whole processes, timed from outside, in turn with their floors: programs of `floors/` that use Rust's own library
//! alone, as `cargo build --release` links it, check nothing, and leave the same bytes on the wire and in `token.json`.
//! Whatever else the machine does meanwhile hits them all alike, so that the ratios can be compared, and the
//! milliseconds cannot. One authority alone is trusted: reading a machine's own hundred takes a millisecond more, which
//! in a login is the person's.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it prints a table"
)]

#[path = "../../tests/integration/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests need all of it")]
mod support;

mod commands;
mod crowds;
mod endpoint;
mod herd;
mod login;
mod logins;
mod memory;
mod place;
mod program;
mod recording;
mod series;
mod table;

use endpoint::Endpoint;
use login::Person;
use place::Place;
use program::Program;
use recording::Floors;
use support::Authority;
use table::Table;

/// All that is measured, and where.
pub struct Measured {
    place: Place,
    plain: Endpoint,
    tls: Endpoint,
    authority: Authority,
    floors: Floors,
    browser: Program,
    /// Each with the name of its build.
    builds: Vec<(&'static str, Program)>,
}

fn main() {
    let place = Place::new();
    let dynamic = program::dynamic(place.folder());
    let mut builds = vec![("cargo build --release", dynamic.clone())];
    match program::released(place.folder()) {
        Some(released) => builds.push(("static, as released", released)),
        None => println!("the static program: rustc or musl-gcc for it is not here"),
    }
    let authority = Authority::new();
    let plain = Endpoint::plain();
    let tls = Endpoint::with_tls(authority.vouches_for("localhost"));
    place.has("authority.pem", &authority.pem());
    place.has_provider("plain.toml", &plain.url);
    place.has_provider("tls.toml", &tls.url);
    let browser = program::floor("browser", &[], place.folder());
    let floors = {
        let person = Person::new(&place, &browser);
        Floors::record(&place, &plain, &person, &dynamic)
    };
    let measured = Measured {
        place,
        plain,
        tls,
        authority,
        floors,
        browser,
        builds,
    };
    let names = measured.builds.iter().map(|(name, _)| *name);
    let mut table = Table::new(names.collect());
    commands::measure(&measured, &mut table);
    logins::measure(&measured, &mut table);
    herd::measure(&measured, &mut table);
    crowds::measure(&measured, &mut table);
    table.print();
}
