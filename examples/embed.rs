//! A command-line tool with a login of its own, built without the program's dependencies:
//!
//! ```sh
//! cargo run --no-default-features --example embed -- PROVIDER.toml
//! ```
//!
//! Its client's id and secret stand in `client_secrets.txt`, as `id,secret`; its token is kept in `token.json`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is short")]

use std::{env, time::Duration};

use loopin::{
    Client, Error, ErrorKind::LoginNeeded, Login, Pending, Provider, Token, TokenFile,
    browser::Browser,
};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let provider = Provider::from_file(env::args_os().nth(1).unwrap_or("provider.toml".into()))?;
    let client = Client::from_file("client_secrets.txt", "EMBED")?;
    let file = TokenFile::new("token.json")?;
    let keep = async |token: Token| file.keep(&token).await;
    let token = match file.valid_token(&provider, &client, MINUTE).await {
        Err(e) if e.kind() == LoginNeeded => Login::new(provider, client).run(show, keep).await?,
        token => token?,
    };
    let name = token.account().map_or("you", |account| &account.name);
    println!("Hello, {name}!");
    Ok(())
}

fn show(login: Pending) {
    eprintln!("to log in, open {}", login.url());
    Browser::from_environment().open(login.url(), |why| eprintln!("{why}"));
}
