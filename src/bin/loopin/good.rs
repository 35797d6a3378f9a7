//! A good token by the cheapest way that works: as it is, by a refresh, by the browser.

use std::{
    path::PathBuf,
    time::{Duration, SystemTime},
};

use crate::{
    again::Again,
    choose::Chosen,
    exit::Exit,
    failure::{Context, Failure},
    guard::guard,
    how::{Asker, How},
    interactive,
    options::WantedArgs,
    plan::{Plan, is_real, stored},
    reader::Reader,
    refresh::refresh,
    terminal::Terminal,
    times,
};
use loopin::{Error, ErrorKind, Provider, Refreshed, Scopes, Token, TokenFile};

/// A token that is good and saved.
pub(crate) struct Good {
    pub(crate) token: Token,
    pub(crate) how: How,
    /// The scopes that a login would ask for.
    pub(crate) scopes: Scopes,
    /// Where it is, if not in the token file.
    pub(crate) set_aside: Option<PathBuf>,
    provider: Result<Provider, Failure>,
}

impl Good {
    fn of(plan: &Plan<'_>, token: Token, how: How) -> Self {
        Good {
            token,
            how,
            scopes: plan.scopes(),
            set_aside: None,
            provider: Ok(plan.chosen.provider.clone()),
        }
    }

    /// Whose token it is. A token that is valid needs no provider file; some commands do.
    pub(crate) fn provider(&self) -> Result<&Provider, Failure> {
        self.provider.as_ref().map_err(Failure::clone)
    }
}

/// Makes sure that the token file holds a good token.
pub(crate) fn good_token(
    args: &WantedArgs,
    asker: Asker,
    terminal: Terminal,
) -> Result<Good, Failure> {
    let again = Again::of(args);
    let path = &args.stored.file.token_file;
    let context = Context::new(path, &again);
    let read = |path| TokenFile::new(path).and_then(|file| Ok((stored(&file, terminal)?, file)));
    let (stored, file) = read(path).map_err(|error| unreadable(error, asker, context))?;
    guard(path, terminal);
    let chosen = match Chosen::new(&args.stored, stored.as_ref()) {
        Ok(chosen) => chosen,
        Err(error) => {
            let stored = stored.filter(is_real);
            return without_provider(args, asker, stored, context.failure(error));
        }
    };
    let provider = chosen.provider.clone();
    let failed = |error| context.at(&provider).failure(error);
    let mut plan = Plan::new(args, &file, stored, chosen, failed, terminal);
    if let Asker::Login { force } = asker {
        plan = plan.for_login(force);
    }

    if let Some(token) = plan.valid(args.min_ttl) {
        return Ok(Good::of(&plan, token, How::Valid));
    }
    plan.check_owner().map_err(failed)?;
    let why = match by_refresh(&mut plan, failed, terminal)? {
        Attempt::Good(good) => return Ok(*good),
        Attempt::LoginNeeded(why) => why,
    };
    interactive::may_open(args.interactive, asker, &again)
        .map_err(|hint| Failure::new(Exit::LoginNeeded, why).hint(hint))?;
    let prints = matches!(asker, Asker::Command { prints: true, .. });
    let _reader = prints.then(Reader::awaited);
    by_browser(&mut plan, failed, &again, terminal)
}

/// What came of a refresh.
enum Attempt {
    Good(Box<Good>),
    LoginNeeded(String),
}

