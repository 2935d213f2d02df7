//! Where runs live: one trait in the model's words, and an engine per folder behind a cargo feature.

mod key;
#[cfg(feature = "sqlite")]
pub mod sqlite;

use async_trait::async_trait;
pub use key::{ApiKey, KeyHash, ListedKey, NewApiKey, new_secret};
use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail, WorkflowRunStatus,
};

/// One customer of the ledger; whoever holds its keys sees its runs and no other's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(pub i64);

/// What became of a run that was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It is new.
    Created,
    /// It replaced another state.
    Updated,
    /// It was there in just this state; nothing was written.
    Unchanged,
    /// It has finished and would have become live again; nothing was written.
    Conflict {
        /// The final status that stays.
        from: WorkflowRunStatus,
        /// The live status that was refused.
        to: WorkflowRunStatus,
    },
}

/// Why the store could not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The file or the disk under it failed, or the engine did.
    #[error("the database failed: {0}")]
    Engine(String),
    /// Another process held the database for longer than it was waited for; later it may be free.
    #[error("another process holds the database")]
    Busy,
    /// The file cannot be used as it is; the message says why and what to do. It was not changed.
    #[error("{0}")]
    Refused(String),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

/// A ledger of runs. What works on runs takes the tenant first and touches nothing of another's.
#[async_trait]
pub trait Store: Send + Sync {
    /// One page of a tenant's runs, newest first (`created_at`, then `id` by its bytes, both descending), and
    /// the exact totals of all that match; page and totals come from one moment.
    async fn list(
        &self,
        tenant: TenantId,
        query: ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse, StoreError>;

    /// One run with its steps; `None` where the tenant has no such run.
    async fn get(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Option<WorkflowRunDetail>, StoreError>;

    /// How many bytes of text a tenant's run has in its steps, which is found much faster than the text; 0 where there
    /// is no such run.
    async fn size(&self, tenant: TenantId, id: &str) -> Result<usize, StoreError>;

    /// Records runs in the order given, one result each, all in one transaction: once this answers they are
    /// on disk, and where it fails none is recorded. A run that stands twice is recorded twice, in order.
    async fn record(
        &self,
        tenant: TenantId,
        runs: Vec<WorkflowRunDetail>,
    ) -> Result<Vec<Recorded>, StoreError>;

    /// The tenant of that name, made where there is none.
    async fn tenant(&self, name: &str) -> Result<TenantId, StoreError>;

    /// The tenant of that name; `None` where there is none.
    async fn find_tenant(&self, name: &str) -> Result<Option<TenantId>, StoreError>;

    /// Makes a key; its secret is known to the caller only. Answers the key's id. A second key with the same
    /// secret is refused.
    async fn create_key(&self, key: NewApiKey) -> Result<i64, StoreError>;

    /// Every key of every tenant, in the order in which they were made.
    async fn keys(&self) -> Result<Vec<ListedKey>, StoreError>;

    /// Revokes a key, with effect at once for this store, and within a second for others that have the same
    /// ledger open; `false` where there is none with this id.
    async fn revoke_key(&self, id: i64) -> Result<bool, StoreError>;

    /// Whether the store can read and write at this moment; the error says why it cannot.
    async fn ready(&self) -> Result<(), StoreError>;

    /// The key with this hash, expired and revoked ones included; reads no database for a key that is known.
    async fn key(&self, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError>;
}
