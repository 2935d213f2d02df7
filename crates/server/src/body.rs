//! Bodies: how large they may be, and how they must be declared. What stands in them is read by the model.

use std::{error::Error, iter};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use runledger_model::ApiError;
use tower_http::timeout::TimeoutError;

use crate::{Ledger, error::Failure};

/// A whole body that was declared as JSON.
pub struct JsonBody(pub Bytes);

impl FromRequest<Ledger> for JsonBody {
    type Rejection = Failure;

    async fn from_request(request: Request, ledger: &Ledger) -> Result<Self, Failure> {
        if !declares_json(request.headers()) {
            return Err(ApiError::unsupported_media_type().into());
        }
        // What the decompression knows, it has taken away together with the header.
        if request.headers().contains_key(CONTENT_ENCODING) {
            return Err(ApiError::unsupported_encoding().into());
        }
        let bytes = Bytes::from_request(request, ledger).await.map_err(|rejection| {
            if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
                ApiError::payload_too_large()
            } else if caused_by::<TimeoutError>(&rejection) {
                ApiError::request_timeout()
            } else {
                ApiError::validation("body", "must arrive whole, and be what Content-Encoding says")
            }
        })?;
        Ok(Self(bytes))
    }
}

fn caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |&error| error.source()).any(|error| error.is::<E>())
}

/// `application/json` or `application/…+json`, with any parameters.
fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}
