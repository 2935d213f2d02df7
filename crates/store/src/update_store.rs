//! The trait for changes that depend on what is recorded.

use std::sync::Arc;

use async_trait::async_trait;
use runledger_model::{ApiError, Recording, RunPatch, WorkflowRunDetail, WorkflowRunMetadata};

use crate::{Heartbeat, Recorded, RecordedRun, Result, TenantId};

/// What must hold for the run that is recorded under an id, or for there being none.
pub type Condition = Arc<dyn Fn(Option<&WorkflowRunDetail>) -> bool + Send + Sync>;

/// The result of merging what is known by now into a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// What was done: the run is created, updated or unchanged.
    pub recorded: Recorded,
    /// The run after it, without its steps.
    pub run: WorkflowRunMetadata,
    /// All of the attempt after it, as [`RunStore::get_attempt`](crate::RunStore::get_attempt)
    /// returns it, if it had to be read anyway or has few steps; otherwise `None`.
    pub whole: Option<WorkflowRunDetail>,
}

/// Up to this size of its steps as JSON, in bytes, all of a run is read after a merge.
pub const MAX_READ_BYTES: usize = 16 * 1024;

/// Why a change was refused; nothing was changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// The condition does not hold.
    Condition,
    /// The run cannot be merged so.
    Invalid(ApiError),
    /// The whole run would be larger than permitted.
    TooLarge {
        /// Its size as JSON in bytes.
        bytes: usize,
    },
}

/// Changes runs depending on what is recorded. A condition is evaluated in the transaction of the
/// change.
///
/// # Errors
/// As [`RunStore`](crate::RunStore).
#[async_trait]
pub trait UpdateStore: Send + Sync {
    /// Records one run as [`RunStore::record_all`](crate::RunStore::record_all) does, if the
    /// condition, where there is one, holds for the attempt that it names, or for the newest one if
    /// that attempt is not recorded or none is named; otherwise [`Refused::Condition`].
    ///
    /// # Errors
    /// As stated for the [trait](UpdateStore).
    async fn record_if(
        &self,
        tenant: TenantId,
        run: Recording,
        condition: Option<Condition>,
    ) -> Result<Result<RecordedRun, Refused>>;

    /// Deletes a run as [`RunStore::delete`](crate::RunStore::delete) does, if the condition, where
    /// there is one, holds for what is recorded under its id; otherwise [`Refused::Condition`].
    ///
    /// # Errors
    /// As stated for the [trait](UpdateStore).
    async fn delete_if(
        &self,
        tenant: TenantId,
        id: &str,
        condition: Option<Condition>,
    ) -> Result<Result<bool, Refused>>;

    /// Merges what is known by now into a run, as [`merge`](crate::merge) does, or begins it. A
    /// condition applies to the same attempt as that of [`record_if`](UpdateStore::record_if). The
    /// cost is that of the steps that are named, unless there is a condition. `max_bytes` is the
    /// greatest [size](crate::RunSize) of the whole run in the form in which it is returned.
    ///
    /// # Errors
    /// As stated for the [trait](UpdateStore).
    async fn patch(
        &self,
        tenant: TenantId,
        patch: RunPatch,
        condition: Option<Condition>,
        max_bytes: usize,
    ) -> Result<Result<Patched, Refused>>;

    /// The live runs of all tenants that have a `heartbeat_timeout`, in any order.
    ///
    /// # Errors
    /// As stated for the [trait](UpdateStore).
    async fn heartbeats(&self) -> Result<Vec<Heartbeat>>;

    /// Ends a run as [`Heartbeat::end`] states, unless it was recorded since this heartbeat.
    /// Returns whether it was ended.
    ///
    /// # Errors
    /// As stated for the [trait](UpdateStore).
    async fn end_lost(&self, heartbeat: Heartbeat) -> Result<bool>;
}
