//! What the token file holds, what is asked for, and whether they fit.

use std::{
    path::Path,
    time::{Duration, SystemTime},
};

use loopin::{
    AccountError, Certificate, Client, Error, Kept, Login, Recovered, Scopes, Token, TokenFile,
    demo,
};

use crate::{choose::Chosen, failure::Failure, options::WantedArgs, terminal::Terminal};

/// What the token file holds and what is asked for.
pub(crate) struct Plan<'a> {
    pub(crate) args: &'a WantedArgs,
    pub(crate) file: &'a TokenFile,
    pub(crate) chosen: Chosen,
    stored: Option<Token>,
    /// Whether it would be there, were it not the demo's.
    is_demo: bool,
    /// Or what is wrong with it: only who needs it is told.
    client: Result<Option<Client>, Failure>,
    /// What the stored token must have been asked for.
    required: Scopes,
    /// Whether the token is good for nothing, however good it is.
    force: bool,
}

impl<'a> Plan<'a> {
    /// A plan that is content with any scopes but those that the command names.
    pub(crate) fn new(
        args: &'a WantedArgs,
        file: &'a TokenFile,
        stored: Option<Token>,
        chosen: Chosen,
        failed: impl Fn(Error) -> Failure,
        terminal: Terminal,
    ) -> Self {
        let real = stored.as_ref().filter(|token| is_real(token));
        let client = chosen.client(&args.stored, real, terminal);
        Self::with_client(args, file, stored, chosen, client.map_err(failed))
    }

    /// The same for a client that is known already.
    pub(crate) fn with_client(
        args: &'a WantedArgs,
        file: &'a TokenFile,
        stored: Option<Token>,
        chosen: Chosen,
        client: Result<Option<Client>, Failure>,
    ) -> Self {
        let is_demo = stored.as_ref().is_some_and(|token| !is_real(token));
        let stored = stored.filter(is_real);
        Plan {
            is_demo,
            required: chosen.scopes(&args.scope),
            args,
            file,
            chosen,
            stored,
            client,
            force: false,
        }
    }

    /// One for a login: the provider's own scopes unless the command names others.
    pub(crate) fn for_login(mut self, force: bool) -> Self {
        self.required = self.scopes();
        self.force = force;
        self
    }

    /// The scopes that a login asks for.
    pub(crate) fn scopes(&self) -> Scopes {
        let named = self.chosen.scopes(&self.args.scope);
        if named.is_empty() {
            self.chosen.provider.scopes()
        } else {
            named
        }
    }

