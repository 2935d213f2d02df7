//! The request id: taken from the client or made, carried by the response and by every line of the log.

use axum::{Router, extract::Request, middleware::Next, response::Response};
use tower_http::request_id::{
    MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tracing::Instrument;

/// The service with request ids.
pub fn layer(service: Router) -> Router {
    // The last layer is the outermost: the id is set first, then read for the log.
    service
        .layer(axum::middleware::from_fn(in_span))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
}

async fn in_span(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    let span = tracing::error_span!("request", id);
    next.run(request).instrument(span).await
}
