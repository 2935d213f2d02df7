//! JSON bodies, read so that every mistake is named by its place.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
};
use runledger_model::ApiError;
use serde::de::DeserializeOwned;

use crate::{Ledger, error::Failure};

/// The largest body that is taken, in bytes: 16 MiB.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

/// A body that was declared as JSON, was JSON and had the type's shape.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Ledger> for JsonBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, ledger: &Ledger) -> Result<Self, Failure> {
        if !declares_json(request.headers()) {
            return Err(ApiError::unsupported_media_type().into());
        }
        let bytes = Bytes::from_request(request, ledger).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::payload_too_large(MAX_BODY_BYTES)
            } else {
                ApiError::validation("body", "must arrive whole")
            }
        })?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let value = shaped(&mut json)?;
        json.end().map_err(|error| {
            ApiError::validation("body", format!("must be one JSON value: {error}"))
        })?;
        Ok(Self(value))
    }
}

/// Reads a value of this type from parsed or unparsed JSON.
pub fn shaped<'de, T: DeserializeOwned, D>(json: D) -> Result<T, ApiError>
where
    D: serde::Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(json).map_err(|error| {
        let inner = error.inner();
        if inner.is_syntax() || inner.is_eof() {
            return ApiError::validation("body", format!("must be JSON: {inner}"));
        }
        match error.path().to_string().as_str() {
            "." => ApiError::validation("body", format!("is not what it must be: {inner}")),
            place => ApiError::validation(place, format!("is not what it must be: {inner}")),
        }
    })
}

/// `application/json` or `application/…+json`, with any parameters.
fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}
