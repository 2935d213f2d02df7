//! The trait for what is computed over many runs.

use async_trait::async_trait;
use runledger_model::{ApiError, Histogram, HistogramQuery, ListWorkflowsQuery, WorkflowList};

use crate::{Result, TenantId};

/// Analyzes the runs of a tenant. Every method takes the tenant first, and its result is of one
/// moment.
///
/// # Errors
/// Every method fails as stated for [`RunStore`](crate::RunStore).
#[async_trait]
pub trait AnalysisStore: Send + Sync {
    /// The exact number of matching runs in each bucket of time. An inner error is that of a query
    /// that gives too many buckets.
    ///
    /// # Errors
    /// As [`RunStore::list`](crate::RunStore::list).
    async fn histogram(
        &self,
        tenant: TenantId,
        query: HistogramQuery,
    ) -> Result<Result<Histogram, ApiError>>;

    /// One page of the workflows that have runs, with the exact number of those that match. The one
    /// whose newest run is newest, in the order of lists, comes first.
    ///
    /// # Errors
    /// As stated for the [trait](AnalysisStore).
    async fn workflows(&self, tenant: TenantId, query: ListWorkflowsQuery) -> Result<WorkflowList>;
}
