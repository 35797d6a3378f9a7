//! What the fuzzers of `tests/fuzz` call, each with bytes that anybody could send. What has to hold for all of them is
//! asserted here; the tests run the seeds through it.

use std::{
    fmt::Debug,
    future::pending,
    sync::LazyLock,
    time::{Duration, SystemTime},
};

use secrecy::ExposeSecret;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
};
use url::{Url, form_urlencoded};

use crate::{
    Client, Error, Provider,
    authorization::{Asked, AuthorizationRequest, AuthorizationResponse},
    document::Document,
    endpoint::{is_https_or_loopback, is_loopback},
    http::Answer,
    id_token::{Expected, Keys, check},
    issuer::Issuer,
    object::object,
    redirect::RedirectListener,
    redirect_to::Redirect,
    token::{FAR_FUTURE, is_access_token},
    token_response::token_response,
};

/// Stands in the seeds where a secret would.
const MARK: &str = "mark-secret";

/// Stand in the seeds for what is new in every login.
const STATE: &str = "THE-STATE";
const AUTHORITY: &str = "THE-AUTHORITY";

const ISSUER: &str = "https://as.example";
const CLIENT_ID: &str = "acme-client";
const NONCE: &str = "n-0S6_WzA2Mj";
const NOW: u64 = 1_800_000_000;

const ENDPOINTS: &str = r#"
authorization_endpoint = "https://as.example/authorize"
token_endpoint = "https://as.example/token"
redirect_uri = "http://127.0.0.1:0/authorization"
redirect_port = "any"
scopes = ["read"]
"#;

static ACME: LazyLock<Provider> = LazyLock::new(|| read(ENDPOINTS).unwrap());

/// The same of an issuer that names itself in every redirect.
static NAMED: LazyLock<Provider> = LazyLock::new(|| {
    let promised = "authorization_response_iss_parameter_supported = true";
    read(&format!("issuer = \"{ISSUER}\"\n{promised}\n{ENDPOINTS}")).unwrap()
});

static ALL: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    let presets = Provider::presets().map(|name| Provider::preset(name).unwrap());
    presets.chain([ACME.clone()]).collect()
});

/// What the seeds' key has signed, and nothing else.
const SIGNED: &str = include_str!("../tests/fuzz/seeds/id_token/signed");

/// A connection to the listener: who does not know `state` does not end the wait, and does not hear of it; the redirect
/// that comes afterwards still counts.
pub fn callback(bytes: &[u8]) {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(async {
        let listener = RedirectListener::bind(&Redirect::of(&ACME)).await.unwrap();
        let (uri, address) = (listener.redirect_uri().clone(), listener.address().unwrap());
        let request = request(&ACME, uri.as_str());
        let state = parameter(request.url(), "state");
        let bytes = replaced(bytes, STATE, &state);
        let bytes = replaced(&bytes, AUTHORITY, uri.authority());
        let (path, host) = (uri.path(), uri.authority());
        let genuine = format!("GET {path}?code=genuine&state={state} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let visitors = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let mut said = Vec::new();
            // Cut off in the middle of either is fine.
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut said).await;
            assert!(!contains(&said, &state), "the state was told");
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(genuine.as_bytes()).await.unwrap();
            pending().await
        };
        let (waiting, answer) = listener.pending(request).unwrap();
        let (answer, _browser) = tokio::select! {
            answer = listener.answer_to(waiting, answer, Duration::from_secs(60), |_| {}) => answer.unwrap(),
            () = visitors => unreachable!("they wait"),
        };
        let is_genuine = |code: &str| code == "genuine";
        let is_ours = matches!(answer, AuthorizationResponse::Code { code, .. } if is_genuine(code.expose_secret()));
        assert!(is_ours || contains(&bytes, &state), "the wait was ended without the state");
    });
}

