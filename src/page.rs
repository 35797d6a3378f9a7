use askama::Template;
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{Error, Kept, Scopes, Token, digest::sha256, printable};

/// What the browser shows: static but for escaped facts, self-contained, nothing of the request in it.
#[derive(Clone)]
pub(crate) struct Page {
    pub(crate) html: String,
    pub(crate) content_security_policy: String,
}

#[derive(Template, Default)]
#[template(path = "outcome.html", config = "src/pages/askama.toml")]
struct Outcome<'a> {
    /// For tests and the style: what the words say too.
    outcome: &'a str,
    /// The drawing in the circle, as an SVG path.
    mark: &'a str,
    title: &'a str,
    /// Ends the title, in whatever direction it is written.
    name: String,
    but: &'a str,
    /// What the person does now.
    next: &'a str,
    missing: String,
    command: Option<String>,
    facts: Vec<Fact<'a>>,
}

struct Fact<'a> {
    label: &'a str,
    text: String,
    /// Never broken within a word, unless it is wider than the page.
    is_code: bool,
}

/// What a name may take of a page, in bytes.
const NAME: usize = 300;

/// The same for a list of scopes, a path, a command or a reason.
const CODE: usize = 850;

/// The script that takes the spent code out of the address bar.
const CLEAN_ADDRESS: &str = include_str!("pages/clean_address.js");

const CHECK: &str = "M5 12.5 10 17.5 19.5 7";
const EXCLAMATION: &str = "M12 4.5v9.5M12 19v.5";
const BAR: &str = "M5 12h14";
const CROSS: &str = "M6 6l12 12M18 6 6 18";
const QUESTION: &str = "M8 8.5a4 4 0 1 1 6 3.5c-1.3.8-2 1.5-2 3M12 19v.5";

impl Page {
    /// The token was kept.
    pub(crate) fn success(provider: &str, token: &Token, wanted: &Scopes, kept: Kept) -> Self {
        let missing = token.missing(wanted);
        let (id, name) = token.account().map_or(("", ""), |account| {
            (account.id.as_str(), account.name.as_str())
        });
        let who = if name.is_empty() { id } else { name };
        let granted = token.scope().map(|scope| scope.join(' '));
        let mut outcome = Outcome {
            outcome: "success",
            mark: CHECK,
            title: if who.is_empty() {
                "You are logged in"
            } else {
                "You are logged in as "
            },
            name: short(who, NAME),
            but: "",
            next: "You can close this tab.",
            missing: short(&missing.to_string(), CODE),
            command: None,
            facts: facts([
                ("Provider", short(provider, NAME), false),
                ("Account ID", short(id, NAME), false),
                ("Granted", short(&granted.unwrap_or_default(), CODE), true),
                (
                    "Saved in",
                    short(&kept.place.unwrap_or_default(), CODE),
                    true,
                ),
            ]),
        };
        if !missing.is_empty() {
            outcome.outcome = "partial";
            outcome.mark = EXCLAMATION;
            outcome.but = ", with fewer permissions";
            outcome.next = "Not everything that was asked for was granted. If that is what you want, you can close this tab.";
            // Half a command would be another one.
            outcome.command = kept
                .retry_command
                .filter(|command| short(command, CODE) == *command);
        }
        outcome.page()
    }

    /// There is no token; `error` says why.
    pub(crate) fn failure(provider: &str, error: &Error) -> Self {
        let provider = ("Provider", short(provider, NAME), false);
        if let Error::Denied { .. } = error {
            return Outcome {
                outcome: "refused",
                mark: BAR,
                title: "You were not logged in",
                next: "You refused the access, and nothing was changed. You can close this tab; \
                       if you did not mean to, the terminal says how to be asked again.",
                facts: facts([provider]),
                ..Outcome::default()
            }
            .page();
        }
        Outcome {
            outcome: "failed",
            mark: CROSS,
            title: "The login failed",
            next: "The terminal says what to do next. You can close this tab.",
            facts: facts([provider, ("Reason", short(&error.to_string(), CODE), false)]),
            ..Outcome::default()
        }
        .page()
    }

    /// What an embedder shows instead.
    pub(crate) fn own(html: &str) -> Self {
        Page {
            html: format!("{html}<script>{CLEAN_ADDRESS}</script>"),
            content_security_policy: format!(
                "default-src 'none'; style-src 'unsafe-inline'; script-src {}; img-src data:; font-src data:; \
                 base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
                source_of(CLEAN_ADDRESS)
            ),
        }
    }

    /// For a request that is not the answer: it says nothing about the login.
    pub(crate) fn stray() -> Self {
        Outcome {
            outcome: "stray",
            mark: QUESTION,
            title: "There is nothing here",
            next: "This address is not the end of a login that is under way: perhaps it is an old tab. \
                   You can close it. To log in, go on from the terminal.",
            ..Outcome::default()
        }
        .page()
    }
}

