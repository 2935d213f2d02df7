//! A store that panics.

use std::sync::Arc;

use async_trait::async_trait;
use runledger_model::{
    ApiError, Histogram, HistogramQuery, ListExecutionsQuery, ListWorkflowRunsResponse,
    ListWorkflowsQuery, Recording, RunPatch, WorkflowList, WorkflowRunDetail,
};
use runledger_store::{
    AnalysisStore, ApiKey, ChangeStore, Changes, Condition, Heartbeat, KeyHash, KeyStore,
    ListedKey, NewApiKey, Patched, RecordedRun, Refused, Result, RunFilter, RunStore, Store,
    TenantId, UpdateStore, Usage,
};
use tokio::sync::watch;

/// A store that panics when it lists runs; the message contains the tenant and the query. All other
/// methods are those of the inner store.
pub struct PanickingLists(pub Arc<dyn Store>);

#[async_trait]
impl RunStore for PanickingLists {
    async fn list(
        &self,
        tenant: TenantId,
        query: ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse> {
        panic!("no list of {tenant:?} for {query:?}")
    }

    async fn get(&self, tenant: TenantId, id: &str) -> Result<Option<WorkflowRunDetail>> {
        self.0.get(tenant, id).await
    }

    async fn text_size(&self, tenant: TenantId, id: &str) -> Result<usize> {
        self.0.text_size(tenant, id).await
    }

    async fn get_attempt(
        &self,
        tenant: TenantId,
        id: &str,
        attempt: i32,
    ) -> Result<Option<WorkflowRunDetail>> {
        self.0.get_attempt(tenant, id, attempt).await
    }

    async fn record_all(&self, tenant: TenantId, runs: Vec<Recording>) -> Result<Vec<RecordedRun>> {
        self.0.record_all(tenant, runs).await
    }

    async fn delete(&self, tenant: TenantId, id: &str) -> Result<bool> {
        self.0.delete(tenant, id).await
    }

    async fn delete_oldest(
        &self,
        tenant: TenantId,
        filter: RunFilter,
        max: usize,
    ) -> Result<usize> {
        self.0.delete_oldest(tenant, filter, max).await
    }

    async fn release_disk_space(&self, max_bytes: u64) -> Result<u64> {
        self.0.release_disk_space(max_bytes).await
    }
}

#[async_trait]
impl UpdateStore for PanickingLists {
    async fn record_if(
        &self,
        tenant: TenantId,
        run: Recording,
        condition: Option<Condition>,
    ) -> Result<Result<RecordedRun, Refused>> {
        self.0.record_if(tenant, run, condition).await
    }

    async fn delete_if(
        &self,
        tenant: TenantId,
        id: &str,
        condition: Option<Condition>,
    ) -> Result<Result<bool, Refused>> {
        self.0.delete_if(tenant, id, condition).await
    }

    async fn patch(
        &self,
        tenant: TenantId,
        patch: RunPatch,
        condition: Option<Condition>,
        max_bytes: usize,
    ) -> Result<Result<Patched, Refused>> {
        self.0.patch(tenant, patch, condition, max_bytes).await
    }

    async fn heartbeats(&self) -> Result<Vec<Heartbeat>> {
        self.0.heartbeats().await
    }

    async fn end_lost(&self, heartbeat: Heartbeat) -> Result<bool> {
        self.0.end_lost(heartbeat).await
    }
}

#[async_trait]
impl AnalysisStore for PanickingLists {
    async fn histogram(
        &self,
        tenant: TenantId,
        query: HistogramQuery,
    ) -> Result<Result<Histogram, ApiError>> {
        self.0.histogram(tenant, query).await
    }

    async fn workflows(&self, tenant: TenantId, query: ListWorkflowsQuery) -> Result<WorkflowList> {
        self.0.workflows(tenant, query).await
    }
}

#[async_trait]
impl ChangeStore for PanickingLists {
    async fn changes(&self, tenant: TenantId, after: u64, max: usize) -> Result<Changes> {
        self.0.changes(tenant, after, max).await
    }

    async fn last_change(&self, tenant: TenantId) -> Result<u64> {
        self.0.last_change(tenant).await
    }

    fn watch_changes(&self, tenant: TenantId) -> watch::Receiver<u64> {
        self.0.watch_changes(tenant)
    }
}

#[async_trait]
impl KeyStore for PanickingLists {
    async fn find_or_create_tenant(&self, name: &str) -> Result<TenantId> {
        self.0.find_or_create_tenant(name).await
    }

    async fn find_tenant(&self, name: &str) -> Result<Option<TenantId>> {
        self.0.find_tenant(name).await
    }

    async fn list_tenants(&self) -> Result<Vec<(TenantId, String)>> {
        self.0.list_tenants().await
    }

    async fn create_key(&self, key: NewApiKey) -> Result<i64> {
        self.0.create_key(key).await
    }

    async fn list_keys(&self) -> Result<Vec<ListedKey>> {
        self.0.list_keys().await
    }

    async fn find_key(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        self.0.find_key(hash).await
    }

    async fn revoke_key(&self, id: i64) -> Result<bool> {
        self.0.revoke_key(id).await
    }
}

#[async_trait]
impl Store for PanickingLists {
    async fn ready(&self) -> Result<()> {
        self.0.ready().await
    }

    fn usage(&self) -> Usage {
        self.0.usage()
    }
}
