use std::{
    panic::resume_unwind,
    path::PathBuf,
    time::{Duration, Instant, SystemTime},
};

use tracing::{Instrument, info};

use crate::{
    AccountError, Client, Error, Event, Provider, Token, TokenFile,
    change::Change,
    event::OnEvent,
    http::host,
    lock,
    renewal::{Renewal, Renewed},
    store::Stamp,
    token_endpoint,
};

/// Whoever waits for the lock as long as this is told why.
const TELL_AFTER: Duration = Duration::from_secs(2);

/// A token that lives shorter than this is not worth starting with.
const MIN_TTL: Duration = Duration::from_secs(60);

/// A token that is good, by the refresh token if need be (RFC 6749 §6).
#[derive(Debug)]
#[must_use = "a refresh does nothing until it is run"]
pub struct Refresh {
    provider: Provider,
    client: Client,
    /// `None`: in any case.
    min_ttl: Option<Duration>,
    on_event: OnEvent,
}

/// A token that is good.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Refreshed {
    /// The token.
    pub token: Token,
    /// Whether this very call obtained it; otherwise it was good as it was, or another process refreshed it.
    pub is_new: bool,
    /// Where it is, if not in the file: another grant was written there meanwhile (see [`Event::Overtaken`]).
    pub set_aside: Option<PathBuf>,
}

impl Refresh {
    /// A refresh at `provider` of a token that lives shorter than a minute.
    pub fn new(provider: Provider, client: Client) -> Self {
        Refresh {
            provider,
            client,
            min_ttl: Some(MIN_TTL),
            on_event: OnEvent::default(),
        }
    }

    /// How long the token must still live to be good as it is.
    pub fn min_ttl(mut self, min_ttl: Duration) -> Self {
        self.min_ttl = Some(min_ttl);
        self
    }

    /// Refreshes the token however long it lives.
    pub fn force(mut self) -> Self {
        self.min_ttl = None;
        self
    }

    /// Hears what happens.
    pub fn on_event(mut self, on_event: impl Fn(Event) + Send + Sync + 'static) -> Self {
        self.on_event = OnEvent::new(on_event);
        self
    }

