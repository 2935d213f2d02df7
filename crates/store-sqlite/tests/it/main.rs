//! The SQLite engine: the suite of all engines, and what only a file can do.

mod counted_index;
mod files;
mod maintenance;
mod refusals;
mod released;
mod suite;

use std::path::Path;

use runledger_store::{Database, Fault, Result, test_suite::runtime};
use runledger_store_sqlite::SqliteDatabase;

/// Checks the file as `runledger check` does.
fn check(path: &Path) -> Result<Vec<Fault>> {
    runtime().block_on(SqliteDatabase::new(path).check())
}

/// Repairs the file as `runledger check --repair` does.
fn repair(path: &Path) -> Result<()> {
    runtime().block_on(SqliteDatabase::new(path).repair())
}
