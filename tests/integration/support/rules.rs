//! What an authorization server demands of a request, and in which words it refuses.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::http::Request;

/// A form or a query, in the order in which it came.
#[derive(Clone, Debug)]
pub struct Form(Vec<(String, String)>);

pub fn parse_query(text: &str) -> Form {
    Form(
        form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect(),
    )
}

impl Form {
    /// The value of `name`, or the empty string.
    pub fn get(&self, name: &str) -> &str {
        let pair = self.0.iter().find(|(n, _)| n == name);
        pair.map_or("", |(_, value)| value)
    }

    /// Every value of a parameter that may be repeated.
    pub fn all(&self, name: &str) -> Vec<String> {
        let pairs = self.0.iter().filter(|(n, _)| n == name);
        pairs.map(|(_, value)| value.clone()).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }

    /// No parameter twice, but for the one that may be (RFC 8707 §2), and none without a value.
    pub fn complaints(&self, place: &str) -> Vec<String> {
        let mut seen = HashSet::new();
        let bad = |(name, value): &&(String, String)| {
            let once = name != "resource" && !seen.insert(name.clone());
            value.is_empty() || once
        };
        let bad: Vec<_> = self.0.iter().filter(bad).collect();
        bad.iter()
            .map(|(name, value)| format!("{place}: {name}={value:?} is repeated or empty"))
            .collect()
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClientAuth {
    Post,
    Basic,
    None,
}

impl ClientAuth {
    /// As RFC 7591 §2 has it.
    pub fn name(self) -> &'static str {
        match self {
            ClientAuth::Post => "client_secret_post",
            ClientAuth::Basic => "client_secret_basic",
            ClientAuth::None => "none",
        }
    }
}

/// What becomes of a refresh token that was used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rotation {
    /// It is replaced, and good no more.
    Rotates,
    /// It comes again.
    Keeps,
    /// It stays good, and the answer does not mention it.
    Omits,
}

/// The status and the body of an answer that is none.
pub type Refusal = (u16, Value);

/// How this server departs from others.
pub struct Rules {
    pub client_id: String,
    pub client_secret: String,
    pub client_auth: ClientAuth,
    pub revocation_auth: ClientAuth,
    /// No client says what is to be revoked: the access token that comes as a bearer token is.
    pub revokes_the_bearer: bool,
    pub separator: char,
    /// Strava tells the granted scopes in the redirect, others in the token answer.
    pub scope_in_redirect: bool,
    pub account_in_token: bool,
    pub account: Value,
    /// What every code ends with.
    pub code_suffix: String,
    /// Errors in Strava's own shape instead of the standard's.
    pub own_errors: bool,
    pub rotation: Rotation,
    /// A spent refresh token that comes again is the client's fault.
    pub reuse_is_a_fault: bool,
    /// A refresh brings no new access token, as at Strava while more than an hour is left.
    pub same_access_token: bool,
    /// How long an access token lives, in seconds.
    pub token_life: u64,
    /// Whoever asks with an access token that is not good is told so, and it is not their fault.
    pub strict_userinfo: bool,
    pub userinfo_method: &'static str,
    /// A verifier that does not fit its code is refused, and not the client's fault.
    pub expects_injected_codes: bool,
}

impl Rules {
    /// A server that does what the standards say, and rotates refresh tokens.
    pub fn standard() -> Rules {
        Rules {
            client_id: String::new(),
            client_secret: String::new(),
            client_auth: ClientAuth::Basic,
            revocation_auth: ClientAuth::Basic,
            revokes_the_bearer: false,
            separator: ' ',
            scope_in_redirect: false,
            account_in_token: false,
            account: Value::Null,
            code_suffix: String::new(),
            own_errors: false,
            rotation: Rotation::Rotates,
            reuse_is_a_fault: false,
            same_access_token: false,
            token_life: 21600,
            strict_userinfo: false,
            userinfo_method: "GET",
            expects_injected_codes: false,
        }
    }

    pub fn check_authorization(&self, form: &Form) -> Vec<String> {
        let redirect_uri = form.get("redirect_uri");
        let checks = [
            (form.get("response_type") == "code", "response_type"),
            (form.get("client_id") == self.client_id, "client_id"),
            (is_loopback_redirect(redirect_uri), "redirect_uri"),
            (is_base64url(form.get("state"), 22), "state"),
            (
                is_base64url(form.get("code_challenge"), 43),
                "code_challenge",
            ),
            (form.get("code_challenge").len() == 43, "its length"),
            (form.get("code_challenge_method") == "S256", "its method"),
            (!form.has("client_secret"), "no client_secret"),
            (!form.has("code_verifier"), "no code_verifier"),
        ];
        failed(&checks, "the authorization request", form)
    }

    pub fn check_token_request(&self, request: &Request, form: &Form) -> Vec<String> {
        let checks: &[_] = if form.get("grant_type") == "refresh_token" {
            &[
                (form.has("refresh_token"), "refresh_token"),
                (!form.has("scope"), "no scope"),
                (!form.has("redirect_uri"), "no redirect_uri"),
                (!form.has("code"), "no code"),
                (!form.has("code_verifier"), "no code_verifier"),
            ]
        } else {
            &[
                (form.get("grant_type") == "authorization_code", "grant_type"),
                (
                    is_base64url_or_unreserved(form.get("code_verifier")),
                    "code_verifier",
                ),
                (form.has("redirect_uri"), "redirect_uri"),
            ]
        };
        let mut complaints = failed(checks, "the token request", form);
        complaints.extend(Rules::check_client_request(self.client_auth, request, form));
        complaints
    }

