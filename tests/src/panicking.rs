//! A store with a mistake in it.

use std::sync::Arc;

use async_trait::async_trait;
use runledger_model::{ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail};
use runledger_store::{
    ApiKey, KeyHash, ListedKey, NewApiKey, Recorded, Store, StoreError, TenantId,
};

/// A store that panics where it should list, and says what it was asked as one who debugs would; all else is done
/// by the store within.
pub struct PanickingLists(pub Arc<dyn Store>);

#[async_trait]
impl Store for PanickingLists {
    async fn list(
        &self,
        tenant: TenantId,
        query: ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse, StoreError> {
        panic!("no list of {tenant:?} for {query:?}")
    }

    async fn get(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Option<WorkflowRunDetail>, StoreError> {
        self.0.get(tenant, id).await
    }

    async fn record(
        &self,
        tenant: TenantId,
        runs: Vec<WorkflowRunDetail>,
    ) -> Result<Vec<Recorded>, StoreError> {
        self.0.record(tenant, runs).await
    }

    async fn size(&self, tenant: TenantId, id: &str) -> Result<usize, StoreError> {
        self.0.size(tenant, id).await
    }

    async fn tenant(&self, name: &str) -> Result<TenantId, StoreError> {
        self.0.tenant(name).await
    }

    async fn find_tenant(&self, name: &str) -> Result<Option<TenantId>, StoreError> {
        self.0.find_tenant(name).await
    }

    async fn create_key(&self, key: NewApiKey) -> Result<i64, StoreError> {
        self.0.create_key(key).await
    }

    async fn keys(&self) -> Result<Vec<ListedKey>, StoreError> {
        self.0.keys().await
    }

    async fn revoke_key(&self, id: i64) -> Result<bool, StoreError> {
        self.0.revoke_key(id).await
    }

    async fn ready(&self) -> Result<(), StoreError> {
        self.0.ready().await
    }

    async fn key(&self, hash: &KeyHash) -> Result<Option<ApiKey>, StoreError> {
        self.0.key(hash).await
    }
}
