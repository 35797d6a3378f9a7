//! Finds that the token has expired, asks for a new one, saves it and prints it.

mod exchange;

use std::{
    fs,
    io::{self, Write},
    time::SystemTime,
};

fn main() -> io::Result<()> {
    let document = fs::read_to_string("token.json")?;
    let (_, rest) = document.split_once(r#""expires_at": "#).unwrap();
    let expires_at: u64 = rest.split_once(',').unwrap().0.parse().unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    assert!(expires_at < now);
    let token = exchange::post(include_str!(env!("REQUEST")))?;
    exchange::save(include_str!(env!("DOCUMENT")))?;
    writeln!(io::stdout(), "{token}")
}
