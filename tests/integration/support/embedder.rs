//! Somebody else's program, with the crate in it.

use std::sync::Arc;
use std::sync::mpsc::channel;

use loopin::{Client, Error, Kept, Login, Pending, Provider, Token};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use super::person::Person;
use super::world::World;

/// A program with a runtime of several threads, on which its logins are tasks among others.
pub struct Embedder(pub Runtime);

/// One of its logins, and who sits at the browser.
pub struct LoggingIn {
    pub task: JoinHandle<Result<Token, Error>>,
    pub person: Arc<Person>,
}

impl Embedder {
    pub fn new() -> Embedder {
        let mut runtime = Builder::new_multi_thread();
        Embedder(runtime.worker_threads(2).enable_all().build().unwrap())
    }

    pub fn starts<F>(
        &self,
        world: &World,
        login: Login,
        keep: impl FnOnce(Token) -> F + Send + 'static,
    ) -> LoggingIn
    where
        F: Future<Output = Result<Kept, Error>> + Send + 'static,
    {
        let (open, url) = channel();
        let show = move |login: Pending| open.send(login.url().to_owned()).unwrap();
        let task = self.0.spawn(login.run(show, keep));
        let person = Arc::new(world.person(&url.recv().unwrap()));
        LoggingIn { task, person }
    }

    /// How a login ends that somebody has answered.
    pub fn end_of(&self, login: LoggingIn) -> Result<Token, Error> {
        self.0.block_on(login.task).unwrap()
    }
}

/// An embedder that keeps the token in its memory.
pub async fn in_memory(_: Token) -> Result<Kept, Error> {
    Ok(Kept::default())
}

/// A page of its own that escapes nothing.
pub fn own_page(outcome: Result<&Token, &Error>) -> String {
    let said = match outcome {
        Ok(token) => format!("Welcome, {}", token.account().unwrap()),
        Err(error) => format!("Sorry: {error}"),
    };
    format!("<!doctype html><title>Ours</title><style>p {{ color: red }}</style><p>{said}")
}

/// The provider that a world has, and the app's id and secret there.
pub fn provider_and_client(world: &World) -> (Provider, Client) {
    let provider = Provider::from_file(world.path("acme.toml")).unwrap();
    let client = Client::from_file(world.path("client_secrets.txt"), "ACME").unwrap();
    (provider, client)
}

/// A login there, on any free port.
pub fn login(world: &World) -> Login {
    let (provider, client) = provider_and_client(world);
    Login::new(provider, client).port(0)
}
