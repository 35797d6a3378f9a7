use std::{collections::BTreeSet, fmt};

/// An unordered set of case-sensitive scopes (RFC 6749 §3.3), kept in the order in which they were first named.
#[derive(Clone, Debug, Default)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads scopes separated by spaces or by the provider's own separator. What is not a `scope-token`
    /// (RFC 6749 §3.3: printable ASCII without space, `"` and `\`) is left out.
    ///
    /// ```
    /// use loopin::Scopes;
    ///
    /// let asked = Scopes::parse("read,activity:read_all", ',');
    /// let granted = Scopes::parse("read", ' ');
    /// assert_eq!(asked.without(&granted).to_string(), "activity:read_all");
    /// ```
    pub fn parse(text: &str, separator: char) -> Self {
        text.split([' ', separator]).collect()
    }

    /// Whether every scope of `other` is in here.
    pub fn covers(&self, other: &Scopes) -> bool {
        other.without(self).is_empty()
    }

    /// Whether this scope is in here.
    pub fn has(&self, scope: &str) -> bool {
        self.0.iter().any(|known| known == scope)
    }

    /// The scopes of `self` that `other` does not have.
    pub fn without(&self, other: &Scopes) -> Scopes {
        // No HashSet: its seed panics where there are no random numbers.
        let others: BTreeSet<&str> = other.0.iter().map(String::as_str).collect();
        let own = self.0.iter().map(String::as_str);
        own.filter(|scope| !others.contains(scope)).collect()
    }

    /// With two scopes that some servers grant without naming them among the token's: `openid`, where an id_token came
    /// (OpenID Connect Core §3.1.2.1), and `offline_access`, where a refresh token did (§11); if they were `wanted`.
    pub(crate) fn with_implied(
        mut self,
        wanted: &Scopes,
        id_token: bool,
        refresh_token: bool,
    ) -> Self {
        for (scope, is_there) in [("openid", id_token), ("offline_access", refresh_token)] {
            if is_there && wanted.has(scope) && !self.has(scope) {
                self.0.push(scope.to_owned());
            }
        }
        self
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The scopes joined by `separator`, as the provider wants them.
    pub fn join(&self, separator: char) -> String {
        self.0.join(separator.encode_utf8(&mut [0; 4]))
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<I: IntoIterator<Item = &'a str>>(scopes: I) -> Self {
        let is_token = |scope: &&str| {
            let is_legal = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
            !scope.is_empty() && scope.bytes().all(is_legal)
        };
        // A provider may name very many: each is looked up, not searched for.
        let mut known = BTreeSet::new();
        let unique = scopes.into_iter().filter(is_token);
        let unique = unique.filter(|scope| known.insert(*scope));
        Scopes(unique.map(str::to_owned).collect())
    }
}

/// Equal as sets.
impl PartialEq for Scopes {
    fn eq(&self, other: &Scopes) -> bool {
        self.covers(other) && other.covers(self)
    }
}

impl Eq for Scopes {}

/// Separated by spaces, as RFC 6749 §3.3 writes them.
impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.join(' '))
    }
}

#[cfg(test)]
mod tests {
    use super::Scopes;
    use proptest::prelude::*;

    #[test]
    fn order_repetition_and_separator_do_not_matter() {
        assert_eq!(
            Scopes::parse("read,activity:read_all,read", ','),
            Scopes::parse("activity:read_all read", ' ')
        );
        assert_ne!(Scopes::parse("read", ','), Scopes::parse("Read", ','));
    }

    #[test]
    fn what_could_steer_a_terminal_is_no_scope() {
        assert_eq!(
            Scopes::parse("read \u{1b}[31m wri\"te", ' ').to_string(),
            "read"
        );
    }

    proptest! {
        #[test]
        fn joining_and_parsing_gives_the_same_set(scopes in proptest::collection::vec("[!#-+\\--\\[\\]-~]{1,8}", 0..6), comma in any::<bool>()) {
            let separator = if comma { ',' } else { ' ' };
            let set: Scopes = scopes.iter().map(String::as_str).collect();
            prop_assert_eq!(Scopes::parse(&set.join(separator), separator), set);
        }

        #[test]
        fn what_is_missing_and_what_is_there_make_the_whole(asked in "[a-d ]{0,12}", granted in "[a-d ]{0,12}") {
            let (asked, granted) = (Scopes::parse(&asked, ' '), Scopes::parse(&granted, ' '));
            let missing = asked.without(&granted);
            prop_assert_eq!(missing.is_empty(), granted.covers(&asked));
            prop_assert_eq!(asked.without(&missing).without(&granted), Scopes::default());
        }
    }
}
