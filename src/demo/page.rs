//! What keeps the demo's pages to themselves.

use axum::{
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use crate::page::content_security_policy;

/// Sends a page whose form, if it has one, may be sent to `form_action`.
pub(super) fn send(rendered: askama::Result<String>, form_action: &str) -> Response {
    let Ok(html) = rendered else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            content_security_policy(&html, form_action),
        ),
        (header::CACHE_CONTROL, "no-store".into()),
        (header::REFERRER_POLICY, "no-referrer".into()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".into()),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin".into(),
        ),
    ];
    (headers, Html(html)).into_response()
}
