//! What comes to the listener.

use std::{future::pending, time::Duration};

use secrecy::ExposeSecret;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    runtime::Builder,
};
use url::form_urlencoded;

use super::{ACME, ISSUER, NAMED, parameter, request};
use crate::{
    authorization::AuthorizationResponse, redirect::RedirectListener, redirect_to::Redirect,
};

/// Stand in the seeds for what is new in every login.
const STATE: &str = "THE-STATE";
const AUTHORITY: &str = "THE-AUTHORITY";

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