/// The query of a redirect: of what decides there is exactly one, however it is written.
pub fn query(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    for provider in [&*ACME, &*NAMED] {
        let request = request(provider, "http://127.0.0.1:5000/authorization");
        let state = parameter(request.url(), "state");
        let text = text.replace(STATE, &state);
        let all = |name: &str| -> Vec<_> {
            let pairs = form_urlencoded::parse(text.as_bytes());
            pairs
                .filter(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .collect()
        };
        let Some(answer) = request.answer(&text) else {
            continue;
        };
        assert_eq!(all("state"), [state]);
        assert_eq!(all("code").len() + all("error").len(), 1);
        match answer {
            AuthorizationResponse::Code { code, .. } => {
                assert_eq!(all("code"), [code.expose_secret()])
            }
            AuthorizationResponse::Error { error } => assert_eq!(all("error"), [error]),
            AuthorizationResponse::WrongIssuer => continue,
        }
        assert!(all("iss").len() <= 1);
        assert!(provider.data.issuer.is_none() || all("iss") == [ISSUER]);
    }
}

/// An answer of the token endpoint, its status and type in the first line: what is believed of it can be kept and sent,
/// and what is not is quoted nowhere.
pub fn answer(bytes: &[u8]) {
    let (head, body) = split(bytes);
    let (status, kind) = head.split_once(' ').unwrap_or((&head, ""));
    let answer = Answer::of(status.parse().unwrap_or(200), kind, body);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    for provider in &*ALL {
        match token_response(provider, &answer, "refresh token", now) {
            Ok(token) => {
                assert!(is_access_token(token.access_token.expose_secret()));
                assert!(token.expires_at.is_none_or(|at| at <= FAR_FUTURE));
                assert!(
                    token
                        .refresh_token
                        .is_none_or(|token| !token.expose_secret().is_empty())
                );
                assert!(token.account.is_none_or(|account| !account.id.is_empty()));
            }
            Err(error) => quotes_nothing(&error),
        }
    }
}

/// An issuer's metadata: all endpoints that are believed can be asked, and none is on this machine.
pub fn metadata(bytes: &[u8]) {
    let Some(document) = object(bytes) else {
        return;
    };
    let issuer = Issuer::try_from(ISSUER.to_owned()).unwrap();
    let provider = Provider::from_issuer(ISSUER).unwrap();
    match provider.described_by(&issuer, &document) {
        Ok(provider) => {
            assert_eq!(document["issuer"], ISSUER);
            can_be_asked(&provider);
            let url = provider.authorization_endpoint().unwrap();
            assert!(!is_loopback(url) && url.scheme() == "https", "{url}");
        }
        Err(error) => {
            // It is written into the keys of a provider file, whatever it holds.
            assert!(!error.to_string().contains(": line "), "{error}");
            quotes_nothing(&error);
        }
    }
}

/// The claims of an id_token; or keys and, in the next line, what they may have signed: nobody else's word is believed.
pub fn id_token(bytes: &[u8]) {
    let (head, token) = split(bytes);
    let Some(document) = object(head.as_bytes()) else {
        return;
    };
    if let Some(keys) = Keys::of(&document) {
        let token = String::from_utf8_lossy(token);
        let (_, signed) = SIGNED.split_once('\n').unwrap();
        let claims = |token: &str| token.split('.').nth(1).map(str::to_owned);
        assert!(keys.verified(&token).is_err() || claims(&token) == claims(signed));
    }
    let expected = Expected {
        client_id: CLIENT_ID,
        nonce: Some(NONCE),
        max_age: None,
    };
    let issuer = Issuer::try_from(ISSUER.to_owned()).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NOW);
    if check(&document, &issuer, &expected, now).is_ok() {
        let (aud, exp, iat) = (&document["aud"], &document["exp"], &document["iat"]);
        assert_eq!(
            (&document["iss"], &document["nonce"]),
            (&ISSUER.into(), &NONCE.into())
        );
        assert!(*aud == CLIENT_ID || *aud == Value::from(vec![CLIENT_ID]));
        let seconds = |time: &Value| time.as_f64().unwrap() - NOW as f64;
        assert!(seconds(exp) > -301.0 && (-3901.0..=301.0).contains(&seconds(iat)));
    }
}

/// The client's id and secret: the secret shows itself nowhere, and neither does any of what is no client.
pub fn client_secrets(bytes: &[u8]) {
    match Client::from_reader(bytes, "ACME", "client_secrets.txt") {
        Ok(client) => {
            assert!(client.has_secret() && !client.id().is_empty());
            let public = Client::public(client.id());
            assert_eq!(format!("{client:?}"), format!("{public:?}"));
        }
        Err(error) => quotes_nothing(&error),
    }
}

