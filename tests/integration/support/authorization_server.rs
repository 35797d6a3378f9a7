//! An authorization server that checks every request it gets and misbehaves on demand.

use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::PATIENCE;
use super::answer::{self, Answer};
use super::http::Request;
use super::marks::{Marks, Secret};
use super::rules::{Form, Rules, is_base64url, parse_query};

/// Shared by the server's threads, the person at the browser and the test.
#[derive(Clone)]
pub struct AuthorizationServer {
    pub address: SocketAddr,
    marks: Marks,
    state: Arc<Mutex<State>>,
}

struct State {
    rules: Rules,
    grants: HashMap<String, Grant>,
    token_requests: Vec<Form>,
    userinfo_requests: usize,
    complaints: Vec<String>,
    token_answer: Arc<Answer>,
    userinfo_answer: Arc<Answer>,
    gate: Option<(Sender<()>, Receiver<()>)>,
    kept_open: Vec<TcpStream>,
}

/// An authorization that was asked for.
pub struct Asked {
    pub redirect_uri: String,
    pub state: String,
    pub scopes: Vec<String>,
    code_challenge: String,
}

struct Grant {
    redirect_uri: String,
    code_challenge: String,
    scope: String,
    used: bool,
}

/// A token request that waits for the test's leave to be answered.
pub struct Held {
    asked: Receiver<()>,
    release: Sender<()>,
}

impl Held {
    pub fn wait_until_asked(&self) {
        let asked = self.asked.recv_timeout(PATIENCE);
        asked.expect("a token request comes");
    }

    pub fn release(self) {
        let _ = self.release.send(());
    }
}

