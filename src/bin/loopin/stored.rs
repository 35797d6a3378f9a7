//! The stored token, for commands that take it as it is: `refresh`, `whoami`, `logout`.

use loopin::{Client, Error, Token, TokenFile};

use crate::{
    again::Again,
    choose::Chosen,
    failure::{Context, Failure},
    guard::guard,
    options::StoredArgs,
    plan::{is_real, no_token, stored},
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
        let failed = |error| Context::new(path, &again).failure(error);
        let file = TokenFile::new(path).map_err(failed)?;
        let stored = stored(&file, terminal).map_err(failed)?;
        let is_demo = stored.is_some();
        let token = stored.filter(is_real).ok_or_else(|| {
            let mut failure = failed(Error::NoToken { path: path.clone() });
            failure.message = no_token(path, is_demo);
            failure
        })?;
        guard(path, terminal);
        let chosen = Chosen::new(args, Some(&token)).map_err(failed)?;
        if let Some(id) = token
            .provider()
            .filter(|id| !file.is_of(&chosen.provider, id))
        {
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

    /// Learns from the issuer what only that knows.
    pub(crate) fn discover(&mut self) -> Result<(), Failure> {
        self.chosen.discover()?.map_err(|error| self.failed(error))
    }

    /// The client that asks the provider.
    pub(crate) fn client(&self, terminal: Terminal) -> Result<Client, Failure> {
        let client = self.chosen.client(self.args, Some(&self.token), terminal);
        self.chosen
            .check(client.map_err(|error| self.failed(error))?)
    }

    pub(crate) fn failed(&self, error: Error) -> Failure {
        let context = Context::new(self.file.path(), &self.again);
        context.at(&self.chosen.provider).failure(error)
    }

    pub(crate) fn again(&self) -> &Again {
        &self.again
    }
}
