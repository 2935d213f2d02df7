//! An engine in memory: for tests, and as the statement of what other engines must do. Nothing is
//! kept on a disk.

mod change_log;
mod keys;
mod runs;
mod workflows;

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use async_trait::async_trait;
use runledger_model::{
    ApiError, Histogram, HistogramQuery, ListExecutionsQuery, ListWorkflowRunsResponse,
    ListWorkflowsQuery, Recording, RunPatch, WorkflowList, WorkflowRunDetail,
};
use tokio::sync::watch;

use self::keys::Keys;
pub use self::runs::Runs;
use crate::{
    AnalysisStore, ApiKey, ChangeFeed, ChangeStore, Changes, Condition, Heartbeat, KeyHash,
    KeyStore, ListedKey, MAX_READ_BYTES, NewApiKey, Patched, RecordedRun, Refused, Result,
    RunFilter, RunStore, Store, TenantId, UpdateStore, Usage, json_bytes,
};

/// A ledger in memory. A new one is empty.
#[derive(Default)]
pub struct MemoryStore {
    content: RwLock<Content>,
    feed: ChangeFeed,
}

#[derive(Default)]
struct Content {
    tenants: BTreeMap<String, TenantId>,
    runs: BTreeMap<TenantId, Runs>,
    keys: Keys,
}

impl MemoryStore {
    fn read(&self) -> RwLockReadGuard<'_, Content> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Content> {
        self.content.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the runs of a tenant, and wakes those who wait for changes.
    fn change<T>(&self, tenant: TenantId, change: impl FnOnce(&mut Runs) -> T) -> T {
        let mut content = self.write();
        let runs = content.runs.entry(tenant).or_default();
        let result = change(runs);
        self.feed.publish(tenant, runs.last_change());
        result
    }
}

#[async_trait]
impl RunStore for MemoryStore {
    async fn list(
        &self,
        tenant: TenantId,
        query: ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse> {
        let content = self.read();
        let runs = content.runs.get(&tenant);
        runs.map_or_else(|| Runs::default().list(&query), |runs| runs.list(&query))
    }

    async fn get(&self, tenant: TenantId, id: &str) -> Result<Option<WorkflowRunDetail>> {
        Ok(self.read().runs.get(&tenant).and_then(|runs| runs.get(id)))
    }

    async fn get_attempt(
        &self,
        tenant: TenantId,
        id: &str,
        attempt: i32,
    ) -> Result<Option<WorkflowRunDetail>> {
        Ok(self.read().runs.get(&tenant).and_then(|runs| runs.get_attempt(id, attempt)))
    }

    async fn text_size(&self, tenant: TenantId, id: &str) -> Result<usize> {
        Ok(self.read().runs.get(&tenant).map_or(0, |runs| runs.text_size(id)))
    }

    async fn record_all(&self, tenant: TenantId, runs: Vec<Recording>) -> Result<Vec<RecordedRun>> {
        Ok(self.change(tenant, |ledger| runs.into_iter().map(|run| ledger.record(run)).collect()))
    }

    async fn delete(&self, tenant: TenantId, id: &str) -> Result<bool> {
        Ok(self.change(tenant, |ledger| ledger.delete(id)))
    }

    async fn delete_oldest(
        &self,
        tenant: TenantId,
        filter: RunFilter,
        max: usize,
    ) -> Result<usize> {
        Ok(self.change(tenant, |ledger| ledger.delete_oldest(&filter, max)))
    }

    async fn release_disk_space(&self, _: u64) -> Result<u64> {
        Ok(0)
    }
}

#[async_trait]
impl UpdateStore for MemoryStore {
    async fn record_if(
        &self,
        tenant: TenantId,
        run: Recording,
        condition: Option<Condition>,
    ) -> Result<Result<RecordedRun, Refused>> {
        Ok(self.change(tenant, |ledger| {
            expect(condition.as_ref(), || ledger.get_or_newest(run.id(), run.attempt()))?;
            Ok(ledger.record(run))
        }))
    }

    async fn delete_if(
        &self,
        tenant: TenantId,
        id: &str,
        condition: Option<Condition>,
    ) -> Result<Result<bool, Refused>> {
        Ok(self.change(tenant, |ledger| {
            expect(condition.as_ref(), || ledger.get(id))?;
            Ok(ledger.delete(id))
        }))
    }

