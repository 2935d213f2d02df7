//! The open ledger.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use runledger_model::{
    ApiError, Histogram, HistogramQuery, ListExecutionsQuery, ListWorkflowRunsResponse,
    ListWorkflowsQuery, Recording, RunPatch, Timestamp, WorkflowList, WorkflowRunDetail,
};
use runledger_store::{
    AnalysisStore, ApiKey, ChangeFeed, ChangeStore, Changes, Condition, Heartbeat, KeyCache,
    KeyHash, KeyStore, ListedKey, NewApiKey, Patched, RecordedRun, Refused, Result, RunFilter,
    RunStore, Store, StoreError, TenantId, UpdateStore, Usage,
};
use tokio::sync::watch;

use crate::{
    Reader,
    background_check::BackgroundCheck,
    check, connection,
    delete::{delete, delete_oldest},
    disk_space, earlier_attempts,
    error::not_readable,
    files::length_beside,
    follower::Follower,
    heartbeats, id_code, inspect, keys,
    last_changes::LastChanges,
    log_index::LogIndex,
    merge, migrations,
    readers::Readers,
    record::record,
    serving_lock::ServingLock,
    tenants,
    writer::{Batch, Writer},
};

/// A file of at most this length in bytes is checked for damage before it is served, which takes
/// about 100 ms at most. A larger one is checked while it is served.
const MAX_CHECKED_BYTES: u64 = 16 * 1024 * 1024;

/// A ledger in one SQLite file.
pub struct SqliteStore {
    path: PathBuf,
    background_check: Option<BackgroundCheck>,
    // Declared, and so dropped, before the writer, whose connection is closed last and then deletes
    // the log.
    readers: Readers,
    last_changes: LastChanges,
    _follower: Option<Follower>,
    /// `None`: the file was opened for reading only.
    writer: Option<Writer>,
    keys: Arc<KeyCache>,
    feed: Arc<ChangeFeed>,
    // Released last, when nothing of the file is open any more.
    serving: Option<ServingLock>,
}

impl SqliteStore {
    /// Opens the file, as [`Database::open_or_create`](runledger_store::Database::open_or_create).
    ///
    /// # Errors
    /// As stated there.
    pub fn open(path: &Path) -> Result<Self> {
        // A file must not be migrated while an older program serves it.
        let version = inspect::schema_version(path)?;
        let is_older = version.is_some_and(|version| version < migrations::NEWEST);
        let serving = if is_older { Some(ServingLock::acquire(path)?) } else { None };
        let store = Self::start(path, serving.is_some())?;
        drop(serving);
        Ok(store)
    }

    /// Opens the file as the one process that serves it, as
    /// [`Database::serve`](runledger_store::Database::serve). A file of up to 16 MiB is checked for
    /// damage first, and a larger one meanwhile.
    ///
    /// # Errors
    /// As stated there.
    pub fn serve(path: &Path) -> Result<Self> {
        inspect::schema_version(path)?;
        inspect::expect_writable(path)?;
        let serving = ServingLock::acquire(path)?;
        let length = std::fs::metadata(path).map_or(0, |file| file.len());
        if (1..=MAX_CHECKED_BYTES).contains(&length) {
            check::expect_undamaged(path)?;
        }
        let mut store = Self::start(path, true)?;
        let log_index = LogIndex::open(path).map_err(|error| not_readable(path, error))?;
        store.last_changes = LastChanges::open(path, log_index)?;
        store.serving = Some(serving);
        if length > MAX_CHECKED_BYTES {
            store.background_check = Some(BackgroundCheck::start(path)?);
        }
        Ok(store)
    }

    /// Opens the file as
    /// [`Database::open_for_reading`](runledger_store::Database::open_for_reading).
    ///
    /// # Errors
    /// As stated there.
    pub fn open_for_reading(path: &Path) -> Result<Self> {
        inspect::expect_newest(path)?;
        if inspect::expect_writable(path).is_ok() {
            return Self::open(path);
        }
        let readers = Readers::start(path, Reader::observe)?;
        let last_changes = LastChanges::open(path, None)?;
        Ok(Self {
            path: path.to_owned(),
            readers,
            last_changes,
            _follower: None,
            writer: None,
            keys: Arc::default(),
            feed: Arc::default(),
            serving: None,
            background_check: None,
        })
    }

    fn writer(&self) -> Result<&Writer> {
        self.writer.as_ref().ok_or(StoreError::ReadOnly)
    }