/// What others wrote does not make a page of more than 10 kB.
fn short(text: &str, mut room: usize) -> String {
    let clean = printable(text, room);
    let fits = |c: &char| {
        let needs = match c {
            '&' | '<' | '>' | '"' | '\'' => "&#38;".len(),
            ' ' => "<span></span> ".len(),
            other => other.len_utf8(),
        };
        let fits = needs <= room;
        room = room.saturating_sub(needs);
        fits
    };
    let short: String = clean.chars().take_while(fits).collect();
    if short.len() < clean.len() {
        short + "…"
    } else {
        short
    }
}

fn facts<const N: usize>(facts: [(&str, String, bool); N]) -> Vec<Fact<'_>> {
    let facts = facts.into_iter().map(|(label, text, is_code)| Fact {
        label,
        text,
        is_code,
    });
    facts.filter(|fact| !fact.text.is_empty()).collect()
}

impl Outcome<'_> {
    fn page(self) -> Page {
        let html = self.render().unwrap_or_else(|_| self.title.to_owned());
        Page {
            content_security_policy: content_security_policy(&html, "'none'"),
            html,
        }
    }
}

/// Allows the page's own style and script by their hashes, what the form needs, and nothing else.
pub(crate) fn content_security_policy(html: &str, form_action: &str) -> String {
    let hash = |element: &str| {
        let (open, close) = (format!("<{element}>"), format!("</{element}>"));
        let inline = html
            .split_once(&open)
            .and_then(|(_, rest)| rest.split_once(&close));
        inline.map_or("'none'".into(), |(text, _)| source_of(text))
    };
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; \
         form-action {form_action}; frame-ancestors 'none'",
        hash("style"),
        hash("script")
    )
}

/// What a policy calls an inline element with this text (CSP Level 3, §6.7.2.3).
fn source_of(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(sha256(text)))
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
            resource: Vec::new(),
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
            retry_command: Some("loopin login '<i>'".into()),
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
            page.html.contains("<span>write</span>")
                && page.html.contains("data-outcome=\"partial\"")
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

    /// Pages whose every word others chose, and chose to be this, again and again.
    fn made_of(text: &str) -> [Page; 3] {
        let long = text.repeat(2_000);
        let mut token = token(&long);
        token.account = Some(Account {
            id: long.clone(),
            name: long.clone(),
        });
        let (granted, wanted): (Vec<_>, Vec<_>) = (0..1_000)
            .map(|i| (format!("{text}g{i}"), format!("{text}w{i}")))
            .unzip();
        token.scope = Some(Scopes::parse(&granted.join(" "), ' '));
        let kept = || Kept {
            place: Some(long.clone()),
            retry_command: Some(format!("loopin login --scope {long}")),
        };
        let wanted = Scopes::parse(&wanted.join(" "), ' ');
        let untold = Error::Denied {
            provider: long.clone(),
        };
        let reason = Error::Parameter { name: long.clone() };
        [
            Page::success(&long, &token, &wanted, kept()),
            Page::failure(&long, &untold),
            Page::failure(&long, &reason),
        ]
    }

    /// Some of these take more room on a page than in a text.
    const TEXTS: [&str; 7] = ["x", "a ", "/a b", "&", "\"", "<", "\u{1f6b2}"];

    #[test]
    fn the_page_of_a_success_stays_small_whatever_others_wrote() {
        for text in TEXTS {
            let [success, ..] = made_of(text);
            let size = success.html.len();
            assert!(size < 10_000, "{text:?}: {size}");
        }
    }

    #[test]
    fn the_page_of_a_failure_stays_small_whatever_others_wrote() {
        for text in TEXTS {
            let [_, denied, failed] = made_of(text).map(|page| page.html.len());
            assert!(denied.max(failed) < 10_000, "{text:?}: {denied}, {failed}");
        }
    }

    #[test]
    fn no_control_character_reaches_a_page() {
        for text in ["\u{1b}[31m", "\u{9b}1m", "a\u{202e}b", "\0", "\u{7f}"] {
            for page in made_of(text) {
                let odd = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
                assert!(!page.html.contains(odd), "{text:?}:\n{}", page.html);
            }
        }
    }

    #[test]
    fn a_command_steers_nothing_on_the_page_either() {
        let kept = Kept {
            place: None,
            retry_command: Some("loopin login --token-file 'a\u{1b}[31m\u{202e}b'".into()),
        };
        let page = Page::success("A", &token("x"), &Scopes::parse("read write", ' '), kept);
        assert!(!page.html.contains(['\u{1b}', '\u{202e}']), "{}", page.html);
    }
}
