//! Bodies: how large they may be, and how they must be declared. What stands in them is read by the model.

use std::{error::Error, iter};

use axum::{
    RequestExt,
    body::HttpBody,
    extract::{FromRequest, Request},
    http::{
        HeaderMap,
        header::{CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, LengthLimitError};
use runledger_model::ApiError;
use tokio::sync::OwnedSemaphorePermit;
use tower_http::timeout::TimeoutError;

use crate::{Ledger, error::Failure};

/// A whole body that was declared as JSON, and the room that it takes in memory until this is dropped.
pub struct JsonBody(pub Bytes, pub Option<OwnedSemaphorePermit>);

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
        let read = tokio::time::timeout(ledger.body_time, read(request, ledger));
        read.await.unwrap_or_else(|_| Err(ApiError::request_timeout().into()))
    }
}

async fn read(request: Request, ledger: &Ledger) -> Result<JsonBody, Failure> {
    let mut body = request.into_limited_body();
    if body.size_hint().lower() > ledger.body_limit as u64 {
        return Err(ApiError::payload_too_large().into());
    }
    let (mut bytes, mut room) = (BytesMut::new(), None);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| refused(&error))?.into_data() else { continue };
        claim(ledger, data.len(), &mut room)?;
        bytes.extend_from_slice(&data);
    }
    Ok(JsonBody(bytes.freeze(), room))
}

/// Takes room for so many bytes more. Nobody waits for it: whoever holds some may be waiting for its client.
fn claim(
    ledger: &Ledger,
    bytes: usize,
    room: &mut Option<OwnedSemaphorePermit>,
) -> Result<(), Failure> {
    let more = u32::try_from(bytes).ok();
    let more = more.and_then(|bytes| ledger.room.clone().try_acquire_many_owned(bytes).ok());
    let more =
        more.ok_or_else(|| ApiError::unavailable("The server has too many bodies to read"))?;
    match room {
        Some(room) => room.merge(more),
        None => *room = Some(more),
    }
    Ok(())
}

fn refused(error: &axum::Error) -> ApiError {
    if caused_by::<LengthLimitError>(error) {
        ApiError::payload_too_large()
    } else if caused_by::<TimeoutError>(error) {
        ApiError::request_timeout()
    } else {
        ApiError::validation("body", "must arrive whole, and be what Content-Encoding says")
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