    /// `is_alone` says that no other process serves the file.
    fn start(path: &Path, is_alone: bool) -> Result<Self> {
        let connection = connection::open_writer(path, is_alone)?;
        let cache = Arc::new(KeyCache::default());
        keys::follow(&connection, &cache)?;
        let feed = Arc::<ChangeFeed>::default();
        let writer = Writer::start(connection, path, Arc::clone(&feed))?;
        let readers = Readers::start(path, Reader::open)?;
        let last_changes = LastChanges::open(path, None)?;
        let follower =
            Follower::start(Arc::clone(&cache), Arc::clone(&feed), path, writer.queue()?)?;
        Ok(Self {
            path: path.to_owned(),
            readers,
            last_changes,
            _follower: Some(follower),
            writer: Some(writer),
            keys: cache,
            feed,
            serving: None,
            background_check: None,
        })
    }
}

#[async_trait]
impl RunStore for SqliteStore {
    async fn list(
        &self,
        tenant: TenantId,
        query: ListExecutionsQuery,
    ) -> Result<ListWorkflowRunsResponse> {
        self.readers.read(move |reader| reader.list(tenant, &query)).await
    }

    async fn get(&self, tenant: TenantId, id: &str) -> Result<Option<WorkflowRunDetail>> {
        let id = id.to_owned();
        self.readers.read(move |reader| reader.get(tenant, &id)).await
    }

    async fn get_attempt(
        &self,
        tenant: TenantId,
        id: &str,
        attempt: i32,
    ) -> Result<Option<WorkflowRunDetail>> {
        let id = id.to_owned();
        self.readers.read(move |reader| reader.get_attempt(tenant, &id, attempt)).await
    }

    async fn text_size(&self, tenant: TenantId, id: &str) -> Result<usize> {
        let id = id.to_owned();
        self.readers.read(move |reader| reader.text_size(tenant, &id)).await
    }

    async fn record_all(&self, tenant: TenantId, runs: Vec<Recording>) -> Result<Vec<RecordedRun>> {
        self.writer()?
            .write(
                move |batch| runs.into_iter().map(|run| record(batch, tenant.0, run)).collect(),
                |_| {},
            )
            .await
    }

    async fn delete(&self, tenant: TenantId, id: &str) -> Result<bool> {
        let id = id.to_owned();
        self.writer()?.write(move |batch| delete(batch, tenant.0, &id), |_| {}).await
    }

    async fn delete_oldest(
        &self,
        tenant: TenantId,
        filter: RunFilter,
        max: usize,
    ) -> Result<usize> {
        let work = move |batch: &mut Batch<'_>| delete_oldest(batch, tenant.0, &filter, max);
        self.writer()?.write(work, |_| {}).await
    }

    async fn release_disk_space(&self, max_bytes: u64) -> Result<u64> {
        let work = move |batch: &mut Batch<'_>| disk_space::release(batch.connection, max_bytes);
        self.writer()?.write(work, |_| {}).await
    }
}

#[async_trait]
impl UpdateStore for SqliteStore {
    async fn record_if(
        &self,
        tenant: TenantId,
        run: Recording,
        condition: Option<Condition>,
    ) -> Result<Result<RecordedRun, Refused>> {
        let work = move |batch: &mut Batch<'_>| match holds(
            batch,
            tenant,
            run.id(),
            run.attempt(),
            condition.as_ref(),
        )? {
            true => record(batch, tenant.0, run).map(Ok),
            false => Ok(Err(Refused::Condition)),
        };
        self.writer()?.write(work, |_| {}).await
    }

    async fn delete_if(
        &self,
        tenant: TenantId,
        id: &str,
        condition: Option<Condition>,
    ) -> Result<Result<bool, Refused>> {
        let id = id.to_owned();
        let work =
            move |batch: &mut Batch<'_>| match holds(batch, tenant, &id, None, condition.as_ref())?
            {
                true => delete(batch, tenant.0, &id).map(Ok),
                false => Ok(Err(Refused::Condition)),
            };
        self.writer()?.write(work, |_| {}).await
    }

    async fn patch(
        &self,
        tenant: TenantId,
        patch: RunPatch,
        condition: Option<Condition>,
        max_bytes: usize,
    ) -> Result<Result<Patched, Refused>> {
        let limits = merge::Limits { condition, max_bytes };
        let now = Timestamp::now();
        let work = move |batch: &mut Batch<'_>| merge::patch(batch, tenant.0, &patch, &limits, now);
        self.writer()?.write(work, |_| {}).await
    }

    async fn heartbeats(&self) -> Result<Vec<Heartbeat>> {
        self.readers.read(Reader::heartbeats).await
    }

    async fn end_lost(&self, heartbeat: Heartbeat) -> Result<bool> {
        let now = Timestamp::now();
        let work = move |batch: &mut Batch<'_>| heartbeats::end_lost(batch, &heartbeat, now);
        self.writer()?.write(work, |_| {}).await
    }
}

