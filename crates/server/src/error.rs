//! How errors leave the router: always JSON of the documented shape, the framework's own included. What is no request
//! at all never gets here: `connections.rs` ends its connection.

use std::any::Any;

use axum::{
    Json,
    http::{
        HeaderValue, Method, StatusCode,
        header::{RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use runledger_model::{ApiError, ErrorKind};
use runledger_store::StoreError;

/// An error as a response; what a handler answers when it cannot do what it was asked.
#[derive(Debug)]
pub struct Failure(pub ApiError);

/// When to come back: a key's share is counted by the second, and an overload is made of requests of milliseconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.0.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.0.body)).into_response();
        if matches!(self.0.kind, ErrorKind::TooManyRequests | ErrorKind::ServiceUnavailable) {
            response.headers_mut().insert(RETRY_AFTER, RETRY_SECONDS);
        }
        if self.0.kind == ErrorKind::Unauthorized {
            // RFC 9110, section 15.5.2, wants one with every 401.
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
        }
        response
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

impl From<StoreError> for Failure {
    /// The cause goes to the log, under the request's id; nothing of it goes to the client.
    fn from(error: StoreError) -> Self {
        tracing::error!(error = error.report(), "the store failed");
        Self(match error {
            StoreError::Busy => ApiError::unavailable("The database is in use by another process"),
            _ => ApiError::internal(),
        })
    }
}

/// For a path that is no route.
pub async fn endpoint_not_found() -> Failure {
    Failure(ApiError::endpoint_not_found())
}

/// For a route that does not take this method; axum adds the header `Allow`.
pub async fn method_not_allowed(method: Method) -> Failure {
    // What is no common method is the client's own text, of any length: it is not echoed.
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    let name = if known.contains(&method.as_str()) { method.as_str() } else { "this method" };
    Failure(ApiError::method_not_allowed(name))
}

/// For a handler that panicked; the panic's message has gone to standard error, and stays there.
pub fn caught_panic(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a handler panicked");
    Failure(ApiError::internal()).into_response()
}
