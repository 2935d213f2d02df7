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
        let value = read(&bytes)?;
        Ok(Self(value))
    }
}

/// Reads a whole body. The second look, at mistakes only, tells what is no JSON from what has another shape, which
/// serde's error of the first does not always.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let first = shaped(&mut json);
    let no_json = |error| ApiError::validation("body", format!("must be one JSON value: {error}"));
    match first {
        Ok(value) => json.end().map_err(no_json).map(|()| value),
        Err(error) => {
            let value: serde_json::Value = serde_json::from_slice(bytes).map_err(no_json)?;
            Err(shaped::<T, _>(value).err().unwrap_or(error))
        }
    }
}

/// Reads a value of this type from JSON; what has another shape is named by its place.
pub fn shaped<'de, T: DeserializeOwned, D>(json: D) -> Result<T, ApiError>
where
    D: serde::Deserializer<'de, Error = serde_json::Error>,
{
    serde_path_to_error::deserialize(json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { "body" } else { &path };
        ApiError::validation(place, format!("is not what it must be: {}", error.inner()))
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
