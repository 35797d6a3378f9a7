//! The client's id and secret, asked of a person at a terminal.

use loopin::{Client, ErrorKind, Provider};

use crate::{choose, failure::Failure, question::ask, screen::Hidden, terminal::Terminal};

/// So often a person may mistype.
const TRIES: usize = 3;

/// Where no questions can be asked.
pub(crate) const INSTEAD: &str = "give id and secret, as id,secret, on stdin";

/// The questions for a client of this provider.
pub(crate) struct ClientQuestion<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) terminal: Terminal,
}

impl ClientQuestion<'_> {
    /// A client without a secret, where the person gives none and the provider wants none.
    pub(crate) fn ask(&self) -> Result<Client, Failure> {
        let terminal = self.terminal;
        let _hidden = Hidden::bytes().map_err(|e| {
            Failure::new(ErrorKind::Local, format!("cannot hide what is typed: {e}")).hint(INSTEAD)
        })?;
        for _ in 0..TRIES {
            let is_of_id = |c: char| {
                c.is_ascii_graphic()
                    && !",;:=".contains(c)
                    && self.provider.accepts_client_id(&c.to_string())
            };
            let typed = ask("Client ID: ", is_of_id, terminal)?;
            let (id, secret) = typed.split_once(',').unwrap_or((&typed, ""));
            let id = id.trim();
            let checked = match id {
                "" => Err(Failure::usage("there is no client id")),
                id => choose::check_id(self.provider, Client::public(id)),
            };
            match checked {
                Ok(client) if !self.provider.takes_client_secret() => return Ok(client),
                Ok(_) => return self.ask_for_secret(id, secret),
                Err(failure) => {
                    terminal.warn(failure.message);
                    failure.hints.iter().for_each(|hint| terminal.hint(hint));
                }
            }
        }
        Err(Failure::usage("there is no client id").hint(self.where_they_stand()))
    }

    /// Both may have been `pasted` in one line, as they stand in the file.
    fn ask_for_secret(&self, id: &str, pasted: &str) -> Result<Client, Failure> {
        let terminal = self.terminal;
        let nothing = |_| false;
        let mut secret = pasted.trim().to_owned();
        for _ in 0..TRIES {
            if secret.is_empty() {
                let question = match self.provider.requires_client_secret() {
                    true => "Client Secret (it does not show): ",
                    false => "Client Secret (it does not show; Enter if there is none): ",
                };
                secret = ask(question, nothing, terminal)?;
            }
            let client = Client::parse(&format!("{id},{secret}"), "", "");
            match client {
                Ok(client) if !self.provider.doubts_client_secret(&client) => return Ok(client),
                Ok(client) => {
                    terminal.warn(self.doubt());
                    let question = "Secret again, or Enter to take it: ";
                    secret = ask(question, nothing, terminal)?;
                    if secret.is_empty() {
                        return Ok(client);
                    }
                }
                Err(_) if !self.provider.requires_client_secret() => return Ok(Client::public(id)),
                Err(_) => terminal.warn("there is no client secret"),
            }
        }
        Err(Failure::usage("there is no client secret").hint(self.where_they_stand()))
    }

    /// What is odd about a secret.
    pub(crate) fn doubt(&self) -> String {
        let name = self.provider.name();
        format!("this does not look like a client secret of {name}")
    }

    fn where_they_stand(&self) -> String {
        let page = self.provider.app_page().map(|page| format!(" at {page}"));
        format!("the app's id and secret stand{}", page.unwrap_or_default())
    }
}
