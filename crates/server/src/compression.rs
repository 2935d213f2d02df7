//! Answers are compressed for whoever can read that.

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

/// The service with compressed answers.
///
/// A client that takes no encoding, not even none (`identity;q=0`), is answered plainly. tower-http would say 406
/// over whatever the answer is, after the request has been done: to who records, that its runs were not taken.
pub fn layer(service: Router) -> Router {
    service
        .layer(map_response(remembering_its_status))
        .layer(CompressionLayer::new())
        .layer(map_response(with_its_status))
        .layer(map_request(any_is_gzip))
}

/// Who takes any encoding (`*`) has often not heard of the newest: Prism, a proxy, says so and cannot read zstd.
async fn any_is_gzip(mut request: Request) -> Request {
    if let Entry::Occupied(mut encodings) = request.headers_mut().entry(ACCEPT_ENCODING)
        && encodings.get() == "*"
    {
        encodings.insert(HeaderValue::from_static("gzip"));
    }
    request
}

/// What an answer's status was before it was compressed.
#[derive(Clone, Copy)]
struct Answered(StatusCode);

async fn remembering_its_status(mut response: Response) -> Response {
    let status = Answered(response.status());
    response.extensions_mut().insert(status);
    response
}

async fn with_its_status(mut response: Response) -> Response {
    if let Some(Answered(status)) = response.extensions().get().copied() {
        *response.status_mut() = status;
    }
    response
}
