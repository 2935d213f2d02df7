//! A ledger's file with the data.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use runledger_model::ListExecutionsQuery;
use runledger_store::{KeyStore, RunStore, TenantId};
use runledger_store_sqlite::SqliteStore;
use tokio::runtime::Runtime;

use super::Data;

/// The number of runs that are recorded together.
pub const BATCH: u64 = 1000;
/// The tenant that the runs belong to, which the keys of `program_harness` belong to as well.
const TENANT: &str = "one";

/// A file with all runs of the data.
pub struct Ledger {
    /// What is in it.
    pub data: Data,
    /// The file.
    pub path: PathBuf,
}

impl Ledger {
    /// The file with this data in a folder. It is filled unless it is there from an earlier call.
    ///
    /// # Errors
    /// Where it cannot be filled, or is there with another number of runs.
    pub fn in_folder(folder: &Path, data: Data) -> Result<Self> {
        let path = folder.join(format!("{}-{}.db", data.shape.file_name(), data.runs));
        if !path.is_file() {
            let partial = path.with_extension("partial");
            fill(&partial, data)?;
            fs::rename(partial, &path)?;
        }
        let ledger = Self { data, path };
        ledger.expect_all_runs()?;
        Ok(ledger)
    }

    /// Opens it in this process.
    ///
    /// # Errors
    /// Where it cannot be opened.
    pub fn open(&self, runtime: &Runtime) -> Result<(SqliteStore, TenantId)> {
        open(runtime, &self.path)
    }

    fn expect_all_runs(&self) -> Result<()> {
        let runtime = runtime()?;
        let (store, tenant) = self.open(&runtime)?;
        let found = runtime.block_on(store.list(tenant, ListExecutionsQuery::default()))?.total;
        anyhow::ensure!(
            found.cast_unsigned() == self.data.runs,
            "{} has {found} runs, not {}; delete it",
            self.path.display(),
            self.data.runs
        );
        Ok(())
    }
}

/// A runtime for the calling thread.
///
/// # Errors
/// Where the system refuses it.
pub fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Opens or creates a file.
///
/// # Errors
/// Where it cannot be opened.
pub fn open(runtime: &Runtime, path: &Path) -> Result<(SqliteStore, TenantId)> {
    let store = SqliteStore::open(path).with_context(|| path.display().to_string())?;
    let tenant = runtime.block_on(store.find_or_create_tenant(TENANT))?;
    Ok((store, tenant))
}

/// Records all runs in the order of time.
fn fill(path: &Path, data: Data) -> Result<()> {
    delete_files(path)?;
    let runtime = runtime()?;
    let (store, tenant) = open(&runtime, path)?;
    for first in (0..data.runs).step_by(BATCH as usize) {
        let batch = (first..data.runs.min(first + BATCH)).map(|number| data.run(number));
        runtime.block_on(store.record(tenant, batch.collect()))?;
    }
    Ok(())
}

/// Deletes a database and the files that SQLite keeps beside it; there may be none.
///
/// # Errors
/// Where one cannot be deleted.
pub fn delete_files(database: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm", ".log"] {
        let mut file = database.as_os_str().to_owned();
        file.push(suffix);
        if let Err(error) = fs::remove_file(&file)
            && error.kind() != ErrorKind::NotFound
        {
            return Err(error).with_context(|| file.display().to_string());
        }
    }
    Ok(())
}
