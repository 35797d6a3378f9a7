use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

use crate::{Error, Kept, Scopes, Token};

/// What the browser shows: static but for escaped facts, self-contained, nothing of the request in it.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) content_security_policy: String,
}

#[derive(Template)]
#[template(path = "outcome.html", config = "src/pages/askama.toml")]
struct Outcome<'a> {
    outcome: &'a str,
    title: String,
    paragraphs: Vec<String>,
    command: Option<String>,
    facts: Vec<(&'a str, String)>,
}

impl Page {
    /// The token was kept.
    pub(crate) fn success(provider: &str, token: &Token, wanted: &Scopes, kept: Kept) -> Self {
        let missing = token.missing(wanted);
        let name = token.account().map(|account| match account.name.as_str() {
            "" => account.id.as_str(),
            name => name,
        });
        let mut facts = vec![("Provider", provider.to_owned())];
        facts.extend(
            token
                .account()
                .map(|account| ("Account", account.to_string())),
        );
        facts.extend(
            token
                .scope()
                .filter(|scope| !scope.is_empty())
                .map(|scope| ("Granted", scope.join(' '))),
        );
        facts.extend(kept.place.map(|place| ("Saved in", place)));
        let mut outcome = Outcome {
            outcome: "success",
            title: name.map_or("You are logged in".into(), |name| {
                format!("You are logged in as {name}")
            }),
            paragraphs: Vec::new(),
            command: None,
            facts,
        };
        if !missing.is_empty() {
            outcome.outcome = "partial";
            outcome.paragraphs = vec![format!(
                "Not everything that was asked for was granted. Missing: {missing}."
            )];
            outcome.command = kept.ask_again;
        }
        outcome.page()
    }

    /// There is no token; `error` says why.
    pub(crate) fn failure(provider: &str, error: &Error) -> Self {
        let (outcome, title, paragraphs) = if let Error::Denied { .. } = error {
            let refused = format!("You refused the access at {provider}. Nothing was changed.");
            ("refused", "You were not logged in", vec![refused])
        } else {
            let paragraphs = vec![sentence(error), "The terminal says what to do next.".into()];
            ("failed", "The login failed", paragraphs)
        };
        Outcome {
            outcome,
            title: title.into(),
            paragraphs,
            command: None,
            facts: Vec::new(),
        }
        .page()
    }

    /// For a request that is not the answer: it says nothing about the login.
    pub(crate) fn stray() -> Self {
        Outcome {
            outcome: "stray",
            title: "There is nothing here".into(),
            paragraphs: vec!["This address is not the end of a login that is under way.".into()],
            command: None,
            facts: Vec::new(),
        }
        .page()
    }
}

impl Outcome<'_> {
    fn page(self) -> Page {
        let html = self.render().unwrap_or_else(|_| self.title.clone());
        Page {
            content_security_policy: content_security_policy(&html),
            html,
        }
    }
}

/// Allows the page's own style and script by their hashes, and nothing else.
fn content_security_policy(html: &str) -> String {
    let hash = |element: &str| {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let inline = html
            .split_once(&open)
            .and_then(|(_, rest)| rest.split_once(&close));
        inline.map_or("'none'".into(), |(text, _)| {
            format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
        })
    };
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash("style"),
        hash("script")
    )
}

fn sentence(error: &Error) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Account;

    fn token(name: &str) -> Token {
        Token {
            access_token: "mark-access".into(),
            token_type: "Bearer".into(),
            expires_at: None,
            refresh_token: Some("mark-refresh".into()),
            scope: Some(Scopes::parse("read", ' ')),
            requested_scope: None,
            provider: Some("acme".into()),
            client_id: None,
            account: Some(Account {
                id: "1".into(),
                name: name.into(),
            }),
        }
    }

    #[test]
    fn facts_are_escaped_and_no_token_is_among_them() {
        let kept = Kept {
            place: Some("<b>token.json".into()),
            ask_again: Some("loopin login '<i>'".into()),
        };
        let page = Page::success(
            "A & B",
            &token("<script>x</script>"),
            &Scopes::parse("read write", ' '),
            kept,
        );
        for raw in ["<script>x", "<b>", "<i>", "A & B", "mark-"] {
            assert!(!page.html.contains(raw), "{raw} is in the page");
        }
        assert!(
            page.html.contains("Missing: write.") && page.html.contains("data-outcome=\"partial\"")
        );
    }

    #[test]
    fn a_page_loads_nothing_and_is_small() {
        let page = Page::failure(
            "Strava",
            &Error::Denied {
                provider: "Strava".into(),
            },
        );
        let loads = ["http:", "https:", "//", " src=", "@import", "url("];
        assert!(loads.iter().all(|what| !page.html.contains(what)));
        assert!(page.html.len() < 10_000);
        assert_eq!(page.content_security_policy.matches("'sha256-").count(), 2);
    }
}
