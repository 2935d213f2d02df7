//! The database option, and the only module that names the storage engine.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use runledger_store::{Database as _, Store};
use runledger_store_sqlite::SqliteDatabase;

pub use runledger_store::{Fault, Repair, Salvage};

use crate::message::message;

/// Suffixes of the files that the engine keeps beside a database.
const COMPANION_SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The database file that a command works on.
#[derive(Args)]
pub struct DatabaseFile {
    /// Path of the database file. Files beside it with the suffixes -wal and -shm belong to it.
    #[arg(
        id = "database",
        long = "database",
        env = "RUNLEDGER_DATABASE",
        value_name = "FILE",
        default_value = "runledger.db"
    )]
    pub path: PathBuf,
}

impl DatabaseFile {
    /// Opens the existing database. A server may have it open, too.
    ///
    /// # Errors
    /// As [`open`](runledger_store::Database::open).
    pub async fn open(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(engine(&self.path).open().await?)
    }

    /// Opens the existing database for reading. It is not migrated, and the user need not be
    /// permitted to write it while a server has it open.
    ///
    /// # Errors
    /// As [`open_for_reading`](runledger_store::Database::open_for_reading).
    pub async fn open_for_reading(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(engine(&self.path).open_for_reading().await?)
    }

    /// Opens the database. A server may have it open, too. If there is none, it is created, which
    /// is announced, because the path may be misspelt.
    ///
    /// # Errors
    /// As [`open_or_create`](runledger_store::Database::open_or_create).
    pub async fn open_or_create(&self) -> anyhow::Result<Arc<dyn Store>> {
        let is_new = !self.path.exists();
        let store = engine(&self.path).open_or_create().await?;
        if is_new {
            message!("Created the database {}.", self.path.display());
        }
        Ok(store)
    }

    /// Reports what is wrong with the database.
    ///
    /// # Errors
    /// As [`check`](runledger_store::Database::check).
    pub async fn check(&self) -> anyhow::Result<Vec<Fault>> {
        Ok(engine(&self.path).check().await?)
    }

    /// Looks for faults and repairs them. No other process may have the database open.
    ///
    /// # Errors
    /// As [`repair`](runledger_store::Database::repair).
    pub async fn repair(&self) -> anyhow::Result<Repair> {
        Ok(engine(&self.path).repair().await?)
    }

    /// Writes a checked copy of the database as it is at one moment.
    ///
    /// # Errors
    /// As [`backup`](runledger_store::Database::backup).
    pub async fn back_up(&self, to: &Path, replaces: bool) -> anyhow::Result<()> {
        Ok(engine(&self.path).backup(to, replaces).await?)
    }
}

/// Opens the database, or creates it, and claims it for this process to serve.
///
/// # Errors
/// As [`serve`](runledger_store::Database::serve).
pub async fn serve(path: &Path) -> anyhow::Result<Arc<dyn Store>> {
    Ok(engine(path).serve().await?)
}

/// The engine for a database. No other function names one.
fn engine(path: &Path) -> impl runledger_store::Database {
    SqliteDatabase::new(path)
}

/// The paths of the files that the engine keeps beside a database.
pub fn companions(path: &Path) -> [PathBuf; 3] {
    COMPANION_SUFFIXES.map(|suffix| {
        let mut companion = OsString::from(path);
        companion.push(suffix);
        companion.into()
    })
}
