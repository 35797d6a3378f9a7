//! What the demo remembers: who is being asked, which codes are unused, which tokens live.

use std::{collections::BTreeMap, time::SystemTime};

use crate::{Error, Scopes, pkce::random, token::unix_seconds};

/// Strava's access tokens live six hours,
const LIFE: u64 = 6 * 60 * 60;

/// and a refresh hands out the same one while it lives longer than this.
const SAME_WHILE_OVER: u64 = 60 * 60;

#[derive(Default)]
pub(super) struct Memory {
    /// Authorization requests that a person is looking at.
    pub(super) requests: BTreeMap<String, Authorization>,
    /// Codes that were not used yet.
    pub(super) codes: BTreeMap<String, Authorization>,
    /// What was granted and not revoked.
    grants: Vec<Grant>,
}

/// An authorization request, and what was granted.
#[derive(Clone)]
pub(super) struct Authorization {
    pub(super) redirect_uri: String,
    pub(super) state: String,
    pub(super) code_challenge: String,
    pub(super) scopes: Scopes,
}

/// One refresh token, good for one refresh, and the access tokens that came of it, the newest last.
#[derive(Default)]
struct Grant {
    refresh_token: String,
    access_tokens: Vec<AccessToken>,
}

#[derive(Clone)]
pub(super) struct AccessToken {
    pub(super) token: String,
    pub(super) expires_at: u64,
}

/// What the token endpoint issues.
pub(super) struct Issued {
    pub(super) access_token: AccessToken,
    pub(super) refresh_token: String,
}

impl Memory {
    /// The first tokens of a new grant.
    pub(super) fn grant(&mut self, now: SystemTime) -> Result<Issued, Error> {
        let mut grant = Grant::default();
        let issued = grant.issue(now)?;
        self.grants.push(grant);
        Ok(issued)
    }

    /// The next tokens of a grant, or nothing if this is not its refresh token (any more).
    pub(super) fn refresh(
        &mut self,
        refresh_token: &str,
        now: SystemTime,
    ) -> Result<Option<Issued>, Error> {
        let mut grants = self.grants.iter_mut();
        let grant = grants.find(|grant| grant.refresh_token == refresh_token);
        grant.map(|grant| grant.issue(now)).transpose()
    }

    /// Ends the grant that the token belongs to, whichever of its tokens it is.
    pub(super) fn revoke(&mut self, token: &str) {
        self.grants.retain(|grant| !grant.has(token));
    }

    /// Whether this access token may be used.
    pub(super) fn is_live(&self, access_token: &str, now: SystemTime) -> bool {
        let mut known = self.grants.iter().flat_map(|grant| &grant.access_tokens);
        known.any(|known| known.token == access_token && known.lives_for(now) > 0)
    }
}

impl Grant {
    fn issue(&mut self, now: SystemTime) -> Result<Issued, Error> {
        let (token, refresh_token) = (random()?, random()?);
        let access_token = match self.access_tokens.last() {
            Some(newest) if newest.lives_for(now) > SAME_WHILE_OVER => newest.clone(),
            _ => AccessToken {
                token,
                expires_at: unix_seconds(now) + LIFE,
            },
        };
        self.access_tokens.push(access_token.clone());
        self.refresh_token.clone_from(&refresh_token);
        Ok(Issued {
            access_token,
            refresh_token,
        })
    }

    fn has(&self, token: &str) -> bool {
        let mut known = self.access_tokens.iter().map(|known| &known.token);
        self.refresh_token == token || known.any(|known| known == token)
    }
}

impl AccessToken {
    /// For how many seconds.
    pub(super) fn lives_for(&self, now: SystemTime) -> u64 {
        self.expires_at.saturating_sub(unix_seconds(now))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn at(hours: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(hours * 60 * 60)
    }

    #[test]
    fn a_refresh_token_is_good_for_one_refresh() {
        let mut memory = Memory::default();
        let first = memory.grant(at(0)).unwrap();
        let second = memory.refresh(&first.refresh_token, at(6)).unwrap();
        let second = second.expect("the first refresh token is good");
        assert_ne!(second.access_token.token, first.access_token.token);
        let again = memory.refresh(&first.refresh_token, at(6)).unwrap();
        assert!(again.is_none());
        let third = memory.refresh(&second.refresh_token, at(12)).unwrap();
        assert!(third.is_some());
    }

    #[test]
    fn the_same_access_token_comes_back_while_more_than_an_hour_is_left() {
        let mut memory = Memory::default();
        let first = memory.grant(at(0)).unwrap();
        let second = memory.refresh(&first.refresh_token, at(4)).unwrap();
        let second = second.expect("the first refresh token is good");
        assert_eq!(second.access_token.token, first.access_token.token);
        assert_eq!(second.access_token.lives_for(at(4)), 2 * 60 * 60);
        assert_ne!(second.refresh_token, first.refresh_token);
        let third = memory.refresh(&second.refresh_token, at(5)).unwrap();
        let third = third.expect("the second refresh token is good");
        assert_ne!(third.access_token.token, first.access_token.token);
        assert_eq!(third.access_token.lives_for(at(5)), LIFE);
    }

    #[test]
    fn an_access_token_lives_until_it_expires() {
        let mut memory = Memory::default();
        let old = memory.grant(at(0)).unwrap();
        memory.refresh(&old.refresh_token, at(5)).unwrap();
        assert!(memory.is_live(&old.access_token.token, at(5)));
        assert!(!memory.is_live(&old.access_token.token, at(6)));
        assert!(!memory.is_live("", at(0)));
    }

    #[test]
    fn revoking_one_token_of_a_grant_ends_them_all() {
        for revoke in [
            |issued: &Issued| issued.refresh_token.clone(),
            |issued: &Issued| issued.access_token.token.clone(),
        ] {
            let mut memory = Memory::default();
            let (ours, other) = (memory.grant(at(0)).unwrap(), memory.grant(at(0)).unwrap());
            memory.revoke(&revoke(&ours));
            memory.revoke("unknown");
            assert!(!memory.is_live(&ours.access_token.token, at(0)));
            let refreshed = memory.refresh(&ours.refresh_token, at(0)).unwrap();
            assert!(refreshed.is_none());
            assert!(memory.is_live(&other.access_token.token, at(0)));
        }
    }
}