fn by_refresh(
    plan: &mut Plan<'_>,
    failed: impl Fn(Error) -> Failure,
    terminal: Terminal,
) -> Result<Attempt, Failure> {
    if !plan.is_refreshable() {
        let expired = || "the token has expired, and there is no refresh token".into();
        return Ok(Attempt::LoginNeeded(
            plan.obstacle().unwrap_or_else(expired),
        ));
    }
    let (min_ttl, provider) = (plan.args.min_ttl, &plan.chosen.provider);
    let good = match refresh(provider, plan.client()?, Some(min_ttl), plan.file, terminal)? {
        Ok(Refreshed {
            token,
            is_new,
            set_aside,
            ..
        }) => {
            warn_of_short_life(&token, min_ttl, provider, terminal);
            plan.has_now(token.clone());
            // A refresh may grant less, and another process may have stored somebody else's.
            if let Some(why) = plan.obstacle() {
                return Ok(Attempt::LoginNeeded(why));
            }
            let how = if is_new { How::Refreshed } else { How::Valid };
            Good {
                set_aside,
                ..Good::of(plan, token, how)
            }
        }
        Err(error) if error.kind() == ErrorKind::LoginNeeded => {
            return Ok(Attempt::LoginNeeded(error.to_string()));
        }
        Err(error) => match plan.valid(Duration::ZERO) {
            Some(token) if leaves_the_token_good(&error) => {
                terminal.warn(format_args!("not refreshed: {error}"));
                Good::of(plan, token, How::Valid)
            }
            _ => return Err(failed(error)),
        },
    };
    Ok(Attempt::Good(Box::new(good)))
}

/// One login at a time for a file; whoever waited for another's looks at what that brought.
fn by_browser(
    plan: &mut Plan<'_>,
    failed: impl Fn(Error) -> Failure,
    again: &Again,
    terminal: Terminal,
) -> Result<Good, Failure> {
    let client = plan.client()?;
    let _lock = interactive::lock(plan.file, plan.args.person.timeout, terminal, &failed)?;
    plan.look_again().map_err(&failed)?;
    if let Some(token) = plan.valid(plan.args.min_ttl) {
        return Ok(Good::of(plan, token, How::Valid));
    }
    plan.check_owner().map_err(&failed)?;
    plan.chosen.discover()?.map_err(&failed)?;
    let token = interactive::log_in(plan, client, again, terminal)?;
    Ok(Good::of(plan, token, How::Browser))
}

/// To whoever only wants a token, a file that is none is as good as missing; it is left as it is.
fn unreadable(error: Error, asker: Asker, context: Context<'_>) -> Failure {
    match (&error, asker) {
        (
            Error::NotATokenFile { .. },
            Asker::Command {
                may_log_in: false, ..
            },
        ) => {
            let mut failure = context.failure(error);
            failure.exit = Exit::LoginNeeded;
            failure
        }
        _ => context.failure(error),
    }
}

/// A valid token needs no provider file, unless the command says what must be true of it.
fn without_provider(
    args: &WantedArgs,
    asker: Asker,
    stored: Option<Token>,
    failure: Failure,
) -> Result<Good, Failure> {
    let asks_nothing =
        args.stored.provider.is_none() && args.account.is_none() && args.scope.is_empty();
    let is_good = |token: &Token| token.is_valid(SystemTime::now(), args.min_ttl, None);
    match (asker, stored) {
        (Asker::Command { .. }, Some(token)) if asks_nothing && is_good(&token) => Ok(Good {
            token,
            how: How::Valid,
            scopes: Scopes::default(),
            set_aside: None,
            provider: Err(failure),
        }),
        _ => Err(failure),
    }
}

/// Whether nothing was spent, so that what is stored can serve until it expires.
fn leaves_the_token_good(error: &Error) -> bool {
    let is_local = matches!(error, Error::File { .. });
    error.kind() == ErrorKind::Temporary || is_local
}

/// Some providers give the same token again while it lives long enough for them.
fn warn_of_short_life(token: &Token, min_ttl: Duration, provider: &Provider, terminal: Terminal) {
    let now = SystemTime::now();
    if let Some(left) = token.expires_in(now).filter(|left| *left < min_ttl) {
        let (name, left, wanted) = (provider.name(), times::life(left), times::life(min_ttl));
        terminal.warn(format_args!(
            "{name} gives a token that lives only for {left}, not for {wanted}"
        ));
    }
}
