//! Request bodies: their size, their declared type, and the memory that they take.

use std::{error::Error, iter, mem, panic::resume_unwind};

use axum::{
    RequestExt,
    extract::{FromRequest, Request},
    http::{
        HeaderMap,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    },
};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, LengthLimitError};
use runledger_model::ApiError;
use tokio::sync::OwnedSemaphorePermit;
use tower_http::timeout::TimeoutError;

use crate::{error::HttpError, state::AppState};

/// A whole body that is declared as JSON.
pub struct JsonBody {
    json: Bytes,
    budget: Budget,
}

/// A body that has been parsed. It keeps its budget, since the parsed value takes memory, too.
pub struct ParsedBody {
    /// The size of the body in bytes.
    pub bytes: usize,
    _budget: Budget,
}

impl FromRequest<AppState> for JsonBody {
    type Rejection = HttpError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, HttpError> {
        if !declares_json(request.headers()) {
            return Err(HttpError::unsupported_media_type(request.method()));
        }
        // The decompression layer has removed the header of the encodings that it knows.
        if request.headers().contains_key(CONTENT_ENCODING) {
            return Err(ApiError::unsupported_encoding().into());
        }
        let read = tokio::time::timeout(state.settings.request_timeout, read(request, state));
        read.await.unwrap_or_else(|_| Err(ApiError::request_timeout().into()))
    }
}

impl JsonBody {
    /// Parses the body. A large one takes long, and is parsed on a thread that may block.
    ///
    /// # Errors
    /// As `parse`.
    pub async fn parse<T: Send + 'static>(
        self,
        parse: impl FnOnce(&[u8]) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<(T, ParsedBody), HttpError> {
        let Self { json, budget } = self;
        let body = ParsedBody { bytes: json.len(), _budget: budget };
        if json.len() <= Blocks::BYTES {
            return Ok((parse(&json)?, body));
        }
        let parsed = tokio::task::spawn_blocking(move || parse(&json)).await;
        let parsed = parsed.unwrap_or_else(|panic| resume_unwind(panic.into_panic()));
        Ok((parsed?, body))
    }
}

async fn read(request: Request, state: &AppState) -> Result<JsonBody, HttpError> {
    let max = state.settings.max_body_bytes;
    if declared_length(request.headers()).is_some_and(|length| length > max) {
        return Err(ApiError::payload_too_large(max).into());
    }
    let mut body = request.into_limited_body();
    let (mut blocks, mut budget) = (Blocks::default(), Budget::default());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| body_error(&error, max))?.into_data() else {
            continue;
        };
        budget.add(state, data.len())?;
        blocks.add(&data);
    }
    Ok(JsonBody { json: blocks.joined(), budget })
}

/// The part of the body budget that one body takes; it is released when this is dropped.
#[derive(Default)]
struct Budget(Option<OwnedSemaphorePermit>);

impl Budget {
    /// Takes more bytes. It does not wait for them: another body may hold them while it waits for
    /// its client.
    fn add(&mut self, state: &AppState, bytes: usize) -> Result<(), ApiError> {
        let permits = u32::try_from(bytes).ok();
        let permit = permits
            .and_then(|permits| state.body_budget.clone().try_acquire_many_owned(permits).ok())
            .ok_or_else(|| ApiError::unavailable("The server has too many bodies to read"))?;
        match &mut self.0 {
            Some(budget) => budget.merge(permit),
            None => self.0 = Some(permit),
        }
        Ok(())
    }
}

/// A body that is being received. A single growing buffer would take up to three times its size.
#[derive(Default)]
struct Blocks {
    full: Vec<BytesMut>,
    last: BytesMut,
}

impl Blocks {
    /// The size of a block.
    const BYTES: usize = 64 * 1024;

    fn add(&mut self, data: &[u8]) {
        if !self.last.is_empty() && self.last.len() + data.len() > Self::BYTES {
            self.full.push(mem::take(&mut self.last));
        }
        self.last.extend_from_slice(data);
    }

    fn joined(mut self) -> Bytes {
        if self.full.is_empty() {
            return self.last.freeze();
        }
        self.full.push(self.last);
        let mut whole = Vec::with_capacity(self.full.iter().map(BytesMut::len).sum());
        self.full.into_iter().for_each(|block| whole.extend_from_slice(&block));
        whole.into()
    }
}

fn body_error(error: &axum::Error, max: usize) -> ApiError {
    if caused_by::<LengthLimitError>(error) {
        ApiError::payload_too_large(max)
    } else if caused_by::<TimeoutError>(error) {
        ApiError::request_timeout()
    } else {
        ApiError::validation("body", "must be complete, and encoded as Content-Encoding says")
    }
}

fn caused_by<E: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |&error| error.source()).any(|error| error.is::<E>())
}

/// The value of `Content-Length`.
fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// The languages in which changes are written: RFC 6902, and RFC 7396, by which a list of steps
/// would replace another one.
const PATCH_LANGUAGES: [&str; 2] = ["application/json-patch+json", "application/merge-patch+json"];

/// Whether the type is `application/json` or `application/…+json`, with any parameters, and not one
/// of [`PATCH_LANGUAGES`], which no operation understands.
fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let is_json = essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"));
    is_json && !PATCH_LANGUAGES.contains(&essence.as_str())
}
