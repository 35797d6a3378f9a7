//! The authorization endpoint (RFC 6749 §3.1) and its consent page.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use url::{Host, Url};

use super::{CLIENT_ID, athlete, error, memory::Authorization, page, single};
use crate::{Scopes, endpoint::is_loopback, pkce::random};

type Parameters = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "consent.html", config = "src/pages/askama.toml")]
struct Consent {
    request: String,
    person: String,
    scopes: Vec<String>,
}

/// Checks the request and asks the person.
pub(super) async fn ask(
    State(state): State<Arc<super::State>>,
    Query(parameters): Query<Parameters>,
) -> Response {
    let parameter = |name| single(&parameters, name).to_owned();
    if parameter("client_id") != CLIENT_ID {
        return error(StatusCode::BAD_REQUEST, "Application", "client_id");
    }
    // Without a redirect URI that can be trusted, nobody is sent anywhere (RFC 6749 §4.1.2.1).
    let redirect_uri = parameter("redirect_uri");
    let is_ours =
        |url: &Url| url.scheme() == "http" && is_loopback(url) && url.fragment().is_none();
    let Some(redirect_origin) = Url::parse(&redirect_uri)
        .ok()
        .filter(is_ours)
        .map(|url| origin(&url))
    else {
        return error(StatusCode::BAD_REQUEST, "Application", "redirect_uri");
    };
    let request = Authorization {
        redirect_uri,
        state: parameter("state"),
        code_challenge: parameter("code_challenge"),
        scopes: Scopes::parse(&parameter("scope"), ','),
    };
    let is_challenge =
        request.code_challenge.len() == 43 && parameter("code_challenge_method") == "S256";
    if parameter("response_type") != "code" || request.state.is_empty() || !is_challenge {
        return answer(&request, &[("error", "invalid_request")]);
    }
    let Ok(id) = random() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let scopes = request
        .scopes
        .join(' ')
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    state.memory().requests.insert(id.clone(), request);
    let consent = Consent {
        request: id,
        person: athlete::name(),
        scopes,
    };
    // Chromium holds the redirect that follows the form against `form-action` too.
    page::send(consent.render(), &format!("'self' {redirect_origin}"))
}

/// The origin as a policy may name it, which has no notation for an IPv6 address (CSP Level 3 §2.3.1).
fn origin(redirect_uri: &Url) -> String {
    match redirect_uri.host() {
        Some(Host::Ipv6(_)) => "http:".into(),
        _ => redirect_uri.origin().ascii_serialization(),
    }
}

/// What the person decided. Strava tells the granted scopes in the redirect, and only there.
pub(super) async fn decide(
    State(state): State<Arc<super::State>>,
    Form(decision): Form<Parameters>,
) -> Response {
    let Some(asked) = state.memory().requests.remove(single(&decision, "request")) else {
        return error(StatusCode::BAD_REQUEST, "AuthorizationRequest", "request");
    };
    if single(&decision, "decision") != "authorize" {
        return answer(&asked, &[("error", "access_denied")]);
    }
    let ticked: Scopes = decision
        .iter()
        .filter(|(name, _)| name == "scope")
        .map(|(_, scope)| scope.as_str())
        .collect();
    let granted = Authorization {
        scopes: asked.scopes.without(&asked.scopes.without(&ticked)),
        ..asked
    };
    let Ok(code) = random() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    state.memory().codes.insert(code.clone(), granted.clone());
    answer(
        &granted,
        &[("code", &code), ("scope", &granted.scopes.join(','))],
    )
}

/// Sends the browser back (RFC 6749 §4.1.2).
fn answer(request: &Authorization, parameters: &[(&str, &str)]) -> Response {
    match Url::parse(&request.redirect_uri) {
        Ok(mut url) => {
            url.query_pairs_mut()
                .append_pair("state", &request.state)
                .extend_pairs(parameters);
            Redirect::to(url.as_str()).into_response()
        }
        Err(_) => error(StatusCode::BAD_REQUEST, "Application", "redirect_uri"),
    }
}
