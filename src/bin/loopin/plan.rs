//! What the token file holds, what is asked for, and whether they fit.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use loopin::{Account, Client, Error, Login, Scopes, Token, TokenFile, demo};

use crate::{args::LoginArgs, choose::Chosen, failure::Again, terminal::Terminal};

/// A token that lives shorter than this is not worth starting with.
const MIN_TTL: Duration = Duration::from_secs(60);

/// What the token file holds and what is asked for.
pub(crate) struct Plan {
    stored: Option<Token>,
    pub(crate) chosen: Chosen,
    client: Option<Client>,
    /// What is wrong with the client; only a login needs to know.
    client_error: Option<Error>,
    pub(crate) scopes: Scopes,
}

impl Plan {
    pub(crate) fn make(
        args: &LoginArgs,
        file: &TokenFile,
        terminal: Terminal,
    ) -> Result<Self, Error> {
        let stored = stored(file)?;
        let chosen = Chosen::new(args, stored.as_ref())?;
        let (client, client_error) = match chosen.client(args, terminal) {
            Ok(client) => (client, None),
            Err(error) => (None, Some(error)),
        };
        let scopes = chosen.scopes(args);
        Ok(Plan {
            stored,
            chosen,
            client,
            client_error,
            scopes,
        })
    }

    /// The client that logs in.
    pub(crate) fn client(&mut self) -> Result<Option<Client>, Error> {
        self.client_error
            .take()
            .map_or_else(|| Ok(self.client.clone()), Err)
    }

    /// Another login may have stored a token meanwhile.
    pub(crate) fn look_again(self, file: &TokenFile) -> Result<Self, Error> {
        Ok(Plan {
            stored: stored(file)?,
            ..self
        })
    }

    /// Whether the stored token is good for all that is asked for.
    fn is_satisfied(&self, args: &LoginArgs) -> bool {
        let Some(token) = self.own() else {
            return false;
        };
        let account = token.account().map(|account| account.id.as_str());
        let is_right_account = match &args.account {
            Some(wanted) => account == Some(wanted.as_str()),
            None => !args.switch_account,
        };
        // The scopes of a file that another program made are taken as enough.
        let was_asked_for = token.provider().is_none()
            || token
                .requested_scope()
                .is_none_or(|asked| asked.covers(&self.scopes));
        let same_client = |id: &str| self.client.as_ref().is_none_or(|client| client.id() == id);
        !args.force
            && is_right_account
            && token.is_valid(SystemTime::now(), MIN_TTL)
            && token.client_id().is_none_or(same_client)
            && was_asked_for
            && (!args.require_scopes || token.missing(&self.scopes).is_empty())
    }

    /// The stored token, if it is this provider's. One that another program made is taken for it.
    fn own(&self) -> Option<&Token> {
        self.stored.as_ref().filter(|token| {
            token
                .provider()
                .is_none_or(|id| id == self.chosen.provider.id())
        })
    }

