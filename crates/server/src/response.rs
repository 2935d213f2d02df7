//! Responses as JSON, and the memory budget of large ones until their clients have received them.

use std::io::{self, Write};

use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use runledger_model::{ApiError, WorkflowRunDetail};
use runledger_store::TenantId;
use serde::Serialize;
use tokio::sync::OwnedSemaphorePermit;

use crate::{entity_tag::EntityTag, error::HttpError, state::AppState};

/// The media type of all content but the events.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// A response of up to this size in bytes needs no budget: the buffers of most clients' systems
/// take all of it at once.
const SMALL_BYTES: usize = 64 * 1024;

impl AppState {
    /// A response with this value as JSON.
    ///
    /// # Errors
    /// As [`AppState::content`].
    pub fn json(&self, status: StatusCode, value: &impl Serialize) -> Result<Response, HttpError> {
        let content = self.content(value)?;
        Ok((status, [(CONTENT_TYPE, JSON)], content).into_response())
    }

    /// A response with this run as JSON, and with the tag that it has where it is read.
    ///
    /// # Errors
    /// As [`AppState::content`].
    pub fn run(&self, status: StatusCode, run: &WorkflowRunDetail) -> Result<Response, HttpError> {
        let content = self.content(run)?;
        let tag = EntityTag::of(&content).value();
        Ok((status, [(CONTENT_TYPE, JSON), (ETAG, tag)], content).into_response())
    }

    /// This value as JSON. It does not wait for budget, since a slow client may hold it for any
    /// time.
    ///
    /// # Errors
    /// 503 if the budget is exhausted.
    pub fn content(&self, value: &impl Serialize) -> Result<Bytes, HttpError> {
        let mut start = Start::default();
        write(value, &mut start)?;
        if start.length <= SMALL_BYTES {
            return Ok(Bytes::from(start.json));
        }
        // A run that another program recorded may be larger than the whole budget, which it then
        // takes alone.
        let budget = start.length.min(self.settings.max_buffered_response_bytes);
        let permits = u32::try_from(budget).unwrap_or(u32::MAX);
        let permit = self.response_budget.clone().try_acquire_many_owned(permits);
        let permit = permit.map_err(|_| budget_exhausted())?;
        let mut json = Vec::with_capacity(start.length);
        write(value, &mut json)?;
        Ok(Bytes::from_owner(Budgeted { json, _permit: permit }))
    }

    /// A run of the tenant as JSON, its newest attempt or this one. It is read only if the budget
    /// allows.
    ///
    /// # Errors
    /// As [`AppState::content`], and 404 if there is no such run.
    pub async fn run_content(
        &self,
        tenant: TenantId,
        id: &str,
        attempt: Option<i32>,
    ) -> Result<Bytes, HttpError> {
        // As many runs are in memory as there are slots, and each sees what budget the others left.
        let _slot = self.read_slots.acquire().await;
        let available = self.response_budget.available_permits();
        if available < self.settings.max_buffered_response_bytes
            && available < self.settings.max_body_bytes
            && self.store.text_size(tenant, id).await? > available.max(SMALL_BYTES)
        {
            return Err(budget_exhausted().into());
        }
        let run = match attempt {
            None => self.store.get(tenant, id).await?,
            Some(attempt) => self.store.get_attempt(tenant, id, attempt).await?,
        };
        self.content(&run.ok_or_else(ApiError::execution_not_found)?)
    }
}

/// The start of a response, and the length of all of it. A large response is written only once it
/// has its budget.
#[derive(Default)]
struct Start {
    json: Vec<u8>,
    length: usize,
}

impl Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len();
        if self.length <= SMALL_BYTES {
            self.json.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(value: &impl Serialize, to: impl Write) -> Result<(), ApiError> {
    serde_json::to_writer(to, value).map_err(|error| {
        tracing::error!(%error, "a response cannot be serialized");
        ApiError::internal()
    })
}

/// A body and its budget, which is released when the last of it has been sent.
struct Budgeted {
    json: Vec<u8>,
    _permit: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Budgeted {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

fn budget_exhausted() -> ApiError {
    ApiError::unavailable("The server has too many large responses to send")
}
