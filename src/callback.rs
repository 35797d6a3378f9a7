use axum::http::{Method, StatusCode, header, request::Parts};

use crate::{
    authorization::{AuthorizationRequest, AuthorizationResponse},
    redirect_uri::RedirectUri,
};

/// More than any provider's answer needs.
const MAX_QUERY: usize = 16 * 1024;

/// What a request was, if not the answer that is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stray {
    /// Another path: `/favicon.ico`, a scanner.
    Path,
    /// Another method than GET, a prefetching HEAD for one.
    Method,
    /// Another `Host` or a foreign `Origin`: a web page tries to reach this machine.
    Host,
    /// No answer to this request: another login's tab, or a web page that guesses `state`.
    State,
    /// The browser spoke TLS: it was told to use https only.
    Tls,
    /// The browser does not trust the certificate of an https redirect URI.
    Distrust,
}

/// Whether this request is the answer. Nothing of it is believed before `state` was found right.
pub(crate) fn check(
    request: &Parts,
    redirect_uri: &RedirectUri,
    pending: &AuthorizationRequest,
) -> Result<AuthorizationResponse, Stray> {
    let authority = redirect_uri.authority();
    if request.uri.path() != redirect_uri.path() {
        return Err(Stray::Path);
    }
    if request.method != Method::GET {
        return Err(Stray::Method);
    }
    let mut hosts = request.headers.get_all(header::HOST).iter();
    let host_is_ours = hosts
        .next()
        .is_some_and(|host| host.as_bytes().eq_ignore_ascii_case(authority.as_bytes()));
    let target = request.uri.scheme_str().zip(request.uri.authority());
    let target_is_ours =
        target.is_none_or(|(scheme, host)| format!("{scheme}://{host}") == redirect_uri.origin());
    if !host_is_ours
        || hosts.next().is_some()
        || !target_is_ours
        || is_foreign(request, redirect_uri)
    {
        return Err(Stray::Host);
    }
    let announces_body = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING];
    if announces_body
        .iter()
        .any(|name| request.headers.contains_key(name))
    {
        return Err(Stray::State);
    }
    request
        .uri
        .query()
        .filter(|query| query.len() <= MAX_QUERY)
        .and_then(|query| pending.answer(query))
        .ok_or(Stray::State)
}

/// A script of another origin says so; a browser that follows a redirect sends no `Origin`, or `null`.
fn is_foreign(request: &Parts, redirect_uri: &RedirectUri) -> bool {
    let own = redirect_uri.origin();
    let mut origins = request.headers.get_all(header::ORIGIN).iter();
    origins.any(|origin| origin != "null" && origin.as_bytes() != own.as_bytes())
}

impl Stray {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Stray::Path => StatusCode::NOT_FOUND,
            Stray::Method => StatusCode::METHOD_NOT_ALLOWED,
            Stray::Host => StatusCode::FORBIDDEN,
            Stray::State | Stray::Tls | Stray::Distrust => StatusCode::BAD_REQUEST,
        }
    }
}