    /// Whether a login may replace what is stored.
    fn check_owner(&self, args: &LoginArgs, file: &TokenFile) -> Result<(), Error> {
        let Some(stored) = &self.stored else {
            return Ok(());
        };
        let path = file.path().to_owned();
        match (self.own(), &args.account) {
            (None, _) if !args.force => Err(Error::OtherProvider {
                path,
                stored: stored.provider().unwrap_or_default().to_owned(),
                wanted: self.chosen.provider.name().to_owned(),
            }),
            (Some(own), Some(wanted)) if !args.switch_account => match own.account() {
                Some(account) if account.id != *wanted => Err(Error::OtherAccountStored {
                    path,
                    stored: account.clone(),
                    wanted: wanted.clone(),
                }),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    pub(crate) fn login(&self, args: &LoginArgs, client: Client) -> Result<Login, Error> {
        let mut login = Login::new(self.chosen.provider.clone(), client)
            .scopes(self.scopes.clone())
            .require_scopes(args.require_scopes);
        if args.force || args.switch_account {
            login = login.ask_again();
        }
        if let Some(uri) = &args.redirect_uri {
            login = login.redirect_uri(uri)?;
        }
        args.param
            .iter()
            .try_fold(login, |login, (name, value)| login.parameter(name, value))
    }

    /// Stores the token, if it is the right account's; nothing is lost. Another account's goes beside the file. Where
    /// the provider does not tell whose the new one is, it is the old one that goes there.
    pub(crate) fn keep(
        &self,
        args: &LoginArgs,
        file: &TokenFile,
        token: &Token,
        terminal: Terminal,
    ) -> Result<(), Error> {
        if let Some(wanted) = &args.account {
            let provider = self.chosen.provider.name().to_owned();
            let unknown = Error::AccountUnknown {
                provider,
                wanted: wanted.clone(),
            };
            let account = token.account().ok_or(unknown)?;
            if account.id != *wanted {
                let (account, wanted) = (account.clone(), wanted.clone());
                return Err(Error::OtherAccount {
                    account,
                    wanted,
                    saved: None,
                });
            }
        }
        let Some((own, old)) = self.own().and_then(|own| Some((own, own.account()?))) else {
            return save(file, token);
        };
        match token.account() {
            _ if args.switch_account => save(file, token),
            Some(new) if new.id == old.id => save(file, token),
            Some(new) => {
                let (account, wanted) = (new.clone(), old.to_string());
                let saved = save_beside(file, token, new)?;
                Err(Error::OtherAccount {
                    account,
                    wanted,
                    saved: Some(saved),
                })
            }
            None => {
                let saved = save_beside(file, own, old)?;
                let (name, saved) = (self.chosen.provider.name(), saved.display());
                terminal.warn(format_args!(
                    "{name} did not say whose token this is; {old}'s is kept in {saved}"
                ));
                save(file, token)
            }
        }
    }

    /// Whether there is nothing to do, which is then said; if there is, whether it may be done.
    pub(crate) fn is_settled(
        &self,
        args: &LoginArgs,
        file: &TokenFile,
        terminal: Terminal,
    ) -> Result<bool, Error> {
        if self.is_satisfied(args) {
            self.report(terminal);
            return Ok(true);
        }
        self.check_owner(args, file).map(|()| false)
    }

    /// What there is to say about a token that is good as it is.
    fn report(&self, terminal: Terminal) {
        let Some(token) = self.own() else { return };
        let who = token
            .account()
            .map(|account| format!(" as {account}"))
            .unwrap_or_default();
        terminal.say(format_args!(
            "already logged in to {}{who}",
            self.chosen.provider.name()
        ));
        if token.provider().is_none() {
            terminal.warn("the token file was made by another program: its scopes are not known, and taken as enough");
        }
        let missing = token.missing(&self.scopes);
        if !missing.is_empty() {
            terminal.warn(format_args!(
                "{} did not grant: {missing}",
                self.chosen.provider.name()
            ));
        }
    }
}

/// The stored token. A demo token is nobody's: a real login treats it as none.
fn stored(file: &TokenFile) -> Result<Option<Token>, Error> {
    Ok(file
        .load()?
        .filter(|token| token.provider() != Some(demo::PROVIDER)))
}

/// Saves a token that was just issued: in its file or, if that does not take it, where it can be found again.
fn save(file: &TokenFile, token: &Token) -> Result<(), Error> {
    file.save(token).map_err(|error| match file.rescue(token) {
        Ok(saved) => Error::SavedElsewhere {
            error: Box::new(error),
            saved,
        },
        Err(_) => error,
    })
}

/// Saves the token of `account` beside the file, unless somebody else's is there.
fn save_beside(file: &TokenFile, token: &Token, account: &Account) -> Result<PathBuf, Error> {
    let beside = file.beside(account)?;
    let is_free = beside.load().is_ok_and(|there| {
        there.is_none_or(|there| {
            let same_account = there.account().is_some_and(|there| there.id == account.id);
            same_account && there.provider() == token.provider()
        })
    });
    if !is_free {
        return file.rescue(token);
    }
    save(&beside, token).map(|()| beside.path().to_owned())
}

/// This command again, without what only concerned this one run.
pub(crate) fn again(args: &LoginArgs) -> Again {
    let mut words = vec!["loopin login".to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let value = shlex::try_quote(&value).unwrap_or_default().into_owned();
            words.push(format!("{name} {value}"));
        }
    };
    let path = |path: &Path| path.display().to_string();
    let token_file = Some(path(&args.person.token_file)).filter(|file| file != "token.json");
    option("--provider", args.provider.clone());
    option("--token-file", token_file);
    option("--client-secrets", args.client_secrets.as_deref().map(path));
    option("--client-id", args.client_id.clone());
    option(
        "--scope",
        Some(args.scope.join(" ")).filter(|scope| !scope.is_empty()),
    );
    option("--account", args.account.clone());
    option("--redirect-uri", args.redirect_uri.clone());
    option("--port", args.person.port.map(|port| port.to_string()));
    option("--browser", args.person.browser.clone());
    for (name, value) in &args.param {
        option("--param", Some(format!("{name}={value}")));
    }
    if args.require_scopes {
        words.push("--require-scopes".into());
    }
    let command = words.join(" ");
    Again {
        asking: format!("{command} --force"),
        command,
    }
}
