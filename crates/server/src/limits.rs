//! What keeps one client from taking the service away from the others.

use axum::{
    BoxError, Router,
    error_handling::HandleErrorLayer,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Request, header::CONTENT_ENCODING},
};
use runledger_model::ApiError;
use tower::{ServiceBuilder, load_shed, timeout};
use tower_http::{decompression::RequestDecompressionLayer, timeout::RequestBodyTimeoutLayer};

use crate::{Ledger, Settings, error::Failure};

/// The service under its limits.
pub fn layer(service: Router<Ledger>, settings: &Settings) -> Router<Ledger> {
    service.layer(
        ServiceBuilder::new()
            .layer(HandleErrorLayer::new(refused))
            .load_shed()
            .concurrency_limit(settings.requests_at_a_time)
            // A body has as long to arrive (`body.rs`), and then the request to be done.
            .timeout(settings.request_timeout.saturating_mul(2))
            .layer(RequestBodyTimeoutLayer::new(settings.body_timeout))
            .map_request(plainly_encoded)
            // What is in no encoding that it knows passes, and is refused where the body is read.
            .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true))
            // Counts the bytes that come out of the decompression.
            .layer(DefaultBodyLimit::max(settings.body_limit)),
    )
}

/// The codings' names have no case (RFC 9110, section 8.4.1), and `identity` says nothing; the decompression knows
/// neither.
fn plainly_encoded<B>(mut request: Request<B>) -> Request<B> {
    let headers = request.headers_mut();
    let mut named = headers.get_all(CONTENT_ENCODING).iter();
    let (first, second) = (named.next(), named.next());
    if second.is_some() {
        // The decompression would look at the first one only. Several are none that it knows.
        headers.insert(CONTENT_ENCODING, SEVERAL);
    } else if let Some(name) = first {
        match name.to_str().unwrap_or_default().to_ascii_lowercase().as_str() {
            "identity" => drop(headers.remove(CONTENT_ENCODING)),
            "gzip" | "x-gzip" => drop(headers.insert(CONTENT_ENCODING, GZIP)),
            "zstd" => drop(headers.insert(CONTENT_ENCODING, ZSTD)),
            _ => {}
        }
    }
    request
}

const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const SEVERAL: HeaderValue = HeaderValue::from_static("several");
const ZSTD: HeaderValue = HeaderValue::from_static("zstd");

async fn refused(error: BoxError) -> Failure {
    if error.is::<load_shed::error::Overloaded>() {
        return ApiError::unavailable("The server has too much to do").into();
    }
    if error.is::<timeout::error::Elapsed>() {
        return ApiError::unavailable("The request took too long").into();
    }
    tracing::error!(%error, "a request failed on its way in");
    ApiError::internal().into()
}
