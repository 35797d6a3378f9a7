//! `loopin login`: makes sure that the token file is good.

use std::{
    env,
    io::{self, IsTerminal},
    time::{Duration, SystemTime},
};

use loopin::{
    Client, Error, ErrorKind, Kept, Login, LoginLock, Scopes, Token, TokenFile, browser, demo,
};

use crate::{
    args::{Interactive, LoginArgs},
    choose::Chosen,
    failure::{Context, Failure},
    session::{Session, runtime},
    terminal::Terminal,
};

/// A token that lives shorter than this is not worth starting with.
const MIN_TTL: Duration = Duration::from_secs(60);

/// What the token file holds and what is asked for.
struct Plan {
    stored: Option<Token>,
    chosen: Chosen,
    client: Option<Client>,
    scopes: Scopes,
}

/// Makes sure that the token file is good, by the cheapest way that works.
pub(crate) fn run(args: &LoginArgs, terminal: Terminal) -> Result<(), Failure> {
    let again = command(args);
    let context = Context {
        provider: None,
        token_file: &args.person.token_file,
        again: &again,
    };
    let plain = |error| Failure::of(error, context);

    let file = TokenFile::new(&args.person.token_file).map_err(plain)?;
    let plan = Plan::make(args, &file).map_err(plain)?;
    if plan.is_satisfied(args) {
        return Ok(plan.report(terminal));
    }
    let context = Context {
        provider: Some(&plan.chosen.provider),
        ..context
    };
    plan.check_owner(args, &file)
        .map_err(|error| Failure::of(error, context))?;
    interactive(args.interactive, &again)?;
    plan.chosen.check(plan.client.clone())?;

    let _lock =
        lock(&file, args.person.timeout, terminal).map_err(|error| Failure::of(error, context))?;
    // Another login may have done it meanwhile.
    let plan = Plan::make(args, &file).map_err(plain)?;
    if plan.is_satisfied(args) {
        return Ok(plan.report(terminal));
    }
    let client = plan.chosen.check(plan.client.clone())?;
    let failed = |error| Failure::of(error, context);
    plan.check_owner(args, &file).map_err(failed)?;
    let login = plan.login(args, client).map_err(failed)?;
    let session = Session {
        provider: &plan.chosen.provider,
        file: &file,
        person: &args.person,
        terminal,
        again: &again,
    };
    let browser = session.browser();
    let open = |url: &str| session.open(&browser, url, tell_failure(terminal));
    let keep = |token| plan.keep(args, &file, token);
    let runtime = runtime()?;
    let token = runtime.block_on(session.log_in(login, open, keep));
    runtime.shutdown_background();
    session.report(&token?, &plan.scopes);
    Ok(())
}

