//! The athlete, whom an access token opens.

use std::{sync::Arc, time::SystemTime};

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::error;

/// Who is at home: id, first name, last name.
const ATHLETE: (u64, &str, &str) = (227615, "Ada", "Demo");

/// Whose access token it is (RFC 6750 §2.1).
pub(super) async fn answer(State(state): State<Arc<super::State>>, headers: HeaderMap) -> Response {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = authorization
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    if state.memory().is_live(token, SystemTime::now()) {
        Json(document()).into_response()
    } else {
        error(StatusCode::UNAUTHORIZED, "Athlete", "access_token")
    }
}

/// As the token endpoint and this one show it.
pub(super) fn document() -> Value {
    json!({ "id": ATHLETE.0, "firstname": ATHLETE.1, "lastname": ATHLETE.2, "resource_state": 2 })
}

pub(super) fn name() -> String {
    format!("{} {}", ATHLETE.1, ATHLETE.2)
}
