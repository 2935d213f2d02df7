//! The option that names the database, for every command that works on the file itself.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use runledger_store::sqlite::SqliteStore;

/// Where the ledger is.
#[derive(Args)]
pub struct Database {
    /// The database: one file, and what SQLite keeps beside it while it is open.
    #[arg(long, env = "RUNLEDGER_DATABASE", value_name = "FILE", default_value = "runledger.db")]
    pub database: PathBuf,
}

impl Database {
    /// Opens the file beside whoever serves it; makes it where there is none.
    pub fn open_or_make(&self) -> anyhow::Result<SqliteStore> {
        Ok(SqliteStore::open(&self.database)?)
    }

    /// Opens the file beside whoever serves it; it must be there.
    pub fn open(&self) -> anyhow::Result<SqliteStore> {
        if !self.database.exists() {
            bail!(
                "there is no database at {}\nName another one with --database; `runledger serve` makes a new one",
                self.database.display()
            );
        }
        self.open_or_make()
    }
}
