//! A tenant's ledger in a database file.

use std::sync::Arc;

use anyhow::Result;
use futures_util::{Stream, TryStreamExt, stream};
use runledger_model::{ListExecutionsQuery, Timestamp, WorkflowRunDetail, WorkflowRunMetadata};
use runledger_store::{Store, TenantId};

use super::outcome::Outcome;

/// A tenant's runs in an open database.
pub struct LocalLedger {
    store: Arc<dyn Store>,
    tenant: TenantId,
}

impl LocalLedger {
    /// The ledger of this tenant.
    pub fn new(store: Arc<dyn Store>, tenant: TenantId) -> Self {
        Self { store, tenant }
    }

    /// Records runs in this order, in one transaction.
    ///
    /// # Errors
    /// If the store fails. No run is recorded then.
    pub async fn record(&self, runs: Vec<WorkflowRunDetail>) -> Result<Vec<Outcome>> {
        let recorded = self.store.record(self.tenant, runs).await?;
        Ok(recorded.into_iter().map(Outcome::from).collect())
    }

    /// The run with this id; `None` if there is none.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn get(&self, id: &str) -> Result<Option<WorkflowRunDetail>> {
        Ok(self.store.get(self.tenant, id).await?)
    }

    /// All runs that match the filters, newest first. The stream ends after an error.
    pub fn runs(
        &self,
        query: ListExecutionsQuery,
    ) -> impl Stream<Item = Result<WorkflowRunMetadata>> {
        let first = ListExecutionsQuery {
            page: 1,
            limit: runledger_model::limits::MAX_PAGE_LIMIT,
            ..query
        };
        let pages = stream::try_unfold((Some(first), None), move |(query, last)| async move {
            let Some(mut query) = query else { return anyhow::Ok(None) };
            let mut runs = self.store.list(self.tenant, query.clone()).await?.items;
            let is_last = runs.len() < query.limit as usize;
            query.page += 1;
            // Runs recorded meanwhile push older ones to the next page, where they come again.
            runs.retain(|run| last.as_ref().is_none_or(|last| sort_key(run) < *last));
            let last = runs.last().map(sort_key).or(last);
            let items = stream::iter(runs.into_iter().map(Ok));
            Ok(Some((items, ((!is_last).then_some(query), last))))
        });
        pages.try_flatten()
    }
}

/// The list is in descending order of this key.
fn sort_key(run: &WorkflowRunMetadata) -> (Timestamp, String) {
    (run.created_at, run.id.clone())
}
