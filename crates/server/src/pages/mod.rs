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
        .route("/docs/swagger-initializer.js", get(initializer))
        .route("/docs/{*path}", get(|Path(path): Path<String>| async move { asset(&path) }))
}

async fn initializer() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript")], include_str!("swagger-initializer.js"))
}

fn asset(path: &str) -> Response {
    match utoipa_swagger_ui::serve(path, Arc::new(Config::from("/openapi.json"))) {
        Ok(Some(file)) => ([(CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        Ok(None) => Failure(ApiError::endpoint_not_found()).into_response(),
        Err(error) => {
            tracing::error!(%error, "Swagger UI could not be rendered");
            Failure(ApiError::internal()).into_response()
        }
    }
}
