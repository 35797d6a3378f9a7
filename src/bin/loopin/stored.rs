//! The stored token, for commands that take it as it is: `refresh`, `whoami`, `logout`.

use loopin::{Client, Error, ErrorKind, Token, TokenFile};

use crate::{
    again::Again,
    choose::Chosen,
    failure::{Context, Failure},
    guard::guard,
    options::StoredArgs,
    plan::stored,
    terminal::Terminal,
};

pub(crate) struct Stored<'a> {
    args: &'a StoredArgs,
    again: Again,
    pub(crate) file: TokenFile,
    pub(crate) token: Token,
    pub(crate) chosen: Chosen,
}

impl<'a> Stored<'a> {
    /// Without a token there is nothing to do: exit 3.
    pub(crate) fn open(args: &'a StoredArgs, terminal: Terminal) -> Result<Self, Failure> {
        let again = Again::of_stored(args);
        let path = &args.file.token_file;
        let failed = |error| {
            let context = Context {
                provider: None,
                token_file: path,
                again: &again,
            };
            Failure::of(error, context)
        };
        let file = TokenFile::new(path).map_err(failed)?;
        let Some(token) = stored(&file).map_err(failed)? else {
            let message = format!("there is no token in {}", path.display());
            let failure = Failure::new(ErrorKind::LoginNeeded, message);
            return Err(failure.hint(format!("to log in: {}", again.command)));
        };
        guard(path, terminal);
        let chosen = Chosen::new(args, Some(&token)).map_err(failed)?;
        if let Some(id) = token.provider().filter(|id| *id != chosen.provider.id()) {
            return Err(failed(Error::OtherProvider {
                path: path.clone(),
                stored: id.to_owned(),
                wanted: chosen.provider.name().to_owned(),
            }));
        }
        Ok(Stored {
            args,
            again,
            file,
            token,
            chosen,
        })
    }

    /// The client that asks the provider.
    pub(crate) fn client(&self, terminal: Terminal) -> Result<Client, Failure> {
        let client = self.chosen.client(self.args, Some(&self.token), terminal);
        self.chosen
            .check(client.map_err(|error| self.failed(error))?)
    }

    pub(crate) fn failed(&self, error: Error) -> Failure {
        let context = Context {
            provider: Some(&self.chosen.provider),
            token_file: self.file.path(),
            again: &self.again,
        };
        Failure::of(error, context)
    }

    pub(crate) fn again(&self) -> &Again {
        &self.again
    }
}
