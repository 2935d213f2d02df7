//! The contract as files, the way in, and a sign of life.

use axum::{
    Json, Router,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Redirect},
    routing::get,
};
use serde_json::json;

use crate::Ledger;

/// The checked-in files' own bytes, so that what is served is what was reviewed.
const OPENAPI_3_1: &str = include_str!("../../../../openapi.json");
const OPENAPI_3_0: &str = include_str!("../../../../openapi-3.0.json");

/// `/openapi.json`, `/openapi-3.0.json`, `/` and `/healthz`; none wants a key.
pub fn router() -> Router<Ledger> {
    Router::new()
        .route("/openapi.json", get(|| async { document(OPENAPI_3_1) }))
        .route("/openapi-3.0.json", get(|| async { document(OPENAPI_3_0) }))
        .route("/", get(|| async { Redirect::temporary("/docs/") }))
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
}

fn document(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text)
}
