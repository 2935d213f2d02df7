//! The id of a request, which is the client's or generated, and the log entry of each request. The
//! response and every log entry carry the id.

use std::time::Duration;

use axum::{
    Router,
    extract::{MatchedPath, Request},
    http::{HeaderName, HeaderValue, Method},
    middleware::Next,
    response::Response,
};
use tower_http::{
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};
use tracing::Span;

/// The maximum length of an id from a client, in bytes.
const MAX_ID_BYTES: usize = 128;
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The service with request ids and a log entry per request.
pub fn layer(service: Router) -> Router {
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
        .on_response(|response: &Response, took: Duration, _: &Span| {
            let (status, ms) = (response.status().as_u16(), took.as_millis() as u64);
            tracing::info!(status, ms, "responded");
        });
    // The last layer is the outermost: the id is checked and set first, then read for the log.
    service
        .layer(trace)
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(axum::middleware::from_fn(drop_invalid_ids))
}

/// The id of a client is returned and logged: it must be a short word. Any other is replaced.
async fn drop_invalid_ids(mut request: Request, next: Next) -> Response {
    let is_word = |id: &HeaderValue| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
        (1..=MAX_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(plain)
    };
    let ids: Vec<_> = request.headers().get_all(X_REQUEST_ID).iter().collect();
    if !matches!(ids[..], [id] if is_word(id)) {
        request.headers_mut().remove(X_REQUEST_ID);
    }
    next.run(request).await
}

/// The log has the route, not the path: a path is arbitrary text, and may contain a key by mistake.
fn span<B>(request: &axum::http::Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let method = match request.method() {
        known @ (&Method::GET
        | &Method::HEAD
        | &Method::PUT
        | &Method::POST
        | &Method::DELETE
        | &Method::OPTIONS) => known.as_str(),
        _ => "other",
    };
    tracing::error_span!("request", id, method, route)
}
