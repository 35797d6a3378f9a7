//! What the server knows, and how it judges a token request.

use std::net::TcpStream;

use serde_json::Value;

use super::endpoint::Endpoint;
use super::grants::Grants;
use super::http::Request;
use super::marks::Marks;
use super::openid::{Identified, OpenId};
use super::rules::{Form, Refusal, Rules, is_base64url};

pub struct State {
    pub rules: Rules,
    /// What it is besides, if it is that.
    pub openid: Option<OpenId>,
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
    /// All that the last request said.
    pub heard: String,
}

/// What a token request asks for.
pub enum Wanted {
    /// What came with the code.
    Granted {
        scope: String,
        nonce: String,
        resources: Vec<String>,
    },
    Refresh,
}

impl State {
    pub fn new(rules: Rules, marks: Marks) -> State {
        State {
            rules,
            openid: None,
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
            heard: String::new(),
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
            let resources = form.all("resource");
            if !self.grants.covers_resources(token, &resources) {
                let what = format!("a resource that was not granted: {form:?}");
                self.complaints.push(what);
            }
            return Ok(Wanted::Refresh);
        }
        self.redeem(form)
    }

    /// What was granted with this request's code, or an error answer.
    fn redeem(&mut self, form: &Form) -> Result<Wanted, Refusal> {
        let Some(code) = self.grants.codes.get_mut(form.get("code")) else {
            return Err(self.rules.wrong_code());
        };
        let challenge = Rules::challenge(form.get("code_verifier"));
        if self.rules.expects_injected_codes && challenge != code.code_challenge {
            return Err(self.rules.wrong_code());
        }
        if code.used {
            self.complaints.push("a code was sent twice".to_owned());
        }
        code.used = true;
        if form.get("redirect_uri") != code.redirect_uri {
            let what = format!("{form:?} has another redirect_uri");
            self.complaints.push(what);
        }
        if challenge != code.code_challenge || !is_base64url(&challenge, 43) {
            let what = format!("the verifier does not fit {}", code.code_challenge);
            self.complaints.push(what);
        }
        if form.all("resource") != code.resources {
            let what = format!("not for {:?}: {form:?}", code.resources);
            self.complaints.push(what);
        }
        Ok(Wanted::Granted {
            scope: code.scope.clone(),
            nonce: code.nonce.clone(),
            resources: code.resources.clone(),
        })
    }

    /// The answer to a request that is in order. Only one to a code says whose account it is.
    pub fn give(&mut self, wanted: Wanted, form: &Form) -> Result<Value, Refusal> {
        if let Wanted::Granted {
            scope,
            nonce,
            resources,
        } = wanted
        {
            let mut answer = self.grants.issue(&self.rules, &scope, resources);
            if self.rules.account_in_token {
                answer["athlete"] = self.rules.account.clone();
            }
            self.identify(&mut answer, Some(&nonce));
            return Ok(answer);
        }
        let reused = self.grants.reused;
        let answer = self.grants.refresh(&self.rules, form.get("refresh_token"));
        if self.rules.reuse_is_a_fault && self.grants.reused > reused {
            let what = "a spent refresh token was sent".to_owned();
            self.complaints.push(what);
        }
        let mut answer = answer.ok_or_else(|| self.rules.wrong_refresh_token())?;
        self.identify(&mut answer, None);
        Ok(answer)
    }

    /// Says whose token it is, where `openid` was granted.
    fn identify(&self, answer: &mut Value, nonce: Option<&str>) {
        let scope = answer["scope"].as_str().unwrap_or_default();
        let Some(openid) = &self.openid else { return };
        if !scope.split(' ').any(|scope| scope == "openid") {
            return;
        }
        let identified = Identified {
            account: &self.rules.account,
            client_id: &self.rules.client_id,
            access_token: answer["access_token"].as_str().unwrap_or_default(),
            nonce,
        };
        if let Some(id_token) = openid.id_token(&identified) {
            answer["id_token"] = id_token.into();
        }
    }
}
