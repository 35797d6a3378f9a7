//! The page where people register their apps. One is registered already.

use std::sync::Arc;

use askama::Template;
use axum::{extract::State, response::Response};

use super::{CLIENT_ID, page};

#[derive(Template)]
#[template(path = "app.html", config = "src/pages/askama.toml")]
struct App<'a> {
    client_id: &'a str,
    client_secret: &'a str,
}

pub(super) async fn show(State(state): State<Arc<super::State>>) -> Response {
    let app = App {
        client_id: CLIENT_ID,
        client_secret: &state.client_secret,
    };
    page::send(app.render(), "'none'")
}
