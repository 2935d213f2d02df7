//! Limits on requests, so that one client cannot use up the service.

use axum::{
    BoxError, Router,
    error_handling::HandleErrorLayer,
    extract::DefaultBodyLimit,
    http::{HeaderValue, Request, header::CONTENT_ENCODING},
};
use runledger_model::ApiError;
use tower::{ServiceBuilder, load_shed, timeout};
use tower_http::{decompression::RequestDecompressionLayer, timeout::RequestBodyTimeoutLayer};

use crate::{Settings, error::HttpError, state::AppState};

/// The service with its limits.
pub fn layer(service: Router<AppState>, settings: &Settings) -> Router<AppState> {
    service.layer(
        ServiceBuilder::new()
            .layer(HandleErrorLayer::new(limit_error))
            .load_shed()
            .concurrency_limit(settings.max_concurrent_requests)
            // Once to receive the body (`body.rs`), and once to process the request.
            .timeout(settings.request_timeout.saturating_mul(2))
            .layer(RequestBodyTimeoutLayer::new(settings.body_timeout))
            .map_request(normalize_encoding)
            // Unknown encodings pass, and are refused where the body is read.
            .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true))
            // Counts decompressed bytes.
            .layer(DefaultBodyLimit::max(settings.max_body_bytes)),
    )
}

/// The names of codings are case-insensitive (RFC 9110, section 8.4.1), and `identity` means none;
/// the decompression layer knows neither.
fn normalize_encoding<B>(mut request: Request<B>) -> Request<B> {
    let headers = request.headers_mut();
    let mut named = headers.get_all(CONTENT_ENCODING).iter();
    let (first, second) = (named.next(), named.next());
    if second.is_some() {
        // The decompression layer reads the first one only. Several codings are not supported.
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

async fn limit_error(error: BoxError) -> HttpError {
    if error.is::<load_shed::error::Overloaded>() {
        return ApiError::unavailable("The server has too much to do").into();
    }
    if error.is::<timeout::error::Elapsed>() {
        return ApiError::unavailable("The request took too long").into();
    }
    tracing::error!(%error, "a layer failed");
    ApiError::internal().into()
}
