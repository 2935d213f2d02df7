//! The request id: taken from the client or made, carried by the response and by every line of the log; and the
//! log's line about each request.

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

/// The longest id that is taken from a client.
const LONGEST: usize = 128;
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The service with request ids and a log of requests.
pub fn layer(service: Router) -> Router {
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
        .on_response(|response: &Response, took: Duration, _: &Span| {
            let (status, ms) = (response.status().as_u16(), took.as_millis() as u64);
            tracing::info!(status, ms, "answered");
        });
    // The last layer is the outermost: the id is checked and set first, then read for the log.
    service
        .layer(trace)
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(axum::middleware::from_fn(drop_odd_ids))
}

/// A client's id is answered and logged: it must be a short word. Any other is replaced by one of ours.
async fn drop_odd_ids(mut request: Request, next: Next) -> Response {
    let is_word = |id: &HeaderValue| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
        (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(plain)
    };
    let ids: Vec<_> = request.headers().get_all(X_REQUEST_ID).iter().collect();
    if !matches!(ids[..], [id] if is_word(id)) {
        request.headers_mut().remove(X_REQUEST_ID);
    }
    next.run(request).await
}

/// The route and not the path: a path is whatever its client wrote, a key in the wrong place, say.
fn span<B>(request: &axum::http::Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let method = match request.method() {
        known
        @ (&Method::GET | &Method::HEAD | &Method::PUT | &Method::POST | &Method::OPTIONS) => {
            known.as_str()
        }
        _ => "other",
    };
    tracing::error_span!("request", id, method, route)
}
