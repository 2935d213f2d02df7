//! The trait for what works on runs.

use async_trait::async_trait;
use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, Recording, WorkflowRunDetail,
};

use crate::{Recorded, RecordedRun, Result, RunFilter, TenantId};

/// Records, lists and gets runs. Every method takes the tenant first and touches no other tenant's
/// runs.
///
/// # Errors
/// Every method fails with [`Busy`](crate::StoreError::Busy) while another process holds the
/// database, with [`Closed`](crate::StoreError::Closed) after the store was closed, and with
/// [`Engine`](crate::StoreError::Engine) where the database or its disk fails.
#[async_trait]
pub trait RunStore: Send + Sync {
    /// One page of the tenant's runs, newest first (by `created_at`, then by the bytes of `id`,
    /// both descending), with the exact totals of all runs that match. Page and totals are of the
    /// same moment.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore), and
    /// [`TooBroad`](crate::StoreError::TooBroad) for several pairs of metadata, or pairs and a
    /// workflow, where each of them matches more than [`MAX_TESTED_RUNS`](crate::MAX_TESTED_RUNS)
    /// runs of the states and the range.
    async fn list(
        &self,
        tenant: TenantId,
        query: ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse>;

    /// The newest attempt of a run with its steps, and the list of its attempts where there are
    /// several; `None` if the tenant has no run with this id.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore).
    async fn get(&self, tenant: TenantId, id: &str) -> Result<Option<WorkflowRunDetail>>;

    /// As [`get`](RunStore::get), the attempt with this number; `None` also if it is not recorded.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore).
    async fn get_attempt(
        &self,
        tenant: TenantId,
        id: &str,
        attempt: i32,
    ) -> Result<Option<WorkflowRunDetail>>;

    /// The size in bytes of the text in a run's steps (ids, names and errors), and about that of
    /// their optional fields; 0 if there is no such run. This is much faster than
    /// [`get`](RunStore::get), because no text is read.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore).
    async fn text_size(&self, tenant: TenantId, id: &str) -> Result<usize>;

    /// Records runs in the order given and returns one result for each, in the same order. A run
    /// that is listed twice is recorded twice. [`decide`](crate::decide) says what each does.
    ///
    /// All of it is one transaction: when this returns, the runs are on disk.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore); none of the runs is recorded then.
    async fn record_all(&self, tenant: TenantId, runs: Vec<Recording>) -> Result<Vec<RecordedRun>>;

    /// As [`record_all`](RunStore::record_all), for runs of which nothing is left out.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore); none of the runs is recorded then.
    async fn record(
        &self,
        tenant: TenantId,
        runs: Vec<WorkflowRunDetail>,
    ) -> Result<Vec<Recorded>> {
        let runs = runs.into_iter().map(Recording::from).collect();
        let recorded = self.record_all(tenant, runs).await?;
        Ok(recorded.into_iter().map(|run| run.recorded).collect())
    }

    /// Deletes a run with all its attempts and their steps. Returns `false` if the tenant has no
    /// run with this id. When this returns, the deletion is on disk.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore).
    async fn delete(&self, tenant: TenantId, id: &str) -> Result<bool>;

    /// Deletes at most `max` of the runs that match, the oldest first, in one transaction. Returns
    /// how many were deleted; fewer than `max` if no more match. When this returns, the deletion is
    /// on disk.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore); none of the runs is deleted then.
    async fn delete_oldest(&self, tenant: TenantId, filter: RunFilter, max: usize)
    -> Result<usize>;

    /// Gives disk space that deleted runs of any tenant have left back to the operating system, at
    /// most about `max_bytes`, in one transaction. Returns the number of bytes; 0 if there is
    /// nothing left to give back. The file itself may become smaller only later, when the engine
    /// moves its log into it.
    ///
    /// # Errors
    /// As stated for the [trait](RunStore).
    async fn release_disk_space(&self, max_bytes: u64) -> Result<u64>;
}