    async fn patch(
        &self,
        tenant: TenantId,
        patch: RunPatch,
        condition: Option<Condition>,
        max_bytes: usize,
    ) -> Result<Result<Patched, Refused>> {
        Ok(self.change(tenant, |ledger| {
            let attempt = patch.run.attempt.flatten();
            expect(condition.as_ref(), || ledger.get_or_newest(&patch.id, attempt))?;
            let patched = ledger.patch(&patch, max_bytes)?;
            let whole = ledger.get_attempt(&patch.id, patched.run.attempt);
            let is_small = |run: &WorkflowRunDetail| json_bytes(&run.steps) <= MAX_READ_BYTES;
            let whole = whole.filter(|run| condition.is_some() || is_small(run));
            Ok(Patched { whole, ..patched })
        }))
    }

    async fn heartbeats(&self) -> Result<Vec<Heartbeat>> {
        let content = self.read();
        Ok(content.runs.iter().flat_map(|(tenant, runs)| runs.heartbeats(*tenant)).collect())
    }

    async fn end_lost(&self, heartbeat: Heartbeat) -> Result<bool> {
        Ok(self.change(heartbeat.tenant, |ledger| ledger.end_lost(&heartbeat)))
    }
}

#[async_trait]
impl AnalysisStore for MemoryStore {
    async fn histogram(
        &self,
        tenant: TenantId,
        query: HistogramQuery,
    ) -> Result<Result<Histogram, ApiError>> {
        let content = self.read();
        let runs = content.runs.get(&tenant);
        runs.map_or_else(|| Runs::default().histogram(&query), |runs| runs.histogram(&query))
    }

    async fn workflows(&self, tenant: TenantId, query: ListWorkflowsQuery) -> Result<WorkflowList> {
        let content = self.read();
        let runs = content.runs.get(&tenant);
        Ok(runs.map_or_else(|| Runs::default().workflows(&query), |runs| runs.workflows(&query)))
    }
}

#[async_trait]
impl ChangeStore for MemoryStore {
    async fn changes(&self, tenant: TenantId, after: u64, max: usize) -> Result<Changes> {
        let content = self.read();
        let runs = content.runs.get(&tenant);
        Ok(runs.map_or_else(|| Runs::default().changes(after, max), |it| it.changes(after, max)))
    }

    async fn last_change(&self, tenant: TenantId) -> Result<u64> {
        Ok(self.read().runs.get(&tenant).map_or(0, Runs::last_change))
    }

    fn watch_changes(&self, tenant: TenantId) -> watch::Receiver<u64> {
        self.feed.watch(tenant)
    }
}

#[async_trait]
impl KeyStore for MemoryStore {
    async fn find_or_create_tenant(&self, name: &str) -> Result<TenantId> {
        let mut content = self.write();
        let next = TenantId(content.tenants.len() as i64 + 1);
        Ok(*content.tenants.entry(name.to_owned()).or_insert(next))
    }

    async fn find_tenant(&self, name: &str) -> Result<Option<TenantId>> {
        Ok(self.read().tenants.get(name).copied())
    }

    async fn list_tenants(&self) -> Result<Vec<(TenantId, String)>> {
        Ok(self.read().tenants.iter().map(|(name, tenant)| (*tenant, name.clone())).collect())
    }

    async fn create_key(&self, key: NewApiKey) -> Result<i64> {
        self.write().keys.create(key)
    }

    async fn list_keys(&self) -> Result<Vec<ListedKey>> {
        let content = self.read();
        let name = |tenant| {
            let names = content.tenants.iter();
            names.into_iter().find(|(_, id)| **id == tenant).map(|(name, _)| name.clone())
        };
        Ok(content.keys.list(name))
    }

    async fn find_key(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        Ok(self.write().keys.find(hash))
    }

    async fn revoke_key(&self, id: i64) -> Result<bool> {
        Ok(self.write().keys.revoke(id))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn ready(&self) -> Result<()> {
        Ok(())
    }

    fn usage(&self) -> Usage {
        Usage::default()
    }
}

/// Checks that a condition, if there is one, holds for a run.
fn expect(
    condition: Option<&Condition>,
    run: impl FnOnce() -> Option<WorkflowRunDetail>,
) -> Result<(), Refused> {
    match condition {
        Some(condition) if !condition(run().as_ref()) => Err(Refused::Condition),
        _ => Ok(()),
    }
}
