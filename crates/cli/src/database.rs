//! The database option, and the only module that names the storage engine.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::bail;
use clap::Args;
use runledger_store::{Store, sqlite as engine};

pub use engine::Fault;

/// Suffixes of the files that the engine keeps beside a database.
const COMPANION_SUFFIXES: [&str; 3] = ["-wal", "-shm", "-journal"];

/// The database file that a command works on.
#[derive(Args)]
pub struct Database {
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

impl Database {
    /// Opens the existing file. A server may have it open, too.
    pub fn open(&self) -> anyhow::Result<Arc<dyn Store>> {
        if !self.path.exists() {
            bail!(
                "{} does not exist\n\
                 Name an existing database with --database, or create one: runledger serve",
                self.path.display()
            );
        }
        self.open_or_create()
    }

    /// Opens the file, or creates it. A server may have it open, too.
    pub fn open_or_create(&self) -> anyhow::Result<Arc<dyn Store>> {
        Ok(Arc::new(engine::SqliteStore::open(&self.path)?))
    }

    /// Reports what is wrong with the file.
    pub fn check(&self) -> anyhow::Result<Vec<Fault>> {
        Ok(engine::check(&self.path)?)
    }

    /// Rebuilds what is derived from the runs. The file must not be served.
    pub fn repair(&self) -> anyhow::Result<()> {
        Ok(engine::repair(&self.path)?)
    }

    /// Writes a copy of the file as it is at one moment.
    pub fn back_up(&self, to: &Path) -> anyhow::Result<()> {
        Ok(engine::backup(&self.path, to)?)
    }
}

/// Opens the file, or creates it, and claims it for this process to serve.
pub fn serve(path: &Path) -> anyhow::Result<Arc<dyn Store>> {
    Ok(Arc::new(engine::SqliteStore::serve(path)?))
}

/// The paths of the files that the engine keeps beside a database.
pub fn companions(path: &Path) -> [PathBuf; 3] {
    COMPANION_SUFFIXES.map(|suffix| {
        let mut companion = OsString::from(path);
        companion.push(suffix);
        companion.into()
    })
}
