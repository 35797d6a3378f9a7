//! What makes an authorization server an OpenID provider: it says what it is, and signs whose token it is.

use std::collections::BTreeMap;
use std::net::TcpStream;

use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};

use super::answer::{Answer, Edit};
use super::authorization_server::AuthorizationServer;
use super::endpoint::Endpoint;
use super::grants::now;
use super::http::Request;
use super::keys::{Key, encoded};
use super::marks::{Marks, Secret};
use super::rules::{Form, is_base64url};

type TextEdit = Box<dyn Fn(String) -> String + Send + Sync>;

pub const RFC_8414: &str = "/.well-known/oauth-authorization-server";
pub const OPENID: &str = "/.well-known/openid-configuration";

pub struct OpenId {
    pub issuer: String,
    /// What a healthy provider says of itself (RFC 8414 §2, OpenID Connect Discovery §3).
    pub metadata: Value,
    /// Where it says so.
    documents: BTreeMap<String, Endpoint>,
    /// The documents that somebody wanted, in order.
    wanted: Vec<String>,
    jwks: Endpoint,
    jwks_requests: usize,
    published: Vec<Key>,
    signer: Key,
    marks: Marks,
    header: Edit,
    claims: Edit,
    payload: TextEdit,
    text: TextEdit,
    /// What is different in the id_token that comes with a refresh, if there is one.
    at_refresh: Option<Edit>,
}

/// Whose token is issued to whom.
pub struct Identified<'a> {
    pub account: &'a Value,
    pub client_id: &'a str,
    pub access_token: &'a str,
    /// That of the authorization request; a refresh has none.
    pub nonce: Option<&'a str>,
}

impl OpenId {
    /// One with the issuer at `path` of `server`, which is found where OpenID Connect Discovery says.
    pub fn new(server: &str, path: &str, marks: Marks) -> OpenId {
        let url = |path| format!("{server}{path}");
        let issuer = url(path);
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": url("/oauth/authorize"),
            "token_endpoint": url("/oauth/token"),
            "revocation_endpoint": url("/oauth/revoke"),
            "userinfo_endpoint": url("/userinfo"),
            "jwks_uri": url("/jwks"),
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
        });
        let signer = Key::es256().named("first");
        let document = format!("{}{OPENID}", path.trim_end_matches('/'));
        OpenId {
            issuer,
            metadata,
            documents: BTreeMap::from([(document, Endpoint::new())]),
            wanted: Vec::new(),
            jwks: Endpoint::new(),
            jwks_requests: 0,
            published: vec![signer.clone()],
            signer,
            marks,
            header: Box::new(|_| {}),
            claims: Box::new(|_| {}),
            payload: Box::new(|text| text),
            text: Box::new(|text| text),
            at_refresh: None,
        }
    }

    /// Where a person is sent.
    pub fn authorization_endpoint(&self) -> String {
        let endpoint = self.metadata["authorization_endpoint"].as_str();
        endpoint.unwrap_or_default().to_owned()
    }

    /// A nonce is sent where an id_token will be verified, and nowhere else (OpenID Connect Core §15.5.2).
    pub fn check_nonce(&self, form: &Form) -> Option<String> {
        let asks = form.get("scope").split(' ').any(|scope| scope == "openid");
        let is_fine = if asks && self.metadata["jwks_uri"].is_string() {
            is_base64url(form.get("nonce"), 22)
        } else {
            !form.has("nonce")
        };
        (!is_fine).then(|| format!("the nonce is wrong: {form:?}"))
    }

    /// Whether the redirect names the issuer (RFC 9207).
    pub fn promises_iss(&self) -> bool {
        self.metadata["authorization_response_iss_parameter_supported"] == true
    }

    /// The id_token (OpenID Connect Core §2), unless it is a refresh that brings none.
    pub fn id_token(&self, whose: &Identified<'_>) -> Option<String> {
        let mut claims = json!({
            "iss": self.issuer,
            "sub": whose.account["sub"],
            "aud": whose.client_id,
            "iat": now(),
            "exp": now() + 600,
            "at_hash": self.at_hash(whose.access_token),
            "name": whose.account["name"],
            "email": whose.account["email"],
            "sid": self.marks.word(Secret::IdToken),
        });
        match whose.nonce {
            Some(nonce) if !nonce.is_empty() => claims["nonce"] = nonce.into(),
            Some(_) => {}
            None => self.at_refresh.as_ref()?(&mut claims),
        }
        (self.claims)(&mut claims);
        let mut header = self.signer.header();
        (self.header)(&mut header);
        let payload = (self.payload)(claims.to_string());
        Some((self.text)(self.signer.sign(&header, &payload)))
    }

    /// OpenID Connect Core §3.1.3.6.
    fn at_hash(&self, access_token: &str) -> String {
        let hash = match self.signer.header()["alg"].as_str() {
            Some("EdDSA") => Sha512::digest(access_token).to_vec(),
            _ => Sha256::digest(access_token).to_vec(),
        };
        encoded(&hash[..hash.len() / 2])
    }
}

impl AuthorizationServer {
    fn openid<T>(&self, change: impl FnOnce(&mut OpenId) -> T) -> T {
        let mut state = self.state();
        change(state.openid.as_mut().expect("it is an OpenID provider"))
    }

