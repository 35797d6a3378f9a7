use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use crate::endpoint::check;

/// An issuer identifier (RFC 8414 §2), kept as it was written: it is compared code point by code point. A claim's name
/// in braces stands for that claim of an id_token, for a provider with many issuers.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub(crate) struct Issuer(String);

impl Issuer {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for many issuers.
    pub(crate) fn is_template(&self) -> bool {
        self.parts().is_some()
    }

    /// Whether that is this issuer: the same text (RFC 9207 §2.4). For the part in braces one segment of a path will do.
    pub(crate) fn is(&self, iss: &str) -> bool {
        let Some((before, _, after)) = self.parts() else {
            return self.0 == iss;
        };
        let segment = iss
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        segment.is_some_and(|segment| !segment.is_empty() && segment.bytes().all(plain))
    }

    /// Whether it issued an id_token with these claims (OpenID Connect Core §3.1.3.7, number 2).
    pub(crate) fn is_of(&self, claims: &Value) -> bool {
        let Some(iss) = claims["iss"].as_str().filter(|iss| self.is(iss)) else {
            return false;
        };
        match (self.parts(), self.parts().map(|(_, name, _)| &claims[name])) {
            (Some((before, _, after)), Some(claim)) => claim
                .as_str()
                .is_some_and(|claim| format!("{before}{claim}{after}") == iss),
            _ => true,
        }
    }

    /// What stands before the braces, in them, and after them.
    fn parts(&self) -> Option<(&str, &str, &str)> {
        let (before, rest) = self.0.split_once('{')?;
        let (name, after) = rest.split_once('}')?;
        Some((before, name, after))
    }
}

impl TryFrom<String> for Issuer {
    type Error = String;

    /// RFC 8414 §2: https without query and fragment; and what is demanded of endpoints, for it is asked.
    fn try_from(text: String) -> Result<Self, String> {
        let issuer = Issuer(text);
        let url = match issuer.parts() {
            Some((before, _, after)) => format!("{before}claim{after}"),
            None => issuer.0.clone(),
        };
        if url.contains(['?', '#']) {
            return Err("an issuer has no query and no fragment".into());
        }
        check(&url, "an issuer")?;
        Ok(issuer)
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn issuer(text: &str) -> Issuer {
        Issuer::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn an_issuer_is_compared_code_point_by_code_point() {
        let issuer = issuer("https://as.example/~t");
        assert!(issuer.is("https://as.example/~t"));
        for other in [
            "https://as.example/~t/",
            "https://AS.example/~t",
            "https://as.example:443/~t",
            "https://as.example/%7Et",
            "",
        ] {
            assert!(!issuer.is(other), "{other}");
        }
    }

    #[test]
    fn a_claim_in_braces_is_that_of_the_id_token() {
        let issuer = issuer("https://as.example/{tid}/v2.0");
        let claims = |iss: &str, tid: &str| json!({ "iss": iss, "tid": tid });
        assert!(issuer.is_of(&claims("https://as.example/a-b/v2.0", "a-b")));
        for (iss, tid) in [
            ("https://as.example/other/v2.0", "a-b"),
            ("https://as.example/a/b/v2.0", "a/b"),
            ("https://as.example//v2.0", ""),
            ("https://evil.example/a-b/v2.0", "a-b"),
        ] {
            assert!(!issuer.is_of(&claims(iss, tid)), "{iss}");
        }
    }

    #[test]
    fn what_cannot_be_an_issuer_is_refused() {
        for text in [
            "as.example",
            "http://as.example",
            "https://as.example/?x",
            "https://as.example/#x",
            "https://u@as.example",
            "https://as.example/a b",
            "file:///etc",
        ] {
            assert!(Issuer::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
