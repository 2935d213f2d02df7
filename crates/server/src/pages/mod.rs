//! Swagger UI at `/docs`. Its assets are part of the binary: no request leaves the machine.

use std::sync::Arc;

use axum::{
    Router,
    http::{
        HeaderName, HeaderValue, Uri,
        header::{
            CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use runledger_model::ApiError;
use tower::ServiceBuilder;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_swagger_ui::Config;

use crate::{error::HttpError, state::AppState};

/// `/docs` and everything under it.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/docs", get(|| async { Redirect::temporary("/docs/") }))
        .route("/docs/", get(|| async { asset("") }))
        .route("/docs/swagger-initializer.js", get(initializer))
        // The raw path: one that is not UTF-8 then gets an error of the documented shape.
        .route(
            "/docs/{*path}",
            get(|uri: Uri| async move { asset(uri.path().trim_start_matches("/docs/")) }),
        )
        .layer(
            ServiceBuilder::new()
                .layer(header(CONTENT_SECURITY_POLICY, POLICY))
                .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(header(X_FRAME_OPTIONS, "DENY"))
                .layer(header(REFERRER_POLICY, "no-referrer")),
        )
}

/// Scripts and requests of this origin only. Swagger UI needs inline styles and `data:` images.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

async fn initializer() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript")], include_str!("swagger-initializer.js"))
}

fn asset(path: &str) -> Response {
    match utoipa_swagger_ui::serve(path, Arc::new(Config::from("/openapi.json"))) {
        Ok(Some(file)) => ([(CONTENT_TYPE, file.content_type)], file.bytes).into_response(),
        Ok(None) => HttpError::from(ApiError::endpoint_not_found()).into_response(),
        Err(error) => {
            tracing::error!(%error, "Swagger UI could not be rendered");
            HttpError::from(ApiError::internal()).into_response()
        }
    }
}
