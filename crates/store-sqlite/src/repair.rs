//! Rebuilding what can be derived from the runs.

use std::path::Path;

use runledger_store::Result;
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    check::{SchemaObject, missing_objects},
    connection, counted_index, inspect,
    serving_lock::ServingLock,
};

/// Rebuilds the indexes and the counts in one transaction. No process may serve the database
/// meanwhile.
///
/// # Errors
/// As [`Database::repair`](runledger_store::Database::repair).
pub fn repair(path: &Path) -> Result<()> {
    inspect::expect_newest(path)?;
    let _serving = ServingLock::acquire(path)?;
    Ok(rebuild(path)?)
}

fn rebuild(path: &Path) -> crate::Result<()> {
    let mut connection = Connection::open(path)?;
    connection::configure(&connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for object in missing_objects(&transaction)?.iter().filter(|object| object.is_derived()) {
        let SchemaObject { kind, name, sql } = object;
        // There may be one that differs from ours.
        transaction.execute_batch(&format!("DROP {kind} IF EXISTS {name}; {sql}"))?;
    }
    transaction.execute_batch("REINDEX")?;
    counted_index::rebuild(&transaction, &mut |_, _| {})?;
    transaction.commit()?;
    Ok(())
}