    /// It tells what it is, from now on, and identifies people.
    pub(super) fn becomes_an_issuer(&self, server: &str, path: &str) {
        let openid = OpenId::new(server, path, self.marks.clone());
        self.state().openid = Some(openid);
    }

    pub(super) fn is_openid(&self) -> bool {
        self.state().openid.is_some()
    }

    pub fn issuer(&self) -> String {
        self.openid(|openid| openid.issuer.clone())
    }

    /// What every redirect names, if that was promised (RFC 9207).
    pub(super) fn iss(&self) -> Option<String> {
        let state = self.state();
        let openid = state.openid.as_ref()?;
        openid.promises_iss().then(|| openid.issuer.clone())
    }

    /// The metadata says this instead.
    pub fn says_of_itself(&self, edit: impl FnOnce(&mut Value)) {
        self.openid(|openid| edit(&mut openid.metadata));
    }

    /// The metadata is found under these paths, and no others.
    pub fn publishes_at(&self, paths: &[&str]) {
        let documents = paths
            .iter()
            .map(|path| ((*path).to_owned(), Endpoint::new()));
        self.openid(|openid| openid.documents = documents.collect());
    }

    /// Whoever asks at this path is answered so.
    pub fn answers_at(&self, path: &str, answer: Answer) {
        self.openid(|openid| {
            let document = openid.documents.entry(path.to_owned());
            document.or_insert_with(Endpoint::new).answers(answer);
        });
    }

    /// The paths at which metadata was looked for since this was last asked.
    pub fn was_asked_about_itself(&self) -> Vec<String> {
        self.openid(|openid| std::mem::take(&mut openid.wanted))
    }

    /// It signs with this key from now on, and has published no other.
    pub fn signs_with(&self, key: Key) {
        self.publishes([&key]);
        self.openid(|openid| openid.signer = key);
    }

    /// These are the keys in its JWKS.
    pub fn publishes<'a>(&self, keys: impl IntoIterator<Item = &'a Key>) {
        let keys = keys.into_iter().cloned().collect();
        self.openid(|openid| openid.published = keys);
    }

    /// The key that it signs with.
    pub fn key(&self) -> Key {
        self.openid(|openid| openid.signer.clone())
    }

    pub fn answers_for_keys(&self, answer: Answer) {
        self.openid(|openid| openid.jwks.answers(answer));
    }

    /// Whoever asks for its keys is answered so, one after the other, and then as a healthy provider does.
    pub fn answers_for_keys_each(&self, answers: impl IntoIterator<Item = Answer>) {
        self.openid(|openid| openid.jwks.answers_each(answers));
    }

    /// How often its keys were asked for.
    pub fn asked_for_keys(&self) -> usize {
        self.openid(|openid| openid.jwks_requests)
    }

    /// Every id_token claims this instead.
    pub fn claims(&self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.openid(|openid| openid.claims = Box::new(edit));
    }

    /// A refresh brings an id_token too, and it claims this instead.
    pub fn claims_at_refresh(&self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.openid(|openid| openid.at_refresh = Some(Box::new(edit)));
    }

    /// The JOSE header of every id_token says this instead.
    pub fn heads_id_tokens(&self, edit: impl Fn(&mut Value) + Send + Sync + 'static) {
        self.openid(|openid| openid.header = Box::new(edit));
    }

    /// The claims of every id_token as a text, before it is signed.
    pub fn writes_claims(&self, edit: impl Fn(String) -> String + Send + Sync + 'static) {
        self.openid(|openid| openid.payload = Box::new(edit));
    }

    /// What comes instead of the id_token that was signed.
    pub fn spoils_id_tokens(&self, edit: impl Fn(String) -> String + Send + Sync + 'static) {
        self.openid(|openid| openid.text = Box::new(edit));
    }

    pub(super) fn serve_metadata(&self, stream: TcpStream, request: &Request) {
        let path = request.target.as_str();
        self.complains_of_secrets(request);
        let (answer, metadata) = self.openid(|openid| {
            openid.wanted.push(path.to_owned());
            let document = openid.documents.get_mut(path);
            let answer = document.map(|document| document.takes_a_request().0);
            (answer, openid.metadata.clone())
        });
        match answer {
            Some(answer) => self.send(stream, &answer, Ok(metadata)),
            None => drop(Answer::typed(404, "text/html", "<h1>?</h1>").send(stream, Value::Null)),
        }
    }

    pub(super) fn serve_jwks(&self, stream: TcpStream, request: &Request) {
        self.complains_of_secrets(request);
        let (answer, keys) = self.openid(|openid| {
            openid.jwks_requests += 1;
            let keys = openid.published.iter().map(|key| key.jwk.clone());
            let keys: Vec<Value> = keys.collect();
            (openid.jwks.takes_a_request().0, json!({ "keys": keys }))
        });
        self.send(stream, &answer, Ok(keys));
    }

    /// What everybody may read is asked for without a word about oneself.
    fn complains_of_secrets(&self, request: &Request) {
        let says_too_much = ["authorization", "cookie"];
        let says_too_much = says_too_much.iter().any(|h| request.header(h).is_some());
        if request.method != "GET" || says_too_much || !request.body.is_empty() {
            let what = format!("no plain look at {}: {request:?}", request.target);
            self.state().complaints.push(what);
        }
    }
}
