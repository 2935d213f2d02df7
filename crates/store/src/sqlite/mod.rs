//! The embedded engine: one SQLite file, one writer thread, and readers that stay on their own threads.

mod counts;
mod dictionary;
mod keys;
mod page;
mod reader;
mod readers;
mod record;
mod row;
mod schema;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use runledger_model::{ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail};
use rusqlite::OptionalExtension;

pub use self::reader::Reader;
use self::{
    keys::{Follower, Keys},
    readers::Readers,
    writer::Writer,
};
use crate::{ApiKey, KeyHash, ListedKey, NewApiKey, Recorded, Store, StoreError, TenantId};

type Result<T> = std::result::Result<T, StoreError>;

/// A ledger in one file (and SQLite's `-wal` and `-shm` beside it while it is open).
pub struct SqliteStore {
    // Declared, and so dropped, before the writer, whose closing connection then tidies the files up.
    readers: Readers,
    _follower: Follower,
    writer: Writer,
    keys: Arc<Keys>,
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the file; makes it where there is none, and brings an older one up to date.
    ///
    /// # Errors
    /// [`StoreError::Refused`] for a file that is not ours, is newer than this program or cannot be read; it is
    /// left byte for byte as it was.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = schema::open_writer(path)?;
        let keys = Arc::new(Keys::load(&connection)?);
        let writer = Writer::start(connection)?;
        let readers = Readers::start(path)?;
        let follower = Follower::start(Arc::clone(&keys), path)?;
        Ok(Self { readers, _follower: follower, writer, keys, path: path.to_owned() })
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
        let path = self.path.clone();
        self.readers.read(move |reader| reader.check(&path)).await?;
        // Takes the lock for writing and gives it back.
        self.writer.write(|_| Ok(()), |()| {}).await
    }

    async fn key(&self, hash: &KeyHash) -> Result<Option<ApiKey>> {
        Ok(self.keys.get(hash))
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error.to_string())
    }
}
