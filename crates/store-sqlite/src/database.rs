//! A ledger's file as a [`Database`].

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use runledger_store::{Database, Fault, Repair, Result, Store, StoreError};

use crate::{
    SqliteStore, backup, check,
    error::missing,
    files::{literal, resolved},
    inspect, repair,
};

/// The file of a ledger. SQLite keeps `-wal` and `-shm` beside it while it is open.
#[derive(Clone, Debug)]
pub struct SqliteDatabase(PathBuf);

impl SqliteDatabase {
    /// Names a file; it need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Runs `work` on a thread that may block.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let path = resolved(&literal(&self.0));
        let done = tokio::task::spawn_blocking(move || work(&path)).await;
        done.unwrap_or_else(|error| Err(StoreError::engine_from("a database task failed", error)))
    }
}

#[async_trait]
impl Database for SqliteDatabase {
    async fn open(&self) -> Result<Arc<dyn Store>> {
        let open = |path: &Path| match inspect::schema_version(path)? {
            Some(_) => SqliteStore::open(path),
            None => Err(missing(path)),
        };
        Ok(Arc::new(self.run(open).await?))
    }

    async fn open_for_reading(&self) -> Result<Arc<dyn Store>> {
        Ok(Arc::new(self.run(SqliteStore::open_for_reading).await?))
    }

    async fn open_or_create(&self) -> Result<Arc<dyn Store>> {
        Ok(Arc::new(self.run(SqliteStore::open).await?))
    }

    async fn serve(&self) -> Result<Arc<dyn Store>> {
        Ok(Arc::new(self.run(SqliteStore::serve).await?))
    }

    async fn check(&self) -> Result<Vec<Fault>> {
        self.run(check::check).await
    }

    async fn repair(&self) -> Result<Repair> {
        self.run(repair::repair).await
    }

    async fn backup(&self, file: &Path, replaces: bool) -> Result<()> {
        let file = literal(file);
        self.run(move |path| backup::backup(path, &file, replaces)).await
    }
}
