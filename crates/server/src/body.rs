//! Bodies: how large they may be, and how they must be declared. What stands in them is read by the model.

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

use crate::{Ledger, error::Failure};

/// A whole body that was declared as JSON.
pub struct JsonBody(Bytes, Room);

/// The room that a body takes in memory, and after it what was read from it; `None` for an empty one.
pub type Room = Option<OwnedSemaphorePermit>;

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

impl JsonBody {
    /// How many bytes it has.
    pub fn length(&self) -> usize {
        self.0.len()
    }

    /// What `parse` makes of the body, and its room, which that takes now. With a large one it takes its time, in which
    /// this thread has others to serve.
    ///
    /// # Errors
    /// As `parse`.
    pub async fn parsed<T: Send + 'static>(
        self,
        parse: impl FnOnce(&[u8]) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<(T, Room), Failure> {
        let Self(body, room) = self;
        if body.len() <= Blocks::SIZE {
            return Ok((parse(&body)?, room));
        }
        let parsed = tokio::task::spawn_blocking(move || parse(&body)).await;
        let parsed = parsed.unwrap_or_else(|panic| resume_unwind(panic.into_panic()));
        Ok((parsed?, room))
    }
}

async fn read(request: Request, ledger: &Ledger) -> Result<JsonBody, Failure> {
    if declared_length(request.headers()).is_some_and(|length| length > ledger.body_limit) {
        return Err(ApiError::payload_too_large().into());
    }
    let mut body = request.into_limited_body();
    let (mut blocks, mut room) = (Blocks::default(), None);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| refused(&error))?.into_data() else { continue };
        claim(ledger, data.len(), &mut room)?;
        blocks.add(&data);
    }
    Ok(JsonBody(blocks.joined(), room))
}

/// A body while it arrives. One that grew as a whole would take up to three times its size, again and again.
#[derive(Default)]
struct Blocks {
    full: Vec<BytesMut>,
    last: BytesMut,
}

impl Blocks {
    const SIZE: usize = 64 * 1024;

    fn add(&mut self, data: &[u8]) {
        if !self.last.is_empty() && self.last.len() + data.len() > Self::SIZE {
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

/// Takes room for so many bytes more. Nobody waits for it: whoever holds some may be waiting for its client.
fn claim(ledger: &Ledger, bytes: usize, room: &mut Room) -> Result<(), Failure> {
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

/// How many bytes the client says it sends.
fn declared_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `application/json` or `application/…+json`, with any parameters.
fn declares_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = declared.and_then(|value| value.split(';').next()).unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}
