use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::endpoint::check;

/// An issuer identifier (RFC 8414 §2), kept as it was written: it is compared code point by code point. A claim's name
/// in braces stands for that claim of an id_token, for a provider with many issuers.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Issuer {
    text: String,
    /// Unless it stands for many.
    url: Option<Url>,
}

impl Issuer {
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Where its metadata is asked for; one that stands for many cannot be asked.
    pub(crate) fn url(&self) -> Option<&Url> {
        self.url.as_ref()
    }

    /// Whether that is this issuer: the same text (RFC 9207 §2.4). For the part in braces one segment of a path will do.
    pub(crate) fn is(&self, iss: &str) -> bool {
        let Some((before, _, after)) = parts(&self.text) else {
            return self.text == iss;
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
        parts(&self.text).is_none_or(|(before, name, after)| {
            let claim = claims[name].as_str();
            claim.is_some_and(|claim| format!("{before}{claim}{after}") == iss)
        })
    }
}

/// What stands before the braces, in them, and after them.
fn parts(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

impl TryFrom<String> for Issuer {
    type Error = String;

    /// RFC 8414 §2: https without query and fragment; and what is demanded of endpoints, for it is asked.
    fn try_from(text: String) -> Result<Self, String> {
        let what = "an issuer";
        if text.contains(['?', '#']) {
            return Err(format!("{what} has no query and no fragment"));
        }
        let Some((before, name, after)) = parts(&text) else {
            let url = Some(check(&text, what)?);
            return Ok(Issuer { text, url });
        };
        // What is in braces is a whole segment of the path: it must not reach into the host's name.
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let is_segment = before.ends_with('/') && (after.is_empty() || after.starts_with('/'));
        if name.is_empty() || !name.bytes().all(is_name) || !is_segment {
            return Err(format!(
                "{what} has a claim's name in braces, as one segment of its path, or none"
            ));
        }
        let like_it = check(&format!("{before}claim{after}"), what)?;
        if like_it
            .path_segments()
            .is_none_or(|mut segments| !segments.any(|part| part == "claim"))
        {
            return Err(format!("{what} has braces in its path only"));
        }
        Ok(Issuer { text, url: None })
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
            "https://{host}/",
            "https://as.example{x}",
            "https://as.example/{x}{y}",
            "https://as.example/{x}y",
            "https://as.example/{x\"\nname = \"y}",
            "https://as.example/{}",
        ] {
            assert!(Issuer::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
