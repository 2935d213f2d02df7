//! Which pages of other origins may call the API from a browser.

use std::time::Duration;

use axum::{
    Router,
    http::{
        HeaderName, Method,
        header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER},
    },
};
use tower_http::cors::CorsLayer;

use crate::Settings;

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_secs(3600);

/// The service with what browsers want to hear; as it is where no origin is named.
pub fn layer(service: Router, settings: &Settings) -> Router {
    if settings.cors_origins.is_empty() {
        return service;
    }
    let request_id = HeaderName::from_static("x-request-id");
    service.layer(
        CorsLayer::new()
            .allow_origin(settings.cors_origins.clone())
            .allow_methods([Method::GET, Method::HEAD, Method::PUT, Method::POST])
            .allow_headers([AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING, request_id.clone()])
            .expose_headers([request_id, RETRY_AFTER])
            .max_age(REMEMBERED),
    )
}
