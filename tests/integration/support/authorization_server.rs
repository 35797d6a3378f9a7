//! An authorization server that checks every request it gets and misbehaves on demand.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use serde_json::{Value, json};

use super::PATIENCE;
use super::answer::{self, Answer};
use super::endpoint::Held;
use super::grants::Code;
use super::http::Request;
use super::marks::{Marks, Secret};
use super::openid::OpenId;
use super::rules::{Form, Refusal, Rules, parse_query};
use super::state::State;

/// Shared by the server's threads, the person at the browser and the test.
#[derive(Clone)]
pub struct AuthorizationServer {
    pub address: SocketAddr,
    pub(super) marks: Marks,
    state: Arc<Mutex<State>>,
}

/// An authorization that was asked for.
pub struct Asked {
    pub redirect_uri: String,
    pub state: String,
    pub scopes: Vec<String>,
    pub resources: Vec<String>,
    pub nonce: String,
    code_challenge: String,
}

impl AuthorizationServer {
    pub fn start(rules: Rules, marks: Marks) -> AuthorizationServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = AuthorizationServer {
            address: listener.local_addr().unwrap(),
            state: Arc::new(Mutex::new(State::new(rules, marks.clone()))),
            marks,
        };
        let answering = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answering.state().connections += 1;
                let server = answering.clone();
                thread::spawn(move || server.serve(stream));
            }
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.state().rules);
    }

    pub fn answers(&self, answer: Answer) {
        self.state().token.answers(answer);
    }

    /// Token requests are answered by these, one after the other, and then as a healthy server does.
    pub fn answers_each(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state().token.answers_each(answers);
    }

    pub fn answers_userinfo(&self, answer: Answer) {
        self.state().userinfo.answers(answer);
    }

    /// To whoever asks the token endpoint for nothing.
    pub fn answers_probes(&self, answer: Answer) {
        self.state().probe.answers(answer);
    }

    pub fn answers_revocation(&self, answer: Answer) {
        self.state().revocation.answers(answer);
    }

    pub fn answers_the_first_revocation(&self, answer: Answer) {
        self.state().revocation.answers_each([answer]);
    }

    /// The next token request is dealt with only once the test says so.
    pub fn holds_its_answer(&self) -> Held {
        self.state().token.holds_the_next()
    }

    /// The next revocation is dealt with only once the test says so.
    pub fn holds_its_revocation(&self) -> Held {
        self.state().revocation.holds_the_next()
    }

    /// Every refresh token is good for nothing from now on.
    pub fn forgets_all_grants(&self) {
        self.state().grants.revoke_all();
    }

    /// A refresh token that stands in a file which a test has written.
    pub fn knows_refresh_token(&self, refresh_token: &str) {
        self.state().grants.knows(refresh_token);
    }

    pub fn current_access_token(&self) -> String {
        self.state().grants.access_token().to_owned()
    }

    /// How often anybody connected to it, for whatever.
    pub fn connections(&self) -> usize {
        self.state().connections
    }

    pub fn token_requests(&self) -> Vec<Form> {
        self.state().token_requests.clone()
    }

    /// How many of the token requests were refreshes.
    pub fn refreshes(&self) -> usize {
        let state = self.state();
        let requests = state.token_requests.iter();
        let refreshes = requests.filter(|form| form.get("grant_type") == "refresh_token");
        refreshes.count()
    }

    /// How many refreshes came with a refresh token that had been replaced before.
    pub fn reused(&self) -> usize {
        self.state().grants.reused
    }

    pub fn revocations(&self) -> Vec<Form> {
        self.state().revocations.clone()
    }

    pub fn userinfo_requests(&self) -> usize {
        self.state().userinfo_requests
    }

    pub fn complaints(&self) -> Vec<String> {
        self.state().complaints.clone()
    }

    /// Looks at an authorization request as strictly as any server might.
    pub fn authorize(&self, url: &str) -> Asked {
        let mut state = self.state();
        let State {
            rules,
            openid,
            complaints,
            ..
        } = &mut *state;
        let own = format!("http://{}/oauth/authorize", self.address);
        let endpoint = openid.as_ref().map_or(own, OpenId::authorization_endpoint) + "?";
        if !url.starts_with(&endpoint) || url.contains('#') {
            complaints.push(format!("{url} is not at {endpoint}"));
        }
        let form = parse_query(url.split_once('?').map_or("", |(_, query)| query));
        complaints.extend(form.complaints("the authorization request"));
        complaints.extend(rules.check_authorization(&form));
        complaints.extend(openid.as_ref().and_then(|openid| openid.check_nonce(&form)));
        let scope = form.get("scope");
        Asked {
            redirect_uri: form.get("redirect_uri").to_owned(),
            state: form.get("state").to_owned(),
            scopes: scope.split(rules.separator).map(str::to_owned).collect(),
            resources: form.all("resource"),
            code_challenge: form.get("code_challenge").to_owned(),
            nonce: form.get("nonce").to_owned(),
        }
    }

    /// The person agrees: a code, and what comes with it in the redirect.
    pub fn grant(&self, asked: &Asked, scopes: &[String]) -> Vec<(String, String)> {
        let iss = self.iss();
        let mut state = self.state();
        let n = state.grants.codes.len() + 1;
        let (word, suffix) = (self.marks.word(Secret::Code), &state.rules.code_suffix);
        let code = format!("{word}-{n}{suffix}");
        let scope = scopes.join(&state.rules.separator.to_string());
        let mut answer = vec![
            ("state".to_owned(), asked.state.clone()),
            ("code".to_owned(), code.clone()),
        ];
        if state.rules.scope_in_redirect {
            answer.push(("scope".to_owned(), scope.clone()));
        }
        answer.extend(iss.map(|iss| ("iss".to_owned(), iss)));
        let granted = Code {
            redirect_uri: asked.redirect_uri.clone(),
            code_challenge: asked.code_challenge.clone(),
            scope,
            nonce: asked.nonce.clone(),
            resources: asked.resources.clone(),
            used: false,
        };
        state.grants.codes.insert(code, granted);
        answer
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, stream: TcpStream) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let Ok(Some(request)) = Request::read(&stream) else {
            return;
        };
        self.state().heard = request.said();
        match request.target.as_str() {
            "/oauth/token" if request.method == "HEAD" => self.serve_probe(stream, &request),
            "/oauth/token" => self.serve_token(stream, &request),
            "/oauth/revoke" => self.serve_revocation(stream, &request),
            "/athlete" | "/userinfo" => self.serve_userinfo(stream, &request),
            "/jwks" if self.is_openid() => self.serve_jwks(stream, &request),
            path if path.contains("/.well-known/") && self.is_openid() => {
                self.serve_metadata(stream, &request);
            }
            _ => {
                let what = format!("unexpected {} {}", request.method, request.target);
                self.state().complaints.push(what);
                Answer::typed(404, "text/plain", "").send(stream, Value::Null);
            }
        }
    }

    fn serve_token(&self, stream: TcpStream, request: &Request) {
        let form = parse_query(&request.body);
        let mut state = self.state();
        state.token_requests.push(form.clone());
        let wanted = state.check_token_request(request, &form);
        let (answer, gate) = state.token.takes_a_request();
        drop(state);
        if gate.is_some_and(|gate| !gate.opens()) {
            return;
        }
        let mut state = self.state();
        let genuine = if answer.is_that_of_a_server_at_work() {
            wanted.and_then(|wanted| state.give(wanted, &form))
        } else {
            Ok(Value::Null)
        };
        drop(state);
        self.send(stream, &answer, genuine);
    }

    /// Somebody looks whether the server is there: no secret comes with that.
    fn serve_probe(&self, stream: TcpStream, request: &Request) {
        let mut state = self.state();
        if request.header("authorization").is_some() || !request.body.is_empty() {
            state.complaints.push("a probe says too much".to_owned());
        }
        let (answer, _) = state.probe.takes_a_request();
        drop(state);
        match &*answer {
            Answer::Genuine => {
                Answer::typed(405, "text/plain", "").send(stream, Value::Null);
            }
            other => self.send(stream, other, Ok(Value::Null)),
        }
    }

    fn serve_revocation(&self, stream: TcpStream, request: &Request) {
        let mut state = self.state();
        let form = state.rules.revocation(request);
        state.revocations.push(form.clone());
        let complaints = state.rules.check_revocation(request, &form);
        state.complaints.extend(complaints);
        let auth = state.rules.revocation_auth;
        let client =
            state.rules.revokes_the_bearer || state.rules.is_the_client(auth, request, &form);
        let (answer, gate) = state.revocation.takes_a_request();
        drop(state);
        if gate.is_some_and(|gate| !gate.opens()) {
            return;
        }
        let mut state = self.state();
        let genuine = if client {
            Ok(json!({}))
        } else {
            Err(state.rules.wrong_client())
        };
        if client && answer.is_that_of_a_server_at_work() {
            state.grants.revoke(form.get("token"));
        }
        drop(state);
        self.send(stream, &answer, genuine);
    }

    fn serve_userinfo(&self, mut stream: TcpStream, request: &Request) {
        let mut state = self.state();
        state.userinfo_requests += 1;
        let word = format!("{}-", self.marks.word(Secret::Access));
        let authorization = request.header("authorization").unwrap_or("");
        let token = authorization.strip_prefix("Bearer ").unwrap_or("");
        if request.method != state.rules.userinfo_method || !token.starts_with(&word) {
            let what = format!("userinfo: {} with {authorization:?}", request.method);
            state.complaints.push(what);
            return answer::write(&mut stream, 401, &[], b"{}");
        }
        let (answer, _) = state.userinfo.takes_a_request();
        let genuine = if state.rules.strict_userinfo && !state.grants.is_good(token) {
            Err(state.rules.wrong_access_token())
        } else {
            Ok(state.rules.account.clone())
        };
        drop(state);
        self.send(stream, &answer, genuine);
    }

    pub(super) fn send(&self, stream: TcpStream, answer: &Answer, genuine: Result<Value, Refusal>) {
        let kept = match (answer, genuine) {
            (Answer::Genuine | Answer::Dated | Answer::Edited(_), Err((status, error))) => {
                Answer::json(status, &error).send(stream, Value::Null)
            }
            (Answer::Echo(echo), _) => {
                let answer = echo(&self.state().heard);
                answer.send(stream, Value::Null)
            }
            (answer, genuine) => answer.send(stream, genuine.unwrap_or_default()),
        };
        self.state().kept_open.extend(kept);
    }
}
