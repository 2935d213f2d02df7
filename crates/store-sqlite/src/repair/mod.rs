//! Repairing a file: rebuilding what can be derived from the runs, or saving the runs that can be
//! read.

mod ended_runs;
mod keys;
mod replace;
mod salvage;
mod shared_rows;
mod steps_in_order;
mod tables;
mod unopenable;

use std::{fs, path::Path};

use runledger_store::{Fault, Repair, Result, StoreError};
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    check::{self, SchemaObject},
    connection,
    error::{self, Error},
    files::beside,
    inspect,
    serving_lock::ServingLock,
    verify,
};

/// Looks for faults and repairs them. No other process may have the database open meanwhile.
///
/// # Errors
/// As [`Database::repair`](runledger_store::Database::repair).
pub fn repair(path: &Path) -> Result<Repair> {
    let refused = match inspect::schema_version_of_file(path) {
        Err(StoreError::Damaged { database: _, fault }) => Some(fault),
        version => {
            inspect::expect_newest_of(path, version?)?;
            None
        }
    };
    inspect::expect_writable(path)?;
    let _serving = ServingLock::acquire(path)?;
    replace::keep_owner(path, &beside(path, "-serving"))?;
    // Before the file is opened: closing any handle of it ends SQLite's locks in this process.
    let log_fault = inspect::log_fault(path)?;
    let Some(fault) = log_fault else { return open_and_repair(path, refused) };
    // The first write to the log destroys what is behind the damage.
    let kept = replace::keep_log(path)?;
    let mut repair = open_and_repair(path, refused).inspect_err(|_| {
        let _ = fs::remove_file(&kept);
    })?;
    repair.found.insert(0, Fault::of_data(fault));
    repair.damaged_log = Some(kept.display().to_string());
    Ok(repair)
}

/// Repairs the file with as much of its log as SQLite reads. `refused` is why the file cannot be
/// opened, if that is known.
fn open_and_repair(path: &Path, refused: Option<String>) -> Result<Repair> {
    let fault = match refused {
        Some(fault) => fault,
        None => match connection::open_exclusive(path) {
            Ok(connection) => return repair_file(path, connection),
            Err(error) => match error::opening(path, error) {
                StoreError::Damaged { database: _, fault } => fault,
                error => return Err(error),
            },
        },
    };
    let salvage = unopenable::open(path)
        .and_then(|connection| salvage::salvage(path, connection))
        .map_err(|error| not_saved(path, error, &fault))?;
    let found = vec![Fault::of_data(fault)];
    Ok(Repair { found, salvage: Some(salvage), damaged_log: None })
}

/// Repairs a file that can be opened.
fn repair_file(path: &Path, mut connection: Connection) -> Result<Repair> {
    let failed = |error| error::on_database(path, error);
    let found = check::find_faults(&connection).map_err(failed)?;
    let is_derived = found.iter().all(|fault| fault.is_derived);
    if is_derived && (found.is_empty() || rebuild_and_check(&mut connection).map_err(failed)?) {
        let truncated = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
        truncated.map_err(|error| failed(error.into()))?;
        return Ok(Repair { found, salvage: None, damaged_log: None });
    }
    let salvage = salvage::salvage(path, connection)
        .map_err(|error| not_saved(path, error, &first(&found)))?;
    Ok(Repair { found, salvage: Some(salvage), damaged_log: None })
}

/// The error of saving what can be read from a file with this fault.
fn not_saved(path: &Path, error: Error, fault: &str) -> StoreError {
    match error {
        Error::Sqlite(sqlite) if error::is_damage(&sqlite) => StoreError::Unrepairable {
            database: path.display().to_string(),
            fault: fault.to_owned(),
        },
        error => error::on_database(path, error),
    }
}

/// The first of these faults in words.
fn first(faults: &[Fault]) -> String {
    faults.first().map(|fault| fault.message.clone()).unwrap_or_default()
}

/// Rebuilds what is derived, and returns whether no fault is left. Writing uses parts of the file
/// that reading does not, such as the map of its pages: where they are damaged, it fails.
fn rebuild_and_check(connection: &mut Connection) -> crate::Result<bool> {
    match rebuild(connection) {
        Err(error) if error.is_damage() => Ok(false),
        Err(error) => Err(error),
        Ok(()) => Ok(check::find_faults(connection)?.is_empty()),
    }
}

/// Rebuilds the indexes and the counts in one transaction.
fn rebuild(connection: &mut Connection) -> crate::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // First the tables, with which their indexes are dropped.
    for kind in ["table", "index"] {
        let missing = check::missing_objects(&transaction)?;
        for object in missing.iter().filter(|it| it.is_derived() && it.kind == kind) {
            let SchemaObject { kind, name, sql } = object;
            // There may be one that differs from ours.
            transaction.execute_batch(&format!("DROP {kind} IF EXISTS {name}; {sql}"))?;
        }
    }
    transaction.execute_batch("REINDEX")?;
    verify::rebuild(&transaction, &mut |_, _| {})?;
    Ok(transaction.commit()?)
}
