//! Secrets that can be found again: every one of a test's secrets is a word of its own.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The kinds of secret that a login handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    Client,
    Code,
    Access,
    Refresh,
    /// Personal data in the provider's answer, which nobody asked to be kept.
    Private,
    /// A claim of every id_token: neither that token nor any part of it is anybody's business.
    IdToken,
}

const KINDS: [Secret; 6] = [
    Secret::Client,
    Secret::Code,
    Secret::Access,
    Secret::Refresh,
    Secret::Private,
    Secret::IdToken,
];

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Secret::Client => "secret",
            Secret::Code => "code",
            Secret::Access => "access",
            Secret::Refresh => "refresh",
            Secret::Private => "private",
            Secret::IdToken => "identity",
        })
    }
}

/// The words of one test. They need no escaping in a form, in JSON or in HTML, so a leak cannot hide.
#[derive(Clone, Debug)]
pub struct Marks {
    nonce: String,
}

impl Marks {
    pub fn new() -> Marks {
        let nonce = format!("{:016x}", RandomState::new().hash_one("mark"));
        Marks { nonce }
    }

    /// What every secret of this kind begins with in this test.
    pub fn word(&self, kind: Secret) -> String {
        format!("mark-{kind}-{}", self.nonce)
    }

    /// Fails if `text` holds a secret of a kind that is not `allowed` there.
    pub fn look_for_leaks(&self, place: &str, text: &str, allowed: &[Secret]) {
        let mut forbidden = KINDS.into_iter().filter(|kind| !allowed.contains(kind));
        let leak = forbidden.find(|kind| self.is_in(text, *kind));
        if let Some(leak) = leak {
            panic!("{place} holds the {leak} ({}):\n{text}", self.word(leak));
        }
    }

    /// Is a secret of this kind there, or the beginning of one, in whatever form? Half of the nonce tells well enough that
    /// it is ours; an end alone is not found.
    fn is_in(&self, text: &str, kind: Secret) -> bool {
        let word = self.word(kind);
        let begins = &word[..word.len() - self.nonce.len() / 2];
        let mut forms = forms(begins).into_iter().chain(base64_forms(begins));
        forms.any(|form| text.contains(&form))
    }
}

/// How a word may stand in a text, besides base64.
fn forms(word: &str) -> Vec<String> {
    let bytes = |each: fn(u8) -> String| word.bytes().map(each).collect::<String>();
    vec![
        word.to_owned(),
        word.to_uppercase(),
        word.chars().rev().collect(),
        bytes(|b| format!("{b:02x}")),
        bytes(|b| format!("{b:02X}")),
        bytes(|b| format!("%{b:02X}")),
        bytes(|b| format!("\\u{b:04x}")),
        bytes(|b| format!("\\x{b:02x}")),
        // UTF-16, in both orders.
        bytes(|b| format!("{}\0", b as char)),
        // A list of bytes, as `Debug` shows it.
        bytes(|b| format!("{b}, ")),
    ]
}

/// What `word` looks like somewhere inside a base64 text, for each of the three ways it can be aligned.
fn base64_forms(word: &str) -> impl Iterator<Item = String> {
    (0..3).map(move |offset| {
        let shifted = format!("{}{word}", "-".repeat(offset));
        let encoded = STANDARD.encode(shifted);
        // The ends mix with what stands beside the word.
        let start = if offset == 0 { 0 } else { 4 };
        encoded[start..encoded.len() - 4].to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::super::keys::Key;
    use super::*;

    #[test]
    fn a_secret_is_found_in_any_form_and_in_part() {
        let marks = Marks::new();
        let token = format!("{}-1", marks.word(Secret::Access));
        for text in [
            token.clone(),
            token[..token.len() - 4].to_owned(),
            format!("{:?}", token.as_bytes()),
            STANDARD.encode(format!("me:{token}")),
            STANDARD.encode(&token[..token.len() - 9]),
            token.chars().flat_map(|c| [c, '\0']).collect(),
            token.chars().rev().collect(),
        ] {
            assert!(marks.is_in(&text, Secret::Access), "{text}");
            assert!(!marks.is_in(&text, Secret::Refresh), "{text}");
        }
    }

    #[test]
    fn an_id_token_is_found_whole_and_in_part() {
        let (marks, key) = (Marks::new(), Key::es256());
        let word = marks.word(Secret::IdToken);
        for before in ["", "a", "ab", "abc"] {
            let claims = format!("{{\"x\":\"{before}\",\"sid\":\"{word}\"}}");
            let token = key.sign(&key.header(), &claims);
            let payload = token.split('.').nth(1).unwrap();
            for part in [&token, payload, &payload[6..], &claims] {
                assert!(marks.is_in(&format!("got {part}."), Secret::IdToken));
                assert!(!marks.is_in(part, Secret::Access));
            }
        }
    }
}
