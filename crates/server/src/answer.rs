//! Answers as JSON, and the room that large ones take in memory until their clients have taken them.

use std::io::{self, Write};

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use runledger_model::{ApiError, WorkflowRunDetail};
use runledger_store::TenantId;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, TryAcquireError};

use crate::{Ledger, error::Failure};

/// Up to this size in bytes an answer needs no room: most clients' systems take all of it at once.
const SMALL: usize = 64 * 1024;

impl Ledger {
    /// This value as JSON. Nobody waits for room: whoever has it may never give it back.
    ///
    /// # Errors
    /// 503 where all the room is taken.
    pub fn answer(&self, status: StatusCode, value: &impl Serialize) -> Result<Response, Failure> {
        let mut start = Start::default();
        write(value, &mut start)?;
        let bytes = if start.length <= SMALL {
            Bytes::from(start.json)
        } else {
            let size = u32::try_from(start.length).unwrap_or(u32::MAX);
            let room = self.answers.clone().try_acquire_many_owned(size);
            let room = room.map_err(|_: TryAcquireError| no_room())?;
            let mut json = Vec::with_capacity(start.length);
            write(value, &mut json)?;
            Bytes::from_owner(Held(json, room))
        };
        Ok((status, [(CONTENT_TYPE, "application/json")], bytes).into_response())
    }

    /// A tenant's run, read where there is room for it.
    ///
    /// # Errors
    /// As [`Ledger::answer`], but before the run is read, and 404 where there is none.
    pub async fn answer_run(&self, tenant: TenantId, id: &str) -> Result<Response, Failure> {
        // So that no more runs are in memory than there are readers, and each finds out what the others left.
        let _turn = self.turns.acquire().await;
        let room = self.answers.available_permits();
        if room < self.body_limit && self.store.text_size(tenant, id).await? > room.max(SMALL) {
            return Err(no_room().into());
        }
        let run: Option<WorkflowRunDetail> = self.store.get(tenant, id).await?;
        self.answer(StatusCode::OK, &run.ok_or_else(ApiError::execution_not_found)?)
    }
}

/// An answer as far as it is small, and how long all of it is: a large one is written once it has room.
#[derive(Default)]
struct Start {
    json: Vec<u8>,
    length: usize,
}

impl Write for Start {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len();
        if self.length <= SMALL {
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
        tracing::error!(%error, "an answer cannot be written");
        ApiError::internal()
    })
}

/// What is being sent, and its room, which is given back with the last of it.
struct Held(Vec<u8>, #[expect(dead_code, reason = "held for its room")] OwnedSemaphorePermit);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

fn no_room() -> ApiError {
    ApiError::unavailable("The server has too many large answers to send")
}
