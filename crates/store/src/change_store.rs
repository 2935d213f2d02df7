//! The trait for what has changed.

use async_trait::async_trait;
use runledger_model::{
    ApiError, WorkflowRunChange, WorkflowRunChanges, WorkflowRunMetadata, check_change_number,
};
use tokio::sync::watch;

use crate::{Result, TenantId};

/// The changes of runs, by their numbers. Every method takes the tenant first and sees no other
/// tenant's changes.
///
/// Every committed change of a run takes the tenant's next number: 1, 2, 3 and so on. A change is a
/// recording that creates or updates the run, or its deletion. A recording that changes nothing, or
/// is refused, takes no number. No number is ever used twice, unless an older copy of the ledger is
/// restored. A run has the number of its last
/// change; a deleted run has the number of its deletion until its id is recorded again, or until
/// the deletion is forgotten.
///
/// # Errors
/// Every method fails as stated for [`RunStore`](crate::RunStore).
#[async_trait]
pub trait ChangeStore: Send + Sync {
    /// The runs whose last change has a number above `after`, each once in its newest state,
    /// ascending by number, at most `max`. All of it is of one moment.
    ///
    /// # Errors
    /// As stated for the [trait](ChangeStore).
    async fn changes(&self, tenant: TenantId, after: u64, max: usize) -> Result<Changes>;

    /// The number of the tenant's last change; 0 if there was none. It is exact: a change that
    /// was committed, also by another process, before the call is counted. It costs about a
    /// microsecond where nothing was committed since the last call.
    ///
    /// # Errors
    /// As stated for the [trait](ChangeStore).
    async fn last_change(&self, tenant: TenantId) -> Result<u64>;

    /// Moves after each commit that changed the tenant's runs; after a commit of another process
    /// within 250 ms. Only the moves count: the value may be older than the last change. A caller
    /// that watches first and reads then misses nothing.
    fn watch_changes(&self, tenant: TenantId) -> watch::Receiver<u64>;
}

/// The runs that have changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// The runs, ascending by number.
    pub changes: Vec<RunChange>,
    /// The number of the tenant's last change at that moment; 0 if there was none.
    pub last: u64,
    /// Deletions up to this number are forgotten; 0 if none is. A program that goes on from a
    /// smaller number, other than in a walk that began at 0, has missed deletions.
    pub deletions_after: u64,
}

/// The last change of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunChange {
    /// The number of the change.
    pub number: u64,
    /// The id of the run.
    pub id: String,
    /// The run after the change; `None` if it was deleted.
    pub run: Option<WorkflowRunMetadata>,
}

impl Changes {
    /// The response to a request for the changes above `after`, a parameter.
    ///
    /// # Errors
    /// 400 if no change has this number yet.
    pub fn into_response(self, after: u64) -> Result<WorkflowRunChanges, ApiError> {
        let Self { changes, last, deletions_after } = self;
        check_change_number("after", after, last)?;
        let next_after = changes.last().map_or(after, |change| change.number);
        Ok(WorkflowRunChanges {
            items: changes.into_iter().map(Into::into).collect(),
            next_after: next_after.cast_signed(),
            deletions_after: deletions_after.cast_signed(),
        })
    }
}

impl From<RunChange> for WorkflowRunChange {
    fn from(change: RunChange) -> Self {
        let RunChange { number, id, run } = change;
        Self { number: number.cast_signed(), id, deleted: run.is_none(), run }
    }
}
