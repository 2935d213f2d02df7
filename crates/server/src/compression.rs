//! Compression of responses, as `Accept-Encoding` asks.

use axum::{
    Router,
    extract::Request,
    http::{
        HeaderValue, StatusCode,
        header::{ACCEPT_ENCODING, Entry},
    },
    middleware::{map_request, map_response},
    response::Response,
};
use tower_http::compression::CompressionLayer;

use crate::entity_tag::distinguish_coding;

/// The service with compressed responses. Each coding of a content has an entity tag of its own.
///
/// A client that accepts no encoding, not even `identity`, gets an uncompressed response.
/// tower-http would replace the status by 406 after the request was processed: a recorder would be
/// told that its runs were not recorded.
pub fn layer(service: Router) -> Router {
    service
        .layer(map_response(remember_status))
        .layer(CompressionLayer::new())
        .layer(map_response(restore_status))
        .layer(map_request(any_means_gzip))
}

/// Clients that accept any encoding (`*`) often do not know zstd; the proxy Prism is one.
async fn any_means_gzip(mut request: Request) -> Request {
    if let Entry::Occupied(mut encodings) = request.headers_mut().entry(ACCEPT_ENCODING)
        && encodings.get() == "*"
    {
        encodings.insert(HeaderValue::from_static("gzip"));
    }
    request
}

/// The status of a response before its compression.
#[derive(Clone, Copy)]
struct OriginalStatus(StatusCode);

async fn remember_status(mut response: Response) -> Response {
    let status = OriginalStatus(response.status());
    response.extensions_mut().insert(status);
    response
}

async fn restore_status(mut response: Response) -> Response {
    if let Some(OriginalStatus(status)) = response.extensions().get().copied() {
        *response.status_mut() = status;
    }
    distinguish_coding(response.headers_mut());
    response
}