impl AuthorizationServer {
    pub fn start(rules: Rules, marks: Marks) -> AuthorizationServer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = AuthorizationServer {
            address: listener.local_addr().unwrap(),
            marks,
            state: Arc::new(Mutex::new(State {
                rules,
                grants: HashMap::new(),
                token_requests: Vec::new(),
                userinfo_requests: 0,
                complaints: Vec::new(),
                token_answer: Arc::new(Answer::Genuine),
                userinfo_answer: Arc::new(Answer::Genuine),
                gate: None,
                kept_open: Vec::new(),
            })),
        };
        let answering = server.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
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
        self.state().token_answer = Arc::new(answer);
    }

    pub fn answers_userinfo(&self, answer: Answer) {
        self.state().userinfo_answer = Arc::new(answer);
    }

    /// The next token request is answered only once the test says so.
    pub fn holds_its_answer(&self) -> Held {
        let (tell, asked) = channel();
        let (release, go) = channel();
        self.state().gate = Some((tell, go));
        Held { asked, release }
    }

    pub fn token_requests(&self) -> Vec<Form> {
        self.state().token_requests.clone()
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
            rules, complaints, ..
        } = &mut *state;
        let endpoint = format!("http://{}/oauth/authorize?", self.address);
        if !url.starts_with(&endpoint) || url.contains('#') {
            complaints.push(format!("{url} is not at {endpoint}"));
        }
        let form = parse_query(url.split_once('?').map_or("", |(_, query)| query));
        complaints.extend(form.complaints("the authorization request"));
        complaints.extend(rules.check_authorization(&form));
        let scope = form.get("scope");
        Asked {
            redirect_uri: form.get("redirect_uri").to_owned(),
            state: form.get("state").to_owned(),
            scopes: scope.split(rules.separator).map(str::to_owned).collect(),
            code_challenge: form.get("code_challenge").to_owned(),
        }
    }

    /// The person agrees: a code, and what comes with it in the redirect.
    pub fn grant(&self, asked: &Asked, scopes: &[String]) -> Vec<(String, String)> {
        let mut state = self.state();
        let n = state.grants.len() + 1;
        let code = format!(
            "{}-{n}{}",
            self.marks.word(Secret::Code),
            state.rules.code_suffix
        );
        let scope = scopes.join(&state.rules.separator.to_string());
        let mut answer = vec![
            ("state".to_owned(), asked.state.clone()),
            ("code".to_owned(), code.clone()),
        ];
        if state.rules.scope_in_redirect {
            answer.push(("scope".to_owned(), scope.clone()));
        }
        let grant = Grant {
            redirect_uri: asked.redirect_uri.clone(),
            code_challenge: asked.code_challenge.clone(),
            scope,
            used: false,
        };
        state.grants.insert(code, grant);
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(&self, stream: TcpStream) {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let Ok(Some(request)) = Request::read(&stream) else {
            return;
        };
        match request.target.as_str() {
            "/oauth/token" => self.serve_token(stream, &request),
            "/athlete" => self.serve_userinfo(stream, &request),
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
        let gate = state.gate.take();
        let outcome = state.redeem(request, &form);
        let answer = Arc::clone(&state.token_answer);
        let genuine = outcome.map(|scope| self.token(&state, &scope));
        drop(state);
        if let Some((asked, go)) = gate {
            let _ = asked.send(());
            let _ = go.recv_timeout(PATIENCE);
        }
        let kept = match (&*answer, genuine) {
            (Answer::Genuine | Answer::Edited(_), Err((status, error))) => {
                Answer::json(status, &error).send(stream, Value::Null)
            }
            (answer, genuine) => answer.send(stream, genuine.unwrap_or_default()),
        };
        self.state().kept_open.extend(kept);
    }

    fn token(&self, state: &State, scope: &str) -> Value {
        let n = state.token_requests.len();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut token = json!({
            "token_type": "Bearer",
            "access_token": format!("{}-{n}", self.marks.word(Secret::Access)),
            "refresh_token": format!("{}-{n}", self.marks.word(Secret::Refresh)),
            "expires_in": 21600,
            "expires_at": now.as_secs() + 21600,
        });
        if state.rules.account_in_token {
            token["athlete"] = state.rules.account.clone();
        }
        if !state.rules.scope_in_redirect {
            token["scope"] = scope.into();
        }
        token
    }

    fn serve_userinfo(&self, mut stream: TcpStream, request: &Request) {
        let mut state = self.state();
        state.userinfo_requests += 1;
        let bearer = format!("Bearer {}-", self.marks.word(Secret::Access));
        let authorization = request.header("authorization").unwrap_or("");
        if request.method != "GET" || !authorization.starts_with(&bearer) {
            let what = format!("userinfo: {} with {authorization:?}", request.method);
            state.complaints.push(what);
            return answer::write(&mut stream, 401, &[], b"{}");
        }
        let answer = Arc::clone(&state.userinfo_answer);
        let kept = answer.send(stream, state.rules.account.clone());
        state.kept_open.extend(kept);
    }
}

impl State {
    /// The scope that was granted with this request's code, or an error answer.
    fn redeem(&mut self, request: &Request, form: &Form) -> Result<String, (u16, Value)> {
        self.complaints.extend(form.complaints("the token request"));
        let complaints = self.rules.check_token_request(request, form);
        self.complaints.extend(complaints);
        if !self.rules.is_the_client(request, form) {
            return Err(self.rules.wrong_client());
        }
        let Some(grant) = self.grants.get_mut(form.get("code")) else {
            return Err(self.rules.wrong_code());
        };
        if grant.used {
            self.complaints.push("a code was sent twice".to_owned());
        }
        grant.used = true;
        if form.get("redirect_uri") != grant.redirect_uri {
            let what = format!("{form:?} has another redirect_uri");
            self.complaints.push(what);
        }
        let challenge = Rules::challenge(form.get("code_verifier"));
        if challenge != grant.code_challenge || !is_base64url(&challenge, 43) {
            let what = format!("the verifier does not fit {}", grant.code_challenge);
            self.complaints.push(what);
        }
        Ok(grant.scope.clone())
    }
}
