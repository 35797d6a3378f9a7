//! The token endpoint (RFC 6749 §3.2).

use std::{sync::Arc, time::SystemTime};

use axum::{
    Form, Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    CLIENT_ID, athlete, error,
    memory::{Issued, Memory},
    single,
};
use crate::digest::sha256;

/// Authenticates the client, and does as the grant type says.
pub(super) async fn issue(
    State(state): State<Arc<super::State>>,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let parameter = |name| single(&form, name);
    if parameter("client_id") != CLIENT_ID {
        return error(StatusCode::BAD_REQUEST, "Application", "client_id");
    }
    if parameter("client_secret") != state.client_secret {
        return error(StatusCode::UNAUTHORIZED, "Application", "");
    }
    let (mut memory, now) = (state.memory(), SystemTime::now());
    match parameter("grant_type") {
        "authorization_code" => exchange(&mut memory, parameter, now),
        "refresh_token" => refresh(&mut memory, parameter("refresh_token"), now),
        _ => error(StatusCode::BAD_REQUEST, "Application", "grant_type"),
    }
}

/// Exchanges a code (RFC 6749 §4.1.3), which is spent whatever comes of it.
fn exchange<'a>(
    memory: &mut Memory,
    parameter: impl Fn(&'static str) -> &'a str,
    now: SystemTime,
) -> Response {
    let refused = |field| error(StatusCode::BAD_REQUEST, "AuthorizationCode", field);
    let Some(granted) = memory.codes.remove(parameter("code")) else {
        return refused("code");
    };
    if parameter("redirect_uri") != granted.redirect_uri {
        return refused("redirect_uri");
    }
    // RFC 7636 §4.6.
    let challenge = URL_SAFE_NO_PAD.encode(sha256(parameter("code_verifier")));
    if challenge != granted.code_challenge {
        return refused("code_verifier");
    }
    let Ok(issued) = memory.grant(now) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let mut token = document(&issued, now);
    token["athlete"] = athlete::document();
    answer(token)
}

/// Exchanges a refresh token (RFC 6749 §6), which is spent by that. As at Strava, no athlete comes with it.
fn refresh(memory: &mut Memory, refresh_token: &str, now: SystemTime) -> Response {
    match memory.refresh(refresh_token, now) {
        Ok(Some(issued)) => answer(document(&issued, now)),
        Ok(None) => error(StatusCode::BAD_REQUEST, "RefreshToken", "refresh_token"),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn document(issued: &Issued, now: SystemTime) -> Value {
    json!({
        "token_type": "Bearer",
        "access_token": issued.access_token.token,
        "refresh_token": issued.refresh_token,
        "expires_at": issued.access_token.expires_at,
        "expires_in": issued.access_token.lives_for(now),
    })
}

/// RFC 6749 §5.1.
fn answer(token: Value) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(token)).into_response()
}