    /// The client that asks the provider.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.chosen.check(self.client.clone()?)
    }

    /// Another process may have stored a token meanwhile.
    pub(crate) fn look_again(&mut self) -> Result<(), Error> {
        self.stored = self.file.load()?.filter(is_real);
        Ok(())
    }

    /// What a refresh brought, or another process; whether it is what was asked for remains to be seen.
    pub(crate) fn has_now(&mut self, token: Token) {
        self.stored = Some(token);
    }

    /// The stored token, if it fits and lives long enough.
    pub(crate) fn valid(&self, min_ttl: Duration) -> Option<Token> {
        let longest = self.chosen.provider.max_access_token_lifetime();
        let lives = |token: &&Token| token.is_valid(SystemTime::now(), min_ttl, longest);
        let fits = self.own().filter(|_| self.obstacle().is_none());
        fits.filter(lives).cloned()
    }

    /// Whether a refresh can make the stored token good.
    pub(crate) fn is_refreshable(&self) -> bool {
        let has_refresh_token = |token: &Token| token.refresh_token().is_some();
        self.obstacle().is_none() && self.own().is_some_and(has_refresh_token)
    }

    /// Why the stored token cannot be used, however long it lives.
    pub(crate) fn obstacle(&self) -> Option<String> {
        let file = self.file.path().display();
        let Some(token) = self.own() else {
            return Some(no_token(self.file.path(), self.is_demo));
        };
        let account = token.account().map(|account| &account.id);
        match &self.args.account {
            _ if self.force => return Some("--force asks for a login".into()),
            None if self.args.switch_account => {
                return Some("--switch-account asks for a login".into());
            }
            Some(wanted) if account != Some(wanted) => {
                return Some(format!(
                    "{file} is not known to hold account {wanted}'s token"
                ));
            }
            _ => {}
        }
        if let (Some(issued_to), Some(client)) = (token.client_id(), self.known_client())
            && issued_to != client.id()
        {
            let id = client.id();
            return Some(format!(
                "{file} holds a token of client id {issued_to}, not of {id}"
            ));
        }
        let resource = token.resource();
        let unasked = |uri: &&String| !resource.contains(uri);
        if let Some(uri) = self.args.resource.iter().find(unasked) {
            return Some(format!("{file} was not asked for the resource {uri}"));
        }
        let asked = token.requested_scope();
        // The scopes of a file that another program made are taken as enough.
        let asked = asked.filter(|_| token.provider().is_some());
        let unasked = asked
            .map(|asked| self.required.without(asked))
            .unwrap_or_default();
        let missing = token.missing(&self.required);
        if !unasked.is_empty() {
            Some(format!("{file} was not asked for: {unasked}"))
        } else if self.args.require_scopes && !missing.is_empty() {
            Some(format!(
                "{} did not grant: {missing}",
                self.chosen.provider.name()
            ))
        } else {
            None
        }
    }

    fn known_client(&self) -> Option<&Client> {
        self.client.as_ref().ok()?.as_ref()
    }

    /// The stored token, if it is this provider's. One that another program made is taken for it.
    pub(crate) fn own(&self) -> Option<&Token> {
        let is_own = |token: &&Token| {
            let provider = token.provider();
            provider.is_none_or(|id| self.file.is_of(&self.chosen.provider, id))
        };
        self.stored.as_ref().filter(is_own)
    }

    /// Whether what is stored may be used, and replaced, for what is asked for.
    pub(crate) fn check_owner(&self) -> Result<(), Error> {
        let Some(stored) = &self.stored else {
            return Ok(());
        };
        let path = self.file.path().to_owned();
        match (self.own(), &self.args.account) {
            (None, _) if !self.force => Err(Error::OtherProvider {
                path,
                stored: stored.provider().unwrap_or_default().to_owned(),
                wanted: self.chosen.provider.name().to_owned(),
            }),
            (Some(own), Some(wanted)) if !self.args.switch_account => match own.account() {
                Some(account) if account.id != *wanted => Err(AccountError::Stored {
                    path,
                    stored: account.clone(),
                    wanted: wanted.clone(),
                }
                .into()),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    pub(crate) fn login(&self, client: Client) -> Result<Login, Error> {
        let args = self.args;
        let mut login = Login::new(self.chosen.provider.clone(), client)
            .scopes(self.scopes())
            .require_scopes(args.require_scopes);
        if self.force || args.switch_account {
            login = login.ask_again();
        }
        if let Some(uri) = &args.redirect_uri {
            login = login.redirect_uri(uri)?;
        }
        if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
            login = login.certificate(Certificate::from_files(certificate, key)?);
        }
        for uri in &args.resource {
            login = login.resource(uri)?;
        }
        args.param
            .iter()
            .try_fold(login, |login, (name, value)| login.parameter(name, value))
    }

    /// Stores the token, if it is the right account's; nothing is lost. Another account's goes beside the file. Where
    /// the provider does not tell whose the new one is, it is the old one that goes there.
    pub(crate) async fn keep(&self, token: &Token, terminal: Terminal) -> Result<Kept, Error> {
        self.check_account(token)?;
        let save = || self.file.keep(token);
        let Some((own, old)) = self.own().and_then(|own| Some((own, own.account()?))) else {
            return save().await;
        };
        match token.account() {
            _ if self.args.switch_account => save().await,
            Some(new) if new.id == old.id => save().await,
            Some(new) => Err(AccountError::LoggedIn {
                account: new.clone(),
                wanted: old.to_string(),
                saved: Some(self.file.keep_beside(token, new).await?),
            }
            .into()),
            None => {
                // Whatever comes of the old one, the new one is nowhere yet.
                let aside = self.file.keep_beside(own, old).await;
                let kept = save().await?;
                let (name, saved) = (self.chosen.provider.name(), aside?);
                terminal.warn(format_args!(
                    "{name} did not say whose token this is; {old}'s is kept in {}",
                    saved.display()
                ));
                Ok(kept)
            }
        }
    }

    fn check_account(&self, token: &Token) -> Result<(), Error> {
        let Some(wanted) = &self.args.account else {
            return Ok(());
        };
        let account = token.account().ok_or_else(|| AccountError::Unknown {
            provider: self.chosen.provider.name().to_owned(),
            wanted: wanted.clone(),
        })?;
        if account.id == *wanted {
            return Ok(());
        }
        Err(AccountError::LoggedIn {
            account: account.clone(),
            wanted: wanted.clone(),
            saved: None,
        }
        .into())
    }
}

/// The stored token. One that an earlier command could not save is taken for it, and put in its place, with a word.
pub(crate) fn stored(file: &TokenFile, terminal: Terminal) -> Result<Option<Token>, Error> {
    let name = file.path().display();
    match file.adopt() {
        Some(Recovered::Adopted(from)) => terminal.warn(format_args!(
            "a token that could not be saved in {name} was in {}; it is in its place now",
            from.display()
        )),
        Some(Recovered::InUse(from)) => terminal.warn(format_args!(
            "a token that could not be saved in {name} is still in {}, and used from there",
            from.display()
        )),
        _ => {}
    }
    file.load()
}

/// A demo token is nobody's: it counts for none.
pub(crate) fn is_real(token: &Token) -> bool {
    token.provider() != Some(demo::PROVIDER)
}

/// What is in the way where no real token is.
pub(crate) fn no_token(path: &Path, is_demo: bool) -> String {
    let path = path.display();
    if is_demo {
        format!("{path} holds a token of the demo, which no provider knows")
    } else {
        format!("there is no token in {path}")
    }
}
