//! The page where apps are registered: one is already.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};

use super::CLIENT_ID;

#[derive(Template)]
#[template(path = "app.html", config = "src/pages/askama.toml")]
struct App<'a> {
    client_id: &'a str,
    client_secret: &'a str,
}

pub(super) async fn show(State(state): State<Arc<super::State>>) -> Response {
    let page = App {
        client_id: CLIENT_ID,
        client_secret: &state.client_secret,
    };
    match page.render() {
        Ok(html) => ([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