    /// A good token. If the one in the file is not:
    ///
    /// 1. wait for the file's lock; another process may have it for just this purpose, so stop if it succeeds;
    /// 2. read the file again, now that nobody else changes it: it may be good by now;
    /// 3. learn the provider's endpoints from its issuer, if they are not known (RFC 8414 §3), and the keys of its id_tokens;
    /// 4. prove that the disk will take the new token, before the refresh token is spent;
    /// 5. send the refresh token once, and once more only if the provider asks for that; a refused one is believed only
    ///    if the file still holds it;
    /// 6. save the new token durably, the old refresh token with it if none came back.
    ///
    /// It needs a tokio runtime with I/O and time, and prints nothing. What has to wait is done in a task of its own,
    /// which is finished, and tells events, even if the caller's future is dropped: so no timeout loses a grant. Only the
    /// end of the runtime, or a signal, between [`Event::Redeeming`] and [`Event::Redeemed`] does. A runtime that nobody
    /// drives any more (`current_thread`, after its `block_on`) keeps the file's lock as long as it is there.
    ///
    /// # Errors
    ///
    /// Any [`Error`]. [`crate::ErrorKind::LoginNeeded`] means that the grant is dead; nothing was changed then. A token that
    /// was issued and could not be saved is [`Error::SavedElsewhere`].
    pub async fn run(self, file: &TokenFile) -> Result<Refreshed, Error> {
        let seen = file.stamp();
        // What cannot be read now is looked at again under the lock: somebody may just be writing it.
        let stored = file.load().ok().flatten();
        if let Some(token) = stored.filter(|token| self.is_good(file, token, false)) {
            return Ok(Refreshed::elsewhere(token));
        }
        token_endpoint::check_client(&self.provider, &self.client)?;
        let file = file.clone();
        let host = host(&self.provider.first_endpoint()?);
        let task = async move { self.run_under_lock(&file, seen).await };
        match tokio::spawn(task.in_current_span()).await {
            Ok(refreshed) => refreshed,
            Err(end) => match end.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                Err(_) => Err(Error::NoAnswer {
                    host,
                    reason: "the runtime was shut down".into(),
                }
                .after_sending("refresh token")),
            },
        }
    }

    /// From the first step on.
    async fn run_under_lock(
        self,
        file: &TokenFile,
        seen: Option<Stamp>,
    ) -> Result<Refreshed, Error> {
        let mut change = match self.lock(file, seen).await? {
            Turn::Ours(change) => change,
            Turn::NotNeeded(token) => return Ok(Refreshed::elsewhere(token)),
        };
        let was_just_saved = file.stamp() != seen;
        let stored = change.token()?.ok_or_else(|| Error::NoToken {
            path: file.path().to_owned(),
        })?;
        if self.is_good(file, &stored, was_just_saved) {
            return Ok(Refreshed::elsewhere(stored));
        }
        self.check(file, &stored)?;
        let mut renewal = Renewal::prepare(&self.provider, &self.client, &stored).await?;
        self.on_event.tell(Event::Redeeming);
        change.prepare()?;
        let refused = match renewal.redeem(&mut change, &stored, &self.on_event).await {
            Err(error @ Error::GrantRefused { .. }) => error,
            renewed => return self.save(change, file, renewed?, stored).await,
        };
        let Some(another) = another_grant(file, &stored) else {
            return Err(change.explain(refused));
        };
        if self.is_good(file, &another, true) {
            return Ok(Refreshed::elsewhere(another));
        }
        self.check(file, &another)?;
        if !renewal.has_time() {
            return Err(refused);
        }
        let renewed = renewal
            .redeem(&mut change, &another, &self.on_event)
            .await?;
        self.save(change, file, renewed, another).await
    }

    /// Waits for the lock, or for another process to put a good token into the file.
    async fn lock<'a>(&self, file: &'a TokenFile, seen: Option<Stamp>) -> Result<Turn<'a>, Error> {
        let (mut lock, started) = (file.change_lock()?, Instant::now());
        let mut is_told = false;
        while !lock.try_acquire()? {
            let changed = (file.stamp() != seen).then(|| file.load().ok().flatten());
            if let Some(token) = changed
                .flatten()
                .filter(|token| self.is_good(file, token, true))
            {
                return Ok(Turn::NotNeeded(token));
            }
            if started.elapsed() >= Change::PATIENCE {
                return Err(lock.held_by_another());
            }
            if started.elapsed() >= TELL_AFTER && !is_told {
                is_told = true;
                self.on_event.tell(Event::Locked);
            }
            tokio::time::sleep(lock::POLL).await;
        }
        Ok(Turn::Ours(Change::under(lock, file)))
    }

    /// Whether there is nothing to do. A token that was saved while this call waited is the best that can be had now,
    /// however short it lives.
    fn is_good(&self, file: &TokenFile, token: &Token, was_just_saved: bool) -> bool {
        let longest = self.provider.max_access_token_lifetime();
        let lives = |ttl| token.is_valid(SystemTime::now(), ttl, longest);
        token
            .check_issuer(&self.provider, &self.client, file)
            .is_ok()
            && (was_just_saved && lives(Duration::ZERO) || self.min_ttl.is_some_and(lives))
    }

    /// A refresh token goes only to the provider and for the client that it was issued to.
    fn check(&self, file: &TokenFile, stored: &Token) -> Result<(), Error> {
        stored.check_issuer(&self.provider, &self.client, file)?;
        let path = || file.path().to_owned();
        let refresh_token = stored.refresh_token().map(|_| ());
        refresh_token.ok_or_else(|| Error::NoRefreshToken { path: path() })
    }

    /// Saves the new token. Another account's is not put in this one's place; and where another program wrote another
    /// grant meanwhile, that one is newer, and stands.
    async fn save(
        &self,
        change: Change<'_>,
        file: &TokenFile,
        renewed: Renewed,
        replaced: Token,
    ) -> Result<Refreshed, Error> {
        let Renewed { token, skew } = renewed;
        if let (Some(stored), Some(account)) = (replaced.account(), token.account())
            && stored.id != account.id
        {
            return Err(AccountError::Refreshed {
                provider: self.provider.name().to_owned(),
                saved: file.keep_beside(&token, account).await?,
                account: account.clone(),
            }
            .into());
        }
        let overtaken = another_grant(file, &replaced).is_some();
        let set_aside = if overtaken {
            let saved = file.set_aside(&token, Some(&replaced));
            drop(change);
            Some(saved.map_err(Error::not_saved)?)
        } else {
            change.keep(&token, Some(&replaced))?;
            None
        };
        // Only now is anything said: a terminal that takes nothing must not hold up what is not saved.
        self.on_event.tell(Event::Redeemed);
        info!("the token was refreshed");
        if let Some(saved) = &set_aside {
            self.on_event.tell(Event::Overtaken(saved.clone()));
        }
        if let Some(skew) = skew {
            self.on_event.tell(Event::ClockSkew(skew));
        }
        Ok(Refreshed {
            token,
            is_new: true,
            set_aside,
        })
    }
}

impl TokenFile {
    /// The file's token if it still lives for `min_ttl`, else a new one by its refresh token (RFC 6749 §6), however short
    /// that lives: [`Refresh::run`] in one call, with all that is said there of the runtime and of dropping it.
    ///
    /// # Errors
    ///
    /// Those of [`Refresh::run`]; with [`ErrorKind::LoginNeeded`](crate::ErrorKind::LoginNeeded), run a
    /// [`Login`](crate::Login).
    pub async fn valid_token(
        &self,
        provider: &Provider,
        client: &Client,
        min_ttl: Duration,
    ) -> Result<Token, Error> {
        let refresh = Refresh::new(provider.clone(), client.clone()).min_ttl(min_ttl);
        Ok(refresh.run(self).await?.token)
    }
}

/// What came of waiting for the lock.
enum Turn<'a> {
    Ours(Change<'a>),
    NotNeeded(Token),
}

impl Refreshed {
    fn elsewhere(token: Token) -> Self {
        Refreshed {
            token,
            is_new: false,
            set_aside: None,
        }
    }
}

/// What the file holds, if that is another grant by now.
fn another_grant(file: &TokenFile, known: &Token) -> Option<Token> {
    let there = file.load().ok().flatten()?;
    let is_another =
        there.refresh_token().is_some() && there.refresh_token() != known.refresh_token();
    is_another.then_some(there)
}
