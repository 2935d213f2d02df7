//! The OpenAPI documents as files, and the redirect from `/`.

use axum::{
    Router,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Redirect},
    routing::get,
};

use crate::state::AppState;

/// The bytes of the checked-in files, so that clients get what was reviewed.
const OPENAPI_3_1: &str = include_str!("../../../../openapi.json");
const OPENAPI_3_0: &str = include_str!("../../../../openapi-3.0.json");

/// `/openapi.json`, `/openapi-3.0.json` and `/`; none requires a key.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/openapi.json", get(|| async { document(OPENAPI_3_1) }))
        .route("/openapi-3.0.json", get(|| async { document(OPENAPI_3_0) }))
        .route("/", get(|| async { Redirect::temporary("/docs/") }))
}

fn document(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text)
}
