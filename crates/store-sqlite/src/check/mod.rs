//! Looking for faults in a whole database.

mod merged;
mod references;
mod runs;
mod schema;
pub mod unique;

use std::path::Path;

use runledger_store::{Fault, Result, StoreError};
use rusqlite::Connection;

pub use self::{
    runs::names,
    schema::{SchemaObject, missing_objects},
};
use crate::{
    connection,
    error::{Error, damaged, on_database},
    inspect, verify,
};

/// The greatest number of faults of one kind that are reported.
const MAX_REPORTED: usize = 20;

/// Checks the whole database at one moment.
///
/// # Errors
/// As [`Database::check`](runledger_store::Database::check).
pub fn check(path: &Path) -> Result<Vec<Fault>> {
    match inspect::expect_newest(path) {
        Err(StoreError::Damaged { database: _, fault }) => return Ok(vec![Fault::of_data(fault)]),
        other => other?,
    }
    let faults = connection::open_observer(path).and_then(|connection| find_faults(&connection));
    match faults {
        Err(error) if error.is_damage() => Ok(vec![cannot_be_read("the file", error)]),
        faults => faults.map_err(|error| on_database(path, error)),
    }
}

/// Looks through the pages of the file for damage.
///
/// # Errors
/// [`Damaged`](StoreError::Damaged).
pub fn expect_undamaged(path: &Path) -> Result<()> {
    let connection = connection::open_observer(path).map_err(|error| unreadable(path, error))?;
    expect_undamaged_by(path, &connection)
}

/// As [`expect_undamaged`], with this connection to the file.
///
/// # Errors
/// [`Damaged`](StoreError::Damaged), and an error of SQLite.
pub fn expect_undamaged_by(path: &Path, connection: &Connection) -> Result<()> {
    let verdict = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    let verdict = verdict.map_err(|error| unreadable(path, error.into()))?;
    if verdict == "ok" { Ok(()) } else { Err(damaged(path, &verdict)) }
}

fn unreadable(path: &Path, error: Error) -> StoreError {
    match error.is_damage() {
        true => damaged(path, &StoreError::from(error).report()),
        false => on_database(path, error),
    }
}

/// Looks for faults in what this connection reads. Damage that ends one part of the check is a
/// fault, and the other parts follow.
///
/// # Errors
/// An error of SQLite that is not due to damage.
pub fn find_faults(connection: &Connection) -> crate::Result<Vec<Fault>> {
    let transaction = connection.unchecked_transaction()?;
    let mut faults = Vec::new();
    add(&mut faults, "the structure of the file", integrity(&transaction))?;
    let missing = missing_objects(&transaction);
    // The other checks need all tables.
    let is_complete = missing.as_ref().is_ok_and(Vec::is_empty);
    let missing = missing.map(|missing| missing.into_iter().map(Fault::from).collect());
    add(&mut faults, "the schema", missing)?;
    if is_complete {
        let texts = references::unreadable_texts(&transaction);
        add(&mut faults, "the tables of tenants, workflows, versions, types and keys", texts)?;
        let differing = unique::find_faults(&transaction, MAX_REPORTED);
        add(&mut faults, "a unique index", differing)?;
        let references = references::find_faults(&transaction, MAX_REPORTED);
        add(&mut faults, "a reference between tables", references)?;
        add(&mut faults, "the tables of runs and steps", runs::find_faults(&transaction))?;
        let merged = merged::find_faults(&transaction, MAX_REPORTED);
        add(&mut faults, "the sums of merged steps", merged)?;
        add(&mut faults, "what is derived from the runs", derived(&transaction))?;
    }
    Ok(faults)
}

/// Adds the faults of a part of the check, or that damage has ended it.
fn add(faults: &mut Vec<Fault>, part: &str, found: crate::Result<Vec<Fault>>) -> crate::Result<()> {
    match found {
        Ok(found) => faults.extend(found),
        Err(error) if error.is_damage() => faults.push(cannot_be_read(part, error)),
        Err(error) => return Err(error),
    }
    Ok(())
}

fn cannot_be_read(part: &str, error: Error) -> Fault {
    Fault::of_data(format!("{part} cannot be read: {}", StoreError::from(error).report()))
}

/// SQLite's own check of the file's structure.
fn integrity(connection: &Connection) -> crate::Result<Vec<Fault>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MAX_REPORTED})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = Vec::new();
    for line in lines {
        let line = line?;
        if line == "ok" {
            continue;
        }
        let message = format!("the file's structure is wrong: {line}");
        let is_derived = is_of_index(&line) || is_of_free_pages(&line);
        faults.push(if is_derived { Fault::of_derived(message) } else { Fault::of_data(message) });
    }
    Ok(faults)
}

/// Whether a line of SQLite's check names an index that can be rebuilt from its table. The unique
/// indexes of SQLite's own names have the other copy of what has no checksum: which of both is
/// right cannot be told from the table.
fn is_of_index(line: &str) -> bool {
    let is_index = line.contains("missing from index")
        || line.contains("wrong # of entries in index")
        || line.contains("non-unique entry in index");
    is_index && !line.contains("sqlite_autoindex_")
}

/// Whether a line of SQLite's check concerns only pages without rows, or where pages belong.
fn is_of_free_pages(line: &str) -> bool {
    line.starts_with("Freelist: ") || line.contains(": never used") || line.contains("ptr map")
}

/// What is derived from the runs and differs from them.
fn derived(connection: &Connection) -> crate::Result<Vec<Fault>> {
    let faults = verify::verify(connection, MAX_REPORTED)?;
    Ok(faults.into_iter().map(Fault::of_derived).collect())
}