/// Whether a condition holds for this attempt of the run with this id, or for its newest one.
fn holds(
    batch: &Batch<'_>,
    tenant: TenantId,
    id: &str,
    attempt: Option<i32>,
    condition: Option<&Condition>,
) -> crate::Result<bool> {
    let Some(condition) = condition else { return Ok(true) };
    let id = id_code::encode(id.as_bytes());
    let run = earlier_attempts::get_or_newest(batch.connection, tenant.0, &id, attempt)?;
    Ok(condition(run.as_ref()))
}

#[async_trait]
impl AnalysisStore for SqliteStore {
    async fn histogram(
        &self,
        tenant: TenantId,
        query: HistogramQuery,
    ) -> Result<Result<Histogram, ApiError>> {
        self.readers.read(move |reader| reader.histogram(tenant, &query)).await
    }

    async fn workflows(&self, tenant: TenantId, query: ListWorkflowsQuery) -> Result<WorkflowList> {
        self.readers.read(move |reader| reader.workflows(tenant, &query)).await
    }
}

#[async_trait]
impl ChangeStore for SqliteStore {
    async fn changes(&self, tenant: TenantId, after: u64, max: usize) -> Result<Changes> {
        self.readers.read(move |reader| reader.changes(tenant, after, max)).await
    }

    async fn last_change(&self, tenant: TenantId) -> Result<u64> {
        Ok(self.last_changes.of(tenant)?)
    }

    fn watch_changes(&self, tenant: TenantId) -> watch::Receiver<u64> {
        self.feed.watch(tenant)
    }
}

#[async_trait]
impl KeyStore for SqliteStore {
    async fn find_or_create_tenant(&self, name: &str) -> Result<TenantId> {
        let name = name.to_owned();
        self.writer()?
            .write(move |batch| tenants::find_or_create(batch.connection, &name), |_| {})
            .await
    }

    async fn find_tenant(&self, name: &str) -> Result<Option<TenantId>> {
        let name = name.to_owned();
        self.readers.read(move |reader| reader.find_tenant(&name)).await
    }

    async fn list_tenants(&self) -> Result<Vec<(TenantId, String)>> {
        self.readers.read(Reader::list_tenants).await
    }

    async fn create_key(&self, key: NewApiKey) -> Result<i64> {
        let (cache, hash) = (Arc::clone(&self.keys), key.hash);
        let created = self
            .writer()?
            .write(
                move |batch| keys::create(batch.connection, &key),
                move |created| {
                    if let Some(key) = created {
                        cache.insert(hash, key.clone());
                    }
                },
            )
            .await?;
        created.map(|key| key.id).ok_or(StoreError::DuplicateKey)
    }

    async fn list_keys(&self) -> Result<Vec<ListedKey>> {
        self.readers.read(Reader::list_keys).await
    }

    async fn find_key(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        if let Some(key) = self.keys.find(hash) {
            return Ok(Some(key));
        }
        // Another process may have just created it, and a new key works at once.
        let wanted = *hash;
        let Some(key) = self.readers.read(move |reader| reader.find_key(&wanted)).await? else {
            return Ok(None);
        };
        self.keys.learn(wanted, key);
        Ok(self.keys.find(hash))
    }

    async fn revoke_key(&self, id: i64) -> Result<bool> {
        let cache = Arc::clone(&self.keys);
        self.writer()?
            .write(move |batch| keys::revoke(batch.connection, id), move |_| cache.revoke(id))
            .await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn ready(&self) -> Result<()> {
        self.readers.read(Reader::expect_readable).await?;
        self.writer()?.ready().await
    }

    fn usage(&self) -> Usage {
        Usage {
            queued_writes: self.writer.as_ref().map_or(0, Writer::queue_length),
            database_bytes: length_beside(&self.path, ""),
            log_bytes: length_beside(&self.path, "-wal"),
        }
    }
}
