//! Repairing a file: rebuilding what can be derived from the runs, or saving the runs that can be
//! read.

mod replace;
mod salvage;
mod tables;

use std::path::Path;

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
    inspect::expect_newest(path)?;
    inspect::expect_writable(path)?;
    let _serving = ServingLock::acquire(path)?;
    let mut connection =
        connection::open_exclusive(path).map_err(|error| error::opening(path, error))?;
    let failed = |error| error::on_database(path, error);
    let found = check::find_faults(&connection).map_err(failed)?;
    if found.is_empty() {
        return Ok(Repair::default());
    }
    if found.iter().all(|fault| fault.is_derived) {
        rebuild(&mut connection).map_err(failed)?;
        let left = check::find_faults(&connection).map_err(failed)?;
        if left.is_empty() {
            return Ok(Repair { found, salvage: None });
        }
    }
    let salvage = salvage::salvage(path, connection).map_err(|error| match error {
        Error::Sqlite(sqlite) if error::is_damage(&sqlite) => damaged(path, &first(&found)),
        error => failed(error),
    })?;
    Ok(Repair { found, salvage: Some(salvage) })
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