/// A `token.json`: it is written again as it was read, with all that is not ours.
pub fn token_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(reason) => return assert!(!reason.contains(MARK), "{reason}"),
    };
    let theirs = |document: &Document| format!("{:?}", document.rest);
    let rest = document.rest.clone();
    let written = document.to_bytes().unwrap();
    let again = Document::parse(str::from_utf8(&written).unwrap()).unwrap();
    assert_eq!(theirs(&again), theirs(&document));
    assert_eq!(again.to_bytes().unwrap(), written);
    let token = again.into_token();
    let mut other = token.clone();
    other.access_token = "another".into();
    other.refresh_token = token.refresh_token().map(|_| "another".into());
    assert_eq!(format!("{token:?}"), format!("{other:?}"));
    let of_token = Document::of(&token, rest).to_bytes().unwrap();
    assert!(Document::parse(str::from_utf8(&of_token).unwrap()).is_ok());
}

/// A provider file: what it describes can be asked, and is described by its own text.
pub fn provider_file(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let Ok(provider) = read(text) else {
        return;
    };
    assert!(read(provider.toml()).is_ok());
    if provider.is_discovered() {
        can_be_asked(&provider);
    }
}

fn read(text: &str) -> Result<Provider, Error> {
    Provider::from_toml(text, "./acme.toml")
}

/// A URL to open, with all that protects a login in it exactly once.
fn can_be_asked(provider: &Provider) {
    let url = request(provider, provider.redirect_uri()).url().clone();
    let token_endpoint = provider.token_endpoint().unwrap();
    assert!(
        is_https_or_loopback(&url) && is_https_or_loopback(token_endpoint),
        "{url}"
    );
    assert_eq!(parameter(&url, "code_challenge_method"), "S256");
    assert_eq!(parameter(&url, "response_type"), "code");
    assert_eq!(
        parameter(&url, "state").len(),
        parameter(&url, "code_challenge").len()
    );
}

fn quotes_nothing(error: &(impl ToString + Debug)) {
    let said = format!("{} {error:?}", error.to_string());
    assert!(!said.contains(MARK), "{said}");
}

fn request(provider: &Provider, redirect_uri: &str) -> AuthorizationRequest {
    let asked = Asked {
        provider,
        client_id: CLIENT_ID,
        redirect_uri,
        scopes: &provider.scopes(),
        resource: &[],
        parameters: &[],
    };
    AuthorizationRequest::new(&asked).unwrap()
}

/// The only value of this parameter.
fn parameter(url: &Url, name: &str) -> String {
    let mut values = url.query_pairs().filter(|(key, _)| key == name);
    let (value, other) = (values.next(), values.next());
    assert!(other.is_none(), "{name} is there twice");
    value.unwrap().1.into_owned()
}

/// The first line, and what comes after it.
fn split(bytes: &[u8]) -> (String, &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(bytes.len());
    let (head, rest) = bytes.split_at(end);
    (
        String::from_utf8_lossy(head).into_owned(),
        rest.get(1..).unwrap_or_default(),
    )
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

fn replaced(bytes: &[u8], word: &str, by: &str) -> Vec<u8> {
    let mut replaced = Vec::new();
    let mut rest = bytes;
    while let Some(at) = rest
        .windows(word.len())
        .position(|window| window == word.as_bytes())
    {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(by.as_bytes());
        rest = &rest[at + word.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn run_seeds(name: &str, target: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds");
        let seeds = fs::read_dir(folder.join(name)).unwrap();
        let seeds = seeds.map(|seed| fs::read(seed.unwrap().path()).unwrap());
        assert!(seeds.inspect(|seed| target(seed)).count() > 1, "{name}");
    }

    #[test]
    fn every_seed_of_the_fuzzers_is_survived() {
        run_seeds("callback", callback);
        run_seeds("query", query);
        run_seeds("token_response", answer);
        run_seeds("metadata", metadata);
        run_seeds("id_token", id_token);
        run_seeds("client_secrets", client_secrets);
        run_seeds("token_file", token_file);
        run_seeds("provider_file", provider_file);
    }
}
