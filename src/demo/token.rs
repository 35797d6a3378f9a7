//! The token endpoint (RFC 6749 §3.2) and the athlete.

use std::{sync::Arc, time::SystemTime};

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{CLIENT_ID, error, single};
use crate::{pkce::random, token::unix_seconds};

/// Who is at home: id, first name, last name.
pub(super) const ATHLETE: (u64, &str, &str) = (227615, "Ada", "Demo");

/// Strava's access tokens live six hours.
const LIFE: u64 = 6 * 60 * 60;

/// Exchanges a code (RFC 6749 §4.1.3), which is spent whatever comes of it.
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
    if parameter("grant_type") != "authorization_code" {
        return error(StatusCode::BAD_REQUEST, "Application", "grant_type");
    }
    let Some(granted) = state.memory().codes.remove(parameter("code")) else {
        return error(StatusCode::BAD_REQUEST, "AuthorizationCode", "code");
    };
    if parameter("redirect_uri") != granted.redirect_uri {
        return error(StatusCode::BAD_REQUEST, "AuthorizationCode", "redirect_uri");
    }
    // RFC 7636 §4.6.
    if URL_SAFE_NO_PAD.encode(Sha256::digest(parameter("code_verifier"))) != granted.code_challenge
    {
        return error(
            StatusCode::BAD_REQUEST,
            "AuthorizationCode",
            "code_verifier",
        );
    }
    let (Ok(access_token), Ok(refresh_token)) = (random(), random()) else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    state.memory().access_tokens.insert(access_token.clone());
    let answer = json!({
        "token_type": "Bearer",
        "access_token": access_token,
        "refresh_token": refresh_token,
        "expires_at": unix_seconds(SystemTime::now()) + LIFE,
        "expires_in": LIFE,
        "athlete": person(),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// Whose access token it is.
pub(super) async fn athlete(
    State(state): State<Arc<super::State>>,
    headers: HeaderMap,
) -> Response {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = authorization
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if state.memory().access_tokens.contains(token) {
        Json(person()).into_response()
    } else {
        error(StatusCode::UNAUTHORIZED, "Athlete", "access_token")
    }
}

fn person() -> Value {
    json!({ "id": ATHLETE.0, "firstname": ATHLETE.1, "lastname": ATHLETE.2, "resource_state": 2 })
}
