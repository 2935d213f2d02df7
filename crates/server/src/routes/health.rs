//! The health endpoints.

use std::time::Duration;

use axum::{Json, Router, extract::State, response::IntoResponse, routing::get};
use runledger_model::ApiError;
use runledger_store::StoreError;
use serde_json::json;

use crate::{
    error::{HttpError, method_not_allowed},
    state::AppState,
};

/// `/healthz` (liveness) and `/readyz` (readiness); neither requires a key.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(|| async { Json(json!({ "status": "ok" })) }))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(method_not_allowed)
}

/// The time after which the store counts as not ready.
const READINESS_TIMEOUT: Duration = Duration::from_secs(3);

/// Whether runs can be read and recorded at this moment.
async fn ready(State(state): State<AppState>) -> Result<impl IntoResponse, HttpError> {
    let ready = tokio::time::timeout(READINESS_TIMEOUT, state.store.ready()).await;
    match ready.unwrap_or(Err(StoreError::Busy)) {
        Ok(()) => Ok(Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::error!(error = error.report(), "the store is not ready");
            Err(ApiError::unavailable("The database cannot be used").into())
        }
    }
}
