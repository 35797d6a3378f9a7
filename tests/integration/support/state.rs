//! What the server knows, and how it judges a token request.

use std::net::TcpStream;

use serde_json::Value;

use super::endpoint::Endpoint;
use super::grants::Grants;
use super::http::Request;
use super::marks::Marks;
use super::rules::{Form, Refusal, Rules, is_base64url};

pub struct State {
    pub rules: Rules,
    pub grants: Grants,
    pub token: Endpoint,
    pub revocation: Endpoint,
    pub userinfo: Endpoint,
    /// What the token endpoint says to who asks for nothing.
    pub probe: Endpoint,
    pub connections: usize,
    pub token_requests: Vec<Form>,
    pub revocations: Vec<Form>,
    pub userinfo_requests: usize,
    pub complaints: Vec<String>,
    pub kept_open: Vec<TcpStream>,
}

/// What a token request asks for.
pub enum Wanted {
    /// Tokens with the scope that came with the code.
    Scope(String),
    Refresh,
}

impl State {
    pub fn new(rules: Rules, marks: Marks) -> State {
        State {
            rules,
            grants: Grants::new(marks),
            token: Endpoint::new(),
            revocation: Endpoint::new(),
            userinfo: Endpoint::new(),
            probe: Endpoint::new(),
            connections: 0,
            token_requests: Vec::new(),
            revocations: Vec::new(),
            userinfo_requests: 0,
            complaints: Vec::new(),
            kept_open: Vec::new(),
        }
    }

    /// What a request wants, if it comes from the client.
    pub fn check_token_request(
        &mut self,
        request: &Request,
        form: &Form,
    ) -> Result<Wanted, Refusal> {
        let complaints = self.rules.check_token_request(request, form);
        self.complaints.extend(complaints);
        let auth = self.rules.client_auth;
        if !self.rules.is_the_client(auth, request, form) {
            return Err(self.rules.wrong_client());
        }
        if form.get("grant_type") == "refresh_token" {
            let (token, scope) = (form.get("refresh_token"), form.get("scope"));
            let separator = self.rules.separator;
            if form.has("scope") && !self.grants.covers(token, scope, separator) {
                let what = format!("more is asked for than was granted: {form:?}");
                self.complaints.push(what);
            }
            return Ok(Wanted::Refresh);
        }
        self.redeem(form).map(Wanted::Scope)
    }

    /// The scope that was granted with this request's code, or an error answer.
    fn redeem(&mut self, form: &Form) -> Result<String, Refusal> {
        let Some(code) = self.grants.codes.get_mut(form.get("code")) else {
            return Err(self.rules.wrong_code());
        };
        if code.used {
            self.complaints.push("a code was sent twice".to_owned());
        }
        code.used = true;
        if form.get("redirect_uri") != code.redirect_uri {
            let what = format!("{form:?} has another redirect_uri");
            self.complaints.push(what);
        }
        let challenge = Rules::challenge(form.get("code_verifier"));
        if challenge != code.code_challenge || !is_base64url(&challenge, 43) {
            let what = format!("the verifier does not fit {}", code.code_challenge);
            self.complaints.push(what);
        }
        Ok(code.scope.clone())
    }

    /// The answer to a request that is in order. Only one to a code says whose account it is.
    pub fn give(&mut self, wanted: Wanted, form: &Form) -> Result<Value, Refusal> {
        if let Wanted::Scope(scope) = wanted {
            let mut answer = self.grants.issue(&self.rules, &scope);
            if self.rules.account_in_token {
                answer["athlete"] = self.rules.account.clone();
            }
            return Ok(answer);
        }
        let reused = self.grants.reused;
        let answer = self.grants.refresh(&self.rules, form.get("refresh_token"));
        if self.rules.reuse_is_a_fault && self.grants.reused > reused {
            let what = "a spent refresh token was sent".to_owned();
            self.complaints.push(what);
        }
        answer.ok_or_else(|| self.rules.wrong_refresh_token())
    }
}
