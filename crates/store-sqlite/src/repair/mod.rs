//! Repairing a file: rebuilding what can be derived from the runs, or saving the runs that can be
//! read.

mod keys;
mod replace;
mod salvage;
mod shared_rows;
mod tables;

use std::{fs, path::Path};

use runledger_store::{Fault, Repair, Result};
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    check::{self, SchemaObject},
    connection,
    error::{self, Error, damaged},
    inspect,
    serving_lock::ServingLock,
    verify,
};

/// Looks for faults and repairs them. No other process may have the database open meanwhile.
///
/// # Errors
/// As [`Database::repair`](runledger_store::Database::repair).
pub fn repair(path: &Path) -> Result<Repair> {
    inspect::expect_newest_of(path, inspect::schema_version_of_file(path)?)?;
    inspect::expect_writable(path)?;
    let _serving = ServingLock::acquire(path)?;
    // Before the file is opened: closing any handle of it ends SQLite's locks in this process.
    let log_fault = inspect::log_fault(path)?;
    let connection =
        connection::open_exclusive(path).map_err(|error| error::opening(path, error))?;
    let Some(fault) = log_fault else { return repair_file(path, connection) };
    // The first write to the log destroys what is behind the damage.
    let kept = replace::keep_log(path)?;
    let mut repair = repair_file(path, connection).inspect_err(|_| {
        let _ = fs::remove_file(&kept);
    })?;
    repair.found.insert(0, Fault::of_data(fault));
    repair.damaged_log = Some(kept.display().to_string());
    Ok(repair)
}

/// Repairs the file with as much of its log as SQLite reads.
fn repair_file(path: &Path, mut connection: Connection) -> Result<Repair> {
    let failed = |error| error::on_database(path, error);
    let found = check::find_faults(&connection).map_err(failed)?;
    if found.iter().all(|fault| fault.is_derived) {
        if !found.is_empty() {
            rebuild(&mut connection).map_err(failed)?;
        }
        if found.is_empty() || check::find_faults(&connection).map_err(failed)?.is_empty() {
            let truncated = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
            truncated.map_err(|error| failed(error.into()))?;
            return Ok(Repair { found, salvage: None, damaged_log: None });
        }
    }
    let salvage = salvage::salvage(path, connection).map_err(|error| match error {
        Error::Sqlite(sqlite) if error::is_damage(&sqlite) => damaged(path, &first(&found)),
        error => failed(error),
    })?;
    Ok(Repair { found, salvage: Some(salvage), damaged_log: None })
}

/// The first of these faults in words.
fn first(faults: &[Fault]) -> String {
    faults.first().map(|fault| fault.message.clone()).unwrap_or_default()
}

/// Rebuilds the indexes and the counts in one transaction.
fn rebuild(connection: &mut Connection) -> crate::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let missing = check::missing_objects(&transaction)?;
    for object in missing.iter().filter(|object| object.is_derived()) {
        let SchemaObject { kind, name, sql } = object;
        // There may be one that differs from ours.
        transaction.execute_batch(&format!("DROP {kind} IF EXISTS {name}; {sql}"))?;
    }
    transaction.execute_batch("REINDEX")?;
    verify::rebuild(&transaction, &mut |_, _| {})?;
    Ok(transaction.commit()?)
}
