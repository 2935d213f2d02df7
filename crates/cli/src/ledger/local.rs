//! A tenant's ledger in a database file.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use futures_util::{Stream, TryStreamExt, stream};
use runledger_model::{
    ListCursor, ListExecutionsQuery, ListWorkflowRunsResponse, Recording, WorkflowRunChange,
    WorkflowRunDetail, WorkflowRunMetadata, limits::MAX_PAGE_LIMIT,
};
use runledger_store::{Store, TenantId};
use tokio::sync::watch;

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
    pub async fn record(&self, runs: Vec<Recording>) -> Result<Vec<Outcome>> {
        let recorded = self.store.record_all(self.tenant, runs).await?;
        Ok(recorded.into_iter().map(|run| run.recorded.into()).collect())
    }

    /// The run with this id; `None` if there is none.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn get(&self, id: &str) -> Result<Option<WorkflowRunDetail>> {
        Ok(self.store.get(self.tenant, id).await?)
    }

    /// This attempt of a run; `None` if it is not recorded.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn get_attempt(&self, id: &str, attempt: i32) -> Result<Option<WorkflowRunDetail>> {
        Ok(self.store.get_attempt(self.tenant, id, attempt).await?)
    }

    /// At most `max` runs that changed after the change with this number, ascending by number.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn changes(&self, after: u64, max: usize) -> Result<Vec<WorkflowRunChange>> {
        let changes = self.store.changes(self.tenant, after, max).await?.changes;
        Ok(changes.into_iter().map(Into::into).collect())
    }

    /// The number of the last change.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn last_change(&self) -> Result<u64> {
        Ok(self.store.last_change(self.tenant).await?)
    }

    /// Moves after each change.
    pub fn watch_changes(&self) -> watch::Receiver<u64> {
        self.store.watch_changes(self.tenant)
    }

    /// One page of runs.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn page(&self, query: &ListExecutionsQuery) -> Result<ListWorkflowRunsResponse> {
        Ok(self.store.list(self.tenant, query.clone()).await?)
    }

    /// All runs that match the filters, newest first. The stream ends after an error.
    pub fn runs(
        &self,
        query: ListExecutionsQuery,
    ) -> impl Stream<Item = Result<WorkflowRunMetadata>> {
        let first = ListExecutionsQuery {
            page: 1,
            limit: MAX_PAGE_LIMIT,
            cursor: Some(ListCursor::Newest),
            ..query
        };
        let pages = stream::try_unfold(Some(first), move |query| async move {
            let Some(query) = query else { return anyhow::Ok(None) };
            let page = self.store.list(self.tenant, query.clone()).await?;
            let next = page.next_cursor.flatten().map(|cursor| parse(&cursor)).transpose()?;
            let next = next.map(|cursor| ListExecutionsQuery { cursor: Some(cursor), ..query });
            Ok(Some((stream::iter(page.items.into_iter().map(Ok)), next)))
        });
        pages.try_flatten()
    }
}

/// The cursor of the next page. Without it, the rest of the runs would be missing.
fn parse(cursor: &str) -> Result<ListCursor> {
    cursor.parse().map_err(|_| anyhow!("the next cursor of a page is not valid: {cursor:?}"))
}
