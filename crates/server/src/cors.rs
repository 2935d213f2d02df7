//! Cross-origin resource sharing: the origins whose pages may call the API from a browser.

use std::time::Duration;

use axum::http::{
    HeaderName, Method,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, RETRY_AFTER,
        WWW_AUTHENTICATE,
    },
};
use tower_http::cors::CorsLayer;

use crate::{Settings, event_stream::LAST_EVENT_ID};

/// How long a browser may cache the result of a preflight request.
const MAX_AGE: Duration = Duration::from_secs(3600);

/// Adds CORS headers; `None` if no origin is allowed.
pub fn layer(settings: &Settings) -> Option<CorsLayer> {
    if settings.cors_origins.is_empty() {
        return None;
    }
    let request_id = HeaderName::from_static("x-request-id");
    Some(
        CorsLayer::new()
            .allow_origin(settings.cors_origins.clone())
            .allow_methods([
                Method::GET,
                Method::HEAD,
                Method::PUT,
                Method::PATCH,
                Method::POST,
                Method::DELETE,
            ])
            .allow_headers([
                AUTHORIZATION,
                CONTENT_TYPE,
                CONTENT_ENCODING,
                IF_MATCH,
                IF_NONE_MATCH,
                LAST_EVENT_ID,
                request_id.clone(),
            ])
            .expose_headers([request_id, RETRY_AFTER, ETAG, WWW_AUTHENTICATE])
            .max_age(MAX_AGE),
    )
}