impl Plan {
    fn make(args: &LoginArgs, file: &TokenFile) -> Result<Self, Error> {
        // A demo token is nobody's: a real login treats it as none.
        let stored = file
            .load()?
            .filter(|token| token.provider() != Some(demo::PROVIDER));
        let chosen = Chosen::new(args, stored.as_ref())?;
        let client = chosen.client(args)?;
        let scopes = chosen.scopes(args);
        Ok(Plan {
            stored,
            chosen,
            client,
            scopes,
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
        let same_client = |id: &str| self.client.as_ref().is_none_or(|client| client.id() == id);
        !args.force
            && is_right_account
            && token.is_valid(SystemTime::now(), MIN_TTL)
            && token.client_id().is_none_or(same_client)
            && token
                .requested_scope()
                .or(token.scope())
                .is_none_or(|asked| asked.covers(&self.scopes))
            && !(args.require_scopes && !token.missing(&self.scopes).is_empty())
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
        let Some(own) = self.own() else {
            return match args.force {
                true => Ok(()),
                false => Err(Error::OtherProvider {
                    path: file.path().to_owned(),
                    stored: stored.provider().unwrap_or_default().to_owned(),
                    wanted: self.chosen.provider.name().to_owned(),
                }),
            };
        };
        match (&args.account, own.account()) {
            (Some(wanted), Some(account)) if *wanted != account.id && !args.switch_account => {
                Err(Error::OtherAccount {
                    account: account.to_string(),
                    wanted: wanted.clone(),
                    saved: None,
                })
            }
            _ => Ok(()),
        }
    }

    fn login(&self, args: &LoginArgs, client: Client) -> Result<Login, Error> {
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

    /// Stores the token, if it is the right account's. Another account's goes beside the file: nothing is lost.
    fn keep(&self, args: &LoginArgs, file: &TokenFile, token: Token) -> Result<Kept, Error> {
        let missing = token.missing(&self.scopes);
        if let Some(wanted) = &args.account {
            let provider = self.chosen.provider.name().to_owned();
            let unknown = Error::AccountUnknown {
                provider,
                wanted: wanted.clone(),
            };
            let account = token.account().ok_or(unknown)?;
            if account.id != *wanted {
                return Err(Error::OtherAccount {
                    account: account.to_string(),
                    wanted: wanted.clone(),
                    saved: None,
                });
            }
        }
        match (self.own().and_then(Token::account), token.account()) {
            (Some(old), Some(new)) if old.id != new.id && !args.switch_account => {
                let beside = file.beside(new)?;
                beside.save(&token)?;
                let saved = Some(beside.path().to_owned());
                Err(Error::OtherAccount {
                    account: new.to_string(),
                    wanted: old.to_string(),
                    saved,
                })
            }
            _ => {
                file.save(&token)?;
                let ask_again = (!missing.is_empty()).then(|| format!("{} --force", command(args)));
                Ok(Kept {
                    place: Some(file.path().display().to_string()),
                    ask_again,
                })
            }
        }
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

/// Waits for another login for the same file.
fn lock(file: &TokenFile, patience: Duration, terminal: Terminal) -> Result<LoginLock, Error> {
    match file.lock_login(Duration::ZERO) {
        Err(Error::Locked { .. }) => {
            terminal.say(format_args!(
                "another login for {} is under way; waiting for it",
                file.path().display()
            ));
            file.lock_login(patience).map_err(|error| match error {
                Error::Locked { .. } => Error::TimedOut { after: patience },
                other => other,
            })
        }
        locked => locked,
    }
}

/// For a browser command that ends with an error.
pub(crate) fn tell_failure(terminal: Terminal) -> impl FnOnce(String) + Send + 'static {
    move |reason| terminal.warn(format_args!("{reason}; open the address yourself"))
}

/// The hidden command that opens the system's browser.
pub(crate) fn open_in_system_browser(url: &str) -> Result<(), Failure> {
    let failed =
        |e: io::Error| Failure::new(ErrorKind::Local, format!("cannot open a browser: {e}"));
    browser::open_in_system_browser(url).map_err(failed)
}

/// Why no browser may be opened, if so.
pub(crate) fn not_interactive() -> Option<&'static str> {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_terminal = io::stdin().is_terminal() || io::stderr().is_terminal();
    match () {
        () if is_set("CI") => Some("CI is set"),
        () if has_terminal || browser::is_graphical() => None,
        () => Some("there is neither a terminal nor a graphical session"),
    }
}

/// Exit 3 at once where nobody could approve.
fn interactive(allowed: Interactive, again: &str) -> Result<(), Failure> {
    let because = match allowed {
        Interactive::Always => None,
        Interactive::Never => Some("--interactive never"),
        Interactive::Auto => not_interactive(),
    };
    let Some(because) = because else {
        return Ok(());
    };
    let message = format!("a login is needed, and no browser may be opened: {because}");
    Err(Failure::new(ErrorKind::LoginNeeded, message)
        .hint(format!("where a person can approve it: {again}")))
}

/// This command again, as a person would type it.
fn command(args: &LoginArgs) -> String {
    let mut words = vec!["loopin".to_owned(), "login".to_owned()];
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            words.extend([
                name.to_owned(),
                shlex::try_quote(&value).unwrap_or_default().into_owned(),
            ]);
        }
    };
    let path = |path: &std::path::Path| path.display().to_string();
    option("--provider", args.provider.clone());
    option(
        "--token-file",
        Some(path(&args.person.token_file)).filter(|file| file != "token.json"),
    );
    option("--client-secrets", args.client_secrets.as_deref().map(path));
    option("--client-id", args.client_id.clone());
    option(
        "--scope",
        Some(args.scope.join(" ")).filter(|scope| !scope.is_empty()),
    );
    option("--account", args.account.clone());
    option("--redirect-uri", args.redirect_uri.clone());
    words.join(" ")
}
