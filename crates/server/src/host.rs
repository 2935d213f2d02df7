//! The header field `Host` (RFC 9112, section 3.2): the rule that every request has to follow.

use axum::{
    Router,
    http::{HeaderMap, HeaderValue, Request, Version, header::HOST, uri::Authority},
};
use runledger_model::ApiError;

use crate::{error::HttpError, request_id::RequestIdLayer};

/// Whether a request must be refused: one over HTTP/1.1 without `Host`, and one with several or
/// with an invalid one.
pub fn is_invalid<B>(request: &Request<B>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() == Version::HTTP_11,
        (Some(host), None) => !is_host(host),
        (Some(_), Some(_)) => true,
    }
}

/// A host with an optional port; empty where the target has no authority.
fn is_host(value: &HeaderValue) -> bool {
    let text = value.as_bytes();
    text.is_empty() || !text.contains(&b'@') && Authority::try_from(text).is_ok()
}

/// What serves the requests that must be refused.
pub fn refusing() -> Router {
    Router::new().fallback(refuse).layer(RequestIdLayer::default())
}

async fn refuse(headers: HeaderMap) -> HttpError {
    let problem = match headers.get_all(HOST).iter().count() {
        0 => "must be sent with every HTTP/1.1 request",
        1 => "must be a host with an optional port, such as runs.example.com:7400",
        _ => "must be sent once",
    };
    ApiError::validation("Host", problem).into()
}
