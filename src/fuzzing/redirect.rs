//! What comes to the listener.

use std::{future::pending, time::Duration};

use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
};
use url::form_urlencoded;

use super::{ACME, ISSUER, MARK, NAMED, parameter, request};
use crate::{
    authorization::AuthorizationResponse, redirect::RedirectListener, redirect_to::Redirect,
    redirect_uri::RedirectUri,
};

/// Stand in the seeds for what is new in every login.
const STATE: &str = "THE-STATE";
const AUTHORITY: &str = "THE-AUTHORITY";

/// A connection to the listener: only the one request that answers this login ends the wait. All others are turned down
/// and shown nothing of what they sent; and the redirect that comes after them still counts.
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
            turns_down(&String::from_utf8_lossy(&said), &state);
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
        match answer {
            AuthorizationResponse::Code { code, .. } if is_genuine(code.expose_secret()) => {}
            _ => is_the_answer(&String::from_utf8_lossy(&bytes), &uri, &state),
        }
    });
}

fn turns_down(said: &str, state: &str) {
    assert!(!said.contains(state) && !said.contains(MARK), "{said}");
    let (head, page) = said.split_once("\r\n\r\n").unwrap_or((said, ""));
    assert!(
        said.is_empty() || head.starts_with("HTTP/1.1 4") || head.starts_with("HTTP/1.0 4"),
        "{said}"
    );
    let head = head.to_lowercase();
    assert!(!head.contains("\nlocation:"), "{said}");
    let is_strict = head.contains("content-security-policy: default-src 'none'");
    assert!(
        page.is_empty() || is_strict && head.contains("no-store"),
        "{said}"
    );
}

/// The one request that may end the wait, read with less care than by the server.
fn is_the_answer(request: &str, uri: &RedirectUri, state: &str) {
    let mut lines = request.trim_start().lines().map(str::trim_end);
    let first = lines.next().unwrap_or_default();
    let target = first.strip_prefix("GET ").expect(request);
    let target = target.strip_prefix("http://").map_or(target, |rest| {
        rest.strip_prefix(uri.authority()).expect(request)
    });
    let query = target.strip_prefix(uri.path()).expect(request);
    let query = query.strip_prefix('?').expect(request);
    let query = query.split([' ', '#']).next().unwrap_or_default();
    assert_eq!(values(query, "state"), [state], "{request}");
    let answers = [values(query, "code"), values(query, "error")].concat();
    assert_eq!(answers.len(), 1, "{request}");
    let headers = lines.take_while(|line| !line.is_empty());
    let headers = headers.filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = headers
        .map(|(name, value)| (name.to_lowercase(), value.trim()))
        .collect();
    let all = |wanted: &str| -> Vec<_> {
        let of_it = headers.iter().filter(|(name, _)| name == wanted);
        of_it.map(|(_, value)| value.to_lowercase()).collect()
    };
    assert_eq!(all("host"), [uri.authority()], "{request}");
    assert!(all("content-length").is_empty() && all("transfer-encoding").is_empty());
    let mut origins = all("origin").into_iter();
    assert!(origins.all(|origin| origin == "null" || origin == uri.origin()));
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
        let all = |name| values(&text, name);
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
            AuthorizationResponse::WrongIssuer => {
                assert_ne!(all("iss"), [ISSUER]);
                continue;
            }
        }
        assert!(all("iss").len() <= 1);
        assert!(provider.data.issuer.is_none() || all("iss") == [ISSUER]);
    }
}

fn values(query: &str, name: &str) -> Vec<String> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let of_it = pairs.filter(|(key, _)| key == name);
    of_it.map(|(_, value)| value.into_owned()).collect()
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