    /// What a revocation says: a form (RFC 7009 §2.1), or nothing but whose token it is.
    pub fn revocation(&self, request: &Request) -> Form {
        if !self.revokes_the_bearer {
            return parse_query(&request.body);
        }
        let bearer = request.header("authorization").unwrap_or("");
        let token = bearer.strip_prefix("Bearer ").unwrap_or("");
        Form(vec![("token".to_owned(), token.to_owned())])
    }

    pub fn check_revocation(&self, request: &Request, form: &Form) -> Vec<String> {
        if self.revokes_the_bearer {
            let checks = [
                (request.method == "POST", "POST"),
                (request.body.is_empty(), "no body"),
                (!form.get("token").is_empty(), "a bearer token"),
            ];
            return failed(&checks, "the revocation", form);
        }
        let hint = form.get("token_type_hint");
        let hints = ["", "access_token", "refresh_token"];
        let checks = [
            (form.has("token"), "token"),
            (hints.contains(&hint), "token_type_hint"),
            (!form.has("grant_type"), "no grant_type"),
        ];
        let mut complaints = failed(&checks, "the revocation", form);
        complaints.extend(Rules::check_client_request(
            self.revocation_auth,
            request,
            form,
        ));
        complaints
    }

    /// What holds for every request that a client makes itself.
    fn check_client_request(auth: ClientAuth, request: &Request, form: &Form) -> Vec<String> {
        let content_type = request.header("content-type").unwrap_or("");
        let basic = request.header("authorization").is_some();
        let post = form.has("client_secret");
        let method = match auth {
            ClientAuth::Basic => basic && !post,
            ClientAuth::Post => post && !basic,
            ClientAuth::None => !post && !basic,
        };
        let checks = [
            (request.method == "POST", "POST"),
            (content_type == "application/x-www-form-urlencoded", "type"),
            (method, "one client authentication, the agreed one"),
        ];
        let mut complaints = failed(&checks, &request.target, form);
        complaints.extend(form.complaints(&request.target));
        complaints
    }

    /// Do id and secret fit? (They are decoded as RFC 6749 §2.3.1 encodes them.)
    pub fn is_the_client(&self, auth: ClientAuth, request: &Request, form: &Form) -> bool {
        match auth {
            ClientAuth::None => form.get("client_id") == self.client_id,
            ClientAuth::Post => {
                form.get("client_id") == self.client_id
                    && form.get("client_secret") == self.client_secret
            }
            ClientAuth::Basic => {
                let header = request.header("authorization").unwrap_or("");
                let encoded = header.strip_prefix("Basic ").unwrap_or("");
                let text = STANDARD.decode(encoded).unwrap_or_default();
                let text = String::from_utf8_lossy(&text).into_owned();
                text.split_once(':').is_some_and(|(id, secret)| {
                    decode(id) == self.client_id && decode(secret) == self.client_secret
                })
            }
        }
    }

    pub fn wrong_client(&self) -> Refusal {
        let own = fault("Authorization Error", "Application", "", "invalid");
        self.refusal(401, "invalid_client", own)
    }

    pub fn wrong_code(&self) -> Refusal {
        let own = fault("Bad Request", "AuthorizationCode", "code", "invalid");
        self.refusal(400, "invalid_grant", own)
    }

    pub fn wrong_refresh_token(&self) -> Refusal {
        let own = fault("Bad Request", "RefreshToken", "refresh_token", "invalid");
        self.refusal(400, "invalid_grant", own)
    }

    pub fn wrong_access_token(&self) -> Refusal {
        let own = fault("Authorization Error", "Athlete", "access_token", "invalid");
        self.refusal(401, "invalid_token", own)
    }

    fn refusal(&self, status: u16, code: &str, own: Value) -> Refusal {
        let standard = json!({ "error": code });
        (status, if self.own_errors { own } else { standard })
    }

    pub fn challenge(verifier: &str) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
    }
}

/// An error in Strava's shape.
pub fn fault(message: &str, resource: &str, field: &str, code: &str) -> Value {
    json!({
        "message": message,
        "errors": [{ "resource": resource, "field": field, "code": code }],
    })
}

pub fn is_base64url(text: &str, least: usize) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.len() >= least && text.chars().all(allowed)
}

fn is_base64url_or_unreserved(verifier: &str) -> bool {
    let plain = verifier.replace(['.', '~'], "-");
    is_base64url(&plain, 43) && verifier.len() <= 128
}

/// Or one by https: whom a name leads to is the person's affair.
fn is_loopback_redirect(uri: &str) -> bool {
    url::Url::parse(uri).is_ok_and(|url| {
        let (scheme, host, path) = (url.scheme(), url.host_str().unwrap_or(""), url.path());
        let exact = format!("{scheme}://{host}:{}{path}", url.port().unwrap_or(0));
        let is_here = ["127.0.0.1", "localhost"].contains(&host);
        (is_here || scheme == "https") && path.len() > 1 && exact == uri
    })
}

fn failed(checks: &[(bool, &str)], place: &str, form: &Form) -> Vec<String> {
    let failed = checks.iter().filter(|(fine, _)| !fine);
    failed
        .map(|(_, what)| format!("{place} breaks a rule ({what}): {form:?}"))
        .collect()
}

fn decode(text: &str) -> String {
    let pair = format!("x={text}");
    parse_query(&pair).get("x").to_owned()
}
