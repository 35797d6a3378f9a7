//! The revocation endpoint (RFC 7009).

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::{CLIENT_ID, error, single};

/// Ends a login, whichever of its tokens is named; one that is not known is as good as revoked (§2.2). A
/// `token_type_hint` only helps to search (§2.1), and there is nothing to search for long.
pub(super) async fn revoke(
    State(state): State<Arc<super::State>>,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    // As Strava has it: by HTTP Basic here, by parameters at the token endpoint, never by both (RFC 6749 §2.3).
    let client = STANDARD.encode(format!("{CLIENT_ID}:{}", state.client_secret));
    let authorization = headers.get(header::AUTHORIZATION);
    let is_ours = authorization.is_some_and(|value| *value == format!("Basic {client}"));
    if !is_ours || form.iter().any(|(name, _)| name == "client_secret") {
        return error(StatusCode::UNAUTHORIZED, "Application", "");
    }
    match single(&form, "token") {
        "" => error(StatusCode::BAD_REQUEST, "Application", "token"),
        token => {
            state.memory().revoke(token);
            StatusCode::OK.into_response()
        }
    }
}
