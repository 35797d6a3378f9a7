//! What the server has granted: codes, and the tokens that came of them.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::marks::{Marks, Secret};
use super::rules::{Rotation, Rules};

pub struct Grants {
    pub codes: HashMap<String, Code>,
    families: Vec<Family>,
    marks: Marks,
    issued: usize,
    /// How often a refresh token came that had been replaced already.
    pub reused: usize,
}

pub struct Code {
    pub redirect_uri: String,
    pub code_challenge: String,
    pub scope: String,
    pub nonce: String,
    pub resources: Vec<String>,
    pub used: bool,
}

/// The tokens of one consent. Of the refresh tokens only the last is good.
struct Family {
    scope: Option<String>,
    resources: Vec<String>,
    refresh_tokens: Vec<String>,
    access_token: Option<(String, u64)>,
    dead: bool,
}

impl Grants {
    pub fn new(marks: Marks) -> Grants {
        Grants {
            codes: HashMap::new(),
            families: Vec::new(),
            marks,
            issued: 0,
            reused: 0,
        }
    }

    /// The token answer to a code.
    pub fn issue(&mut self, rules: &Rules, scope: &str, resources: Vec<String>) -> Value {
        self.issued += 1;
        self.families.push(Family {
            scope: Some(scope.to_owned()),
            resources,
            refresh_tokens: vec![self.word(Secret::Refresh)],
            access_token: Some((self.word(Secret::Access), now() + rules.token_life)),
            dead: false,
        });
        self.families.last().unwrap().answer(rules)
    }

    /// The token answer to a refresh token, or nothing if that is not good any more.
    pub fn refresh(&mut self, rules: &Rules, refresh_token: &str) -> Option<Value> {
        self.issued += 1;
        let (access, refresh) = (self.word(Secret::Access), self.word(Secret::Refresh));
        let family = self.family_of(refresh_token)?;
        if family.refresh_token() != refresh_token {
            family.dead = true;
            self.reused += 1;
            return None;
        }
        if family.dead {
            return None;
        }
        if family.access_token.is_none() || !rules.same_access_token {
            family.access_token = Some((access, now() + rules.token_life));
        }
        if rules.rotation == Rotation::Rotates {
            family.refresh_tokens.push(refresh);
        }
        let mut answer = family.answer(rules);
        if rules.rotation == Rotation::Omits {
            answer.as_object_mut().unwrap().remove("refresh_token");
        }
        Some(answer)
    }

    /// Both tokens of a family die with either of them.
    pub fn revoke(&mut self, token: &str) {
        for family in &mut self.families {
            let its_access_token = family.access_token().is_some_and(|access| access == token);
            family.dead |= its_access_token || family.refresh_tokens.iter().any(|t| t == token);
        }
    }

    pub fn revoke_all(&mut self) {
        self.families
            .iter_mut()
            .for_each(|family| family.dead = true);
    }

    pub fn knows(&mut self, refresh_token: &str) {
        self.families.push(Family {
            scope: None,
            resources: Vec::new(),
            refresh_tokens: vec![refresh_token.to_owned()],
            access_token: None,
            dead: false,
        });
    }

    /// Was this access token issued, and neither replaced nor revoked since?
    pub fn is_good(&self, access_token: &str) -> bool {
        let good = |family: &&Family| !family.dead && family.access_token() == Some(access_token);
        self.families.iter().any(|family| good(&family))
    }

    /// What was issued last.
    pub fn access_token(&self) -> &str {
        let newest = self.families.iter().max_by_key(|family| {
            let n = family.access_token().and_then(|t| t.rsplit('-').next());
            n.map_or(0, |n| n.parse::<usize>().unwrap())
        });
        newest.and_then(Family::access_token).unwrap_or_default()
    }

    /// Was a scope granted with this refresh token that covers all of `scopes`?
    pub fn covers(&mut self, refresh_token: &str, scopes: &str, separator: char) -> bool {
        let family = self.family_of(refresh_token);
        let granted = family.and_then(|family| family.scope.as_deref());
        granted.is_none_or(|granted| {
            let granted: Vec<_> = granted.split(separator).collect();
            scopes.split(separator).all(|one| granted.contains(&one))
        })
    }

    /// Was the grant of this refresh token for all of these (RFC 8707 §2.2)?
    pub fn covers_resources(&mut self, refresh_token: &str, resources: &[String]) -> bool {
        let family = self.family_of(refresh_token);
        family.is_none_or(|family| resources.iter().all(|one| family.resources.contains(one)))
    }

    fn family_of(&mut self, refresh_token: &str) -> Option<&mut Family> {
        let mut families = self.families.iter_mut();
        families.find(|family| family.refresh_tokens.iter().any(|t| t == refresh_token))
    }

    fn word(&self, kind: Secret) -> String {
        format!("{}-{}", self.marks.word(kind), self.issued)
    }
}

impl Family {
    fn refresh_token(&self) -> &str {
        self.refresh_tokens.last().unwrap()
    }

    fn access_token(&self) -> Option<&str> {
        self.access_token.as_ref().map(|(token, _)| token.as_str())
    }

    fn answer(&self, rules: &Rules) -> Value {
        let (access_token, expires_at) = self.access_token.as_ref().unwrap();
        let mut answer = json!({
            "token_type": "Bearer",
            "access_token": access_token,
            "refresh_token": self.refresh_token(),
            "expires_in": expires_at.saturating_sub(now()),
            "expires_at": expires_at,
        });
        if let (Some(scope), false) = (&self.scope, rules.scope_in_redirect) {
            answer["scope"] = scope.as_str().into();
        }
        answer
    }
}

pub fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted() -> (Grants, Rules, Vec<String>) {
        let mut grants = Grants::new(Marks::new());
        let rules = Rules::standard();
        let first = refresh_token(&grants.issue(&rules, "read", Vec::new()));
        let second = refresh_token(&grants.refresh(&rules, &first).unwrap());
        (grants, rules, vec![first, second])
    }

    fn refresh_token(answer: &Value) -> String {
        answer["refresh_token"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_spent_refresh_token_costs_its_successor_too() {
        let (mut grants, rules, tokens) = granted();
        assert!(grants.refresh(&rules, &tokens[0]).is_none());
        assert!(grants.refresh(&rules, &tokens[1]).is_none());
        assert_eq!(grants.reused, 1);
    }

    #[test]
    fn only_the_newest_access_token_of_a_grant_that_lives_is_good() {
        let (mut grants, rules, tokens) = granted();
        let old = grants.access_token().to_owned();
        let new = grants.refresh(&rules, &tokens[1]).unwrap();
        assert!(grants.is_good(new["access_token"].as_str().unwrap()));
        assert!(!grants.is_good(&old));
        grants.revoke(&tokens[1]);
        assert!(!grants.is_good(grants.access_token()));
    }
}
