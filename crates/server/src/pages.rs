//! Swagger UI at `/docs`, from assets that are part of the binary: no request leaves the machine.

use std::sync::Arc;

use axum::{
    Router,
    extract::Path,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use runledger_model::ApiError;
use utoipa_swagger_ui::Config;

use crate::{Ledger, error::Failure};

/// `/docs` and everything under it.
pub fn router() -> Router<Ledger> {
    Router::new()
        .route("/docs", get(|| async { Redirect::temporary("/docs/") }))
        .route("/docs/", get(|| async { asset("") }))
        .route("/docs/{*path}", get(|Path(path): Path<String>| async move { asset(&path) }))
}

fn asset(path: &str) -> Response {
    let config = Config::from("/openapi.json")
        .persist_authorization(true)
        .try_it_out_enabled(true)
        .display_operation_id(true)
        .display_request_duration(true)
        .deep_linking(true)
        // Otherwise the page asks a validator on the internet about the document.
        .validator_url("none");
    match utoipa_swagger_ui::serve(path, Arc::new(config)) {
        Ok(Some(file)) => ([(CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        Ok(None) => Failure(ApiError::endpoint_not_found()).into_response(),
        Err(error) => {
            tracing::error!(%error, "Swagger UI could not be rendered");
            Failure(ApiError::internal()).into_response()
        }
    }
}
