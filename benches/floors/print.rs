//! Prints the access token that a file holds or, where there are more words, becomes that command with the token in its
//! environment.

use std::{
    env, fs,
    io::{self, Write},
    os::unix::process::CommandExt,
    process::Command,
};

fn main() -> io::Result<()> {
    let document = fs::read_to_string("token.json")?;
    let (_, rest) = document.split_once(r#""access_token": ""#).unwrap();
    let (token, _) = rest.split_once('"').unwrap();
    let mut words = env::args_os().skip(1);
    match words.next() {
        None => writeln!(io::stdout(), "{token}"),
        Some(program) => Err(Command::new(program).args(words).env("ACCESS_TOKEN", token).exec()),
    }
}
