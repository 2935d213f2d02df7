//! Errors as responses: JSON of the documented shape, also for errors of the framework. Bytes that
//! are not an HTTP request do not get here: `connections.rs` closes their connection.

use std::any::Any;

use axum::{
    Json,
    http::{
        HeaderName, HeaderValue, Method, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use runledger_model::{ApiError, ErrorKind};
use runledger_store::StoreError;

use crate::credentials::CredentialsFault;

/// An error of a handler, as a response.
#[derive(Debug)]
pub struct HttpError {
    error: ApiError,
    /// A header field that belongs to the error: `WWW-Authenticate`, which RFC 9110, section
    /// 15.5.2, requires with every 401, or `Accept-Patch` (RFC 5789, section 2.2).
    field: Option<(HeaderName, HeaderValue)>,
}

const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");
/// The value of `Retry-After`: rates are limited per second, and most requests take milliseconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.kind.status())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.error.body)).into_response();
        if matches!(self.error.kind, ErrorKind::TooManyRequests | ErrorKind::ServiceUnavailable) {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
        }
        if let Some((name, value)) = self.field {
            response.headers_mut().insert(name, value);
        }
        response
    }
}

impl From<ApiError> for HttpError {
    fn from(error: ApiError) -> Self {
        Self { error, field: None }
    }
}

impl From<CredentialsFault> for HttpError {
    /// A 401, whose body is always the same.
    fn from(fault: CredentialsFault) -> Self {
        Self { error: ApiError::unauthorized(), field: Some((WWW_AUTHENTICATE, fault.challenge())) }
    }
}

impl HttpError {
    /// The body is not declared as JSON. To a PATCH it says which types may be sent.
    pub fn unsupported_media_type(method: &Method) -> Self {
        let accepted = (ACCEPT_PATCH, HeaderValue::from_static("application/json"));
        let field = (method == Method::PATCH).then_some(accepted);
        Self { error: ApiError::unsupported_media_type(), field }
    }
}

impl From<StoreError> for HttpError {
    /// The cause is logged under the id of the request; the client learns nothing of it. Filters
    /// that cannot be combined are no failure of the store.
    fn from(error: StoreError) -> Self {
        if let StoreError::TooBroad { .. } = error {
            return ApiError::unprocessable(error.to_string()).into();
        }
        tracing::error!(error = error.report(), "the store failed");
        match error {
            StoreError::Busy => ApiError::unavailable("The database is in use by another process"),
            _ => ApiError::internal(),
        }
        .into()
    }
}

/// The error for a path without a route.
pub async fn endpoint_not_found() -> HttpError {
    HttpError::from(ApiError::endpoint_not_found())
}

/// The error for a route without this method; axum adds the header `Allow`.
pub async fn method_not_allowed(method: Method) -> HttpError {
    // Any other method is arbitrary text of the client, of any length: it is not echoed.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    let name = if known.contains(&method.as_str()) { method.as_str() } else { "this method" };
    HttpError::from(ApiError::method_not_allowed(name))
}

/// The response of a handler that panicked. The panic's message is on standard error only.
pub fn caught_panic(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    HttpError::from(ApiError::internal()).into_response()
}
