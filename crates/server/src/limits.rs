//! What keeps one client from taking the service away from the others.

use axum::{BoxError, Router, error_handling::HandleErrorLayer, extract::DefaultBodyLimit};
use runledger_model::ApiError;
use tower::{ServiceBuilder, load_shed, timeout};
use tower_http::{decompression::RequestDecompressionLayer, timeout::RequestBodyTimeoutLayer};

use crate::{Settings, error::Failure};

/// The service under its limits.
pub fn layer(service: Router, settings: &Settings) -> Router {
    service.layer(
        ServiceBuilder::new()
            .layer(HandleErrorLayer::new(refused))
            .load_shed()
            .concurrency_limit(settings.requests_at_a_time)
            .timeout(settings.request_timeout)
            .layer(RequestBodyTimeoutLayer::new(settings.body_timeout))
            // What is in no encoding that it knows passes, and is refused where the body is read.
            .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true))
            // Counts the bytes that come out of the decompression.
            .layer(DefaultBodyLimit::max(settings.body_limit)),
    )
}

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
