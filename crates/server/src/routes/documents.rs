//! The contract as files, the way in, and the signs of life.

use std::time::Duration;

use axum::{
    Json, Router,
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Redirect},
    routing::get,
};
use runledger_model::ApiError;
use runledger_store::StoreError;
use serde_json::json;

use crate::{
    Ledger,
    error::{Failure, method_not_allowed},
};

/// The checked-in files' own bytes, so that what is served is what was reviewed.
const OPENAPI_3_1: &str = include_str!("../../../../openapi.json");
const OPENAPI_3_0: &str = include_str!("../../../../openapi-3.0.json");

/// `/openapi.json`, `/openapi-3.0.json` and `/`; none wants a key.
pub fn router() -> Router<Ledger> {
    Router::new()
        .route("/openapi.json", get(|| async { document(OPENAPI_3_1) }))
        .route("/openapi-3.0.json", get(|| async { document(OPENAPI_3_0) }))
        .route("/", get(|| async { Redirect::temporary("/docs/") }))
}

/// `/healthz` and `/readyz`; neither wants a key.
pub fn signs_of_life() -> Router<Ledger> {
    Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(method_not_allowed)
}

/// How long it may take to find out whether the store is ready.
const READINESS: Duration = Duration::from_secs(3);

/// Whether runs can be read and recorded at this moment.
async fn ready(State(ledger): State<Ledger>) -> Result<impl IntoResponse, Failure> {
    // Who asks gives up sooner or later, and takes that for the worse.
    let ready = tokio::time::timeout(READINESS, ledger.store.ready()).await;
    match ready.unwrap_or(Err(StoreError::Busy)) {
        Ok(()) => Ok(Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::error!(error = error.report(), "the store is not ready");
            Err(ApiError::unavailable("The database cannot be used").into())
        }
    }
}

fn document(text: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], text)
}
