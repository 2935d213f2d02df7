//! The embedded engine: one SQLite file, one writer thread, and readers that stay on their own threads.

mod backup;
mod check;
mod counts;
mod dictionary;
mod files;
mod follower;
mod header;
mod keys;
mod page;
mod reader;
mod readers;
mod record;
mod row;
mod schema;
mod serving;
mod writer;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use runledger_model::{ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail};
use rusqlite::{ErrorCode, OptionalExtension};

pub use self::{
    backup::backup,
    check::{Fault, check, repair},
    reader::Reader,
};
use self::{follower::Follower, keys::Keys, readers::Readers, serving::Serving, writer::Writer};
use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, Recorded, Store, StoreError, TenantId};

type Result<T> = std::result::Result<T, StoreError>;

/// A ledger in one file (and SQLite's `-wal` and `-shm` beside it while it is open).
pub struct SqliteStore {
    // Declared, and so dropped, before the writer, whose closing connection then tidies the files up.
    readers: Readers,
    _follower: Follower,
    writer: Writer,
    keys: Arc<Keys>,
    /// Given up last, when nothing of the file is open any more.
    _serving: Option<Serving>,
}

/// Up to this size in bytes a file is checked whole before it is served: some seconds at most.
const CHECKED_WHOLE: u64 = 256 * 1024 * 1024;

impl SqliteStore {
    /// Opens the file; makes it where there is none, and brings an older one up to date.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a file that is not ours, is newer than this program or cannot be read; it is
    /// left byte for byte as it was.
    pub fn open(path: &Path) -> Result<Self> {
        // An older program that serves the file must not find it changed under its feet.
        let is_older = schema::inspect(path)?.is_some_and(|version| version < schema::NEWEST);
        let _serving = if is_older { Some(Serving::claim(path)?) } else { None };
        Self::start(path, None)
    }

    /// Opens the file as the one process that serves it; others may open it beside this one, but not serve it.
    /// A file of up to 256 MiB is looked through for damage first.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and [`StoreError::Refused`] for a file that another process serves, or that is
    /// damaged.
    pub fn serve(path: &Path) -> Result<Self> {
        schema::inspect(path)?;
        schema::expect_writable(path)?;
        let serving = Serving::claim(path)?;
        if std::fs::metadata(path).is_ok_and(|file| (1..=CHECKED_WHOLE).contains(&file.len())) {
            schema::check_pages(path)?;
        }
        Self::start(path, Some(serving))
    }

    fn start(path: &Path, serving: Option<Serving>) -> Result<Self> {
        let connection = schema::open_writer(path)?;
        let keys = Arc::new(Keys::load(&connection)?);
        let writer = Writer::start(connection, path)?;
        let readers = Readers::start(path)?;
        let follower = Follower::start(Arc::clone(&keys), path, writer.post()?)?;
        Ok(Self { readers, _follower: follower, writer, keys, _serving: serving })
    }
}

#[async_trait]
impl Store for SqliteStore {
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

    async fn size(&self, tenant: TenantId, id: &str) -> Result<usize> {
        let id = id.to_owned();
        self.readers.read(move |reader| reader.size(tenant, &id)).await
    }

    async fn record(
        &self,
        tenant: TenantId,
        runs: Vec<WorkflowRunDetail>,
    ) -> Result<Vec<Recorded>> {
        self.writer
            .write(
                move |batch| {
                    let record = |run| {
                        let (dictionary, deltas) = (&mut *batch.dictionary, &mut batch.deltas);
                        record::record(batch.connection, dictionary, deltas, tenant.0, run)
                    };
                    runs.iter().map(record).collect::<Result<Vec<_>>>()
                },
                |_| {},
            )
            .await
    }

    async fn tenant(&self, name: &str) -> Result<TenantId> {
        let name = name.to_owned();
        self.writer
            .write(
                move |batch| {
                    let find = "SELECT id FROM tenant WHERE name = ?1";
                    let found = batch.connection.query_row(find, [&name], |row| row.get(0));
                    let id = match found.optional()? {
                        Some(id) => id,
                        None => batch
                            .connection
                            .prepare_cached("INSERT INTO tenant (name) VALUES (?1)")?
                            .insert([&name])?,
                    };
                    Ok(TenantId(id))
                },
                |_| {},
            )
            .await
    }

    async fn find_tenant(&self, name: &str) -> Result<Option<TenantId>> {
        let name = name.to_owned();
        self.readers.read(move |reader| reader.tenant(&name)).await
    }

    async fn create_key(&self, key: NewApiKey) -> Result<i64> {
        let keys = Arc::clone(&self.keys);
        let created = self
            .writer
            .write(
                move |batch| keys::create(batch.connection, &key),
                move |created| {
                    if let Some((hash, key)) = created {
                        keys.insert(*hash, key.clone());
                    }
                },
            )
            .await?;
        created.map(|(_, key)| key.id).ok_or_else(|| {
            StoreError::Refused("There is a key with this secret already; choose another.".into())
        })
    }

    async fn keys(&self) -> Result<Vec<ListedKey>> {
        self.readers.read(Reader::keys).await
    }

    async fn revoke_key(&self, id: i64) -> Result<bool> {
        let keys = Arc::clone(&self.keys);
        self.writer
            .write(
                move |batch| {
                    let sql = "UPDATE api_key SET revoked = 1 WHERE id = ?1";
                    Ok(batch.connection.execute(sql, [id])? == 1)
                },
                move |_| keys.revoke(id),
            )
            .await
    }

    async fn ready(&self) -> Result<()> {
        self.readers.read(Reader::check).await?;
        self.writer.ready().await
    }

    async fn key(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        if let Some(key) = self.keys.get(hash) {
            return Ok(Some(key));
        }
        // Another process may have made it a moment ago: whoever was given a key may use it at once.
        let wanted = *hash;
        let Some(key) = self.readers.read(move |reader| reader.key(&wanted)).await? else {
            return Ok(None);
        };
        self.keys.learn(wanted, key);
        Ok(self.keys.get(hash))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Engine(error.to_string()),
        }
    }
}
