//! Looking for faults in a whole database.

use std::path::Path;

use runledger_model::{StepStatus, StepType, WorkflowRunStatus};
use runledger_store::{Fault, Result, StoreError, codes::StorageCode};
use rusqlite::{Connection, ErrorCode};

use crate::{
    connection, counted_index,
    error::{Error, damaged},
    inspect, migrations,
};

/// The greatest number of faults of one kind that are reported.
const MAX_REPORTED: usize = 20;

/// Checks the whole database at one moment.
///
/// # Errors
/// As [`Database::check`](runledger_store::Database::check).
pub fn check(path: &Path) -> Result<Vec<Fault>> {
    inspect::expect_newest(path)?;
    match find_faults(path) {
        // A page that every check needs is damaged.
        Err(Error::Sqlite(error))
            if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) =>
        {
            let message = format!("the file is damaged and cannot be checked further: {error}");
            Ok(vec![Fault { message, repairable: false }])
        }
        faults => Ok(faults?),
    }
}

/// Looks through the pages of the file for damage.
///
/// # Errors
/// [`Damaged`](StoreError::Damaged).
pub fn expect_undamaged(path: &Path) -> Result<()> {
    let quick_check = || -> crate::Result<String> {
        let connection = connection::open_observer(path)?;
        Ok(connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?)
    };
    let verdict =
        quick_check().map_err(|error| damaged(path, &StoreError::from(error).report()))?;
    if verdict == "ok" { Ok(()) } else { Err(damaged(path, &verdict)) }
}

fn find_faults(path: &Path) -> crate::Result<Vec<Fault>> {
    let connection = connection::open_observer(path)?;
    let transaction = connection.unchecked_transaction()?;
    let mut faults = integrity(&transaction)?;
    let missing = missing_objects(&transaction)?;
    // The other checks need all tables.
    let is_complete = missing.is_empty();
    faults.extend(missing.into_iter().map(Fault::from));
    if is_complete {
        faults.extend(references(&transaction)?);
        faults.extend(counts(&transaction)?);
    }
    Ok(faults)
}

/// SQLite's own check of the file's structure.
fn integrity(connection: &Connection) -> crate::Result<Vec<Fault>> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({MAX_REPORTED})"))?;
    let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut faults = Vec::new();
    for line in lines {
        let message = line?;
        if message != "ok" {
            // A fault of an index alone is repaired by rebuilding the index.
            let repairable = message.contains("missing from index")
                || message.contains("wrong # of entries in index")
                || message.contains("non-unique entry in index");
            faults.push(Fault { message, repairable });
        }
    }
    Ok(faults)
}

/// A table, an index or a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaObject {
    /// `table`, `index` or `trigger`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The statement that creates it, with single spaces.
    pub sql: String,
}

impl SchemaObject {
    /// Whether its content can be derived from the runs.
    pub fn is_derived(&self) -> bool {
        self.kind == "index" || self.name == "run_block"
    }
}

impl From<SchemaObject> for Fault {
    fn from(object: SchemaObject) -> Self {
        let SchemaObject { kind, name, .. } = &object;
        Self {
            message: format!("the {kind} {name} is missing or differs from the schema"),
            repairable: object.is_derived(),
        }
    }
}

/// What a new database has and this one has not.
///
/// # Errors
/// An error of SQLite.
pub fn missing_objects(connection: &Connection) -> crate::Result<Vec<SchemaObject>> {
    let new = Connection::open_in_memory()?;
    migrations::create(&new)?;
    let (expected, found) = (all_objects(&new)?, all_objects(connection)?);
    Ok(expected.into_iter().filter(|object| !found.contains(object)).collect())
}

fn all_objects(connection: &Connection) -> crate::Result<Vec<SchemaObject>> {
    let mut statement = connection.prepare(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid",
    )?;
    let objects = statement.query_map([], |row| {
        let sql: String = row.get(2)?;
        let sql = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(SchemaObject { kind: row.get(0)?, name: row.get(1)?, sql })
    })?;
    Ok(objects.collect::<rusqlite::Result<_>>()?)
}

/// References to rows that do not exist, and storage codes that stand for nothing.
fn references(connection: &Connection) -> crate::Result<Vec<Fault>> {
    let checks = [
        (
            "a run whose tenant, workflow, version or type does not exist",
            "SELECT id FROM run WHERE tenant NOT IN (SELECT id FROM tenant)
             OR NOT EXISTS (SELECT 1 FROM workflow w
                            WHERE w.id = run.workflow AND w.tenant = run.tenant)
             OR NOT EXISTS (SELECT 1 FROM version v
                            WHERE v.id = run.version AND v.tenant = run.tenant)
             OR NOT EXISTS (SELECT 1 FROM run_type t
                            WHERE t.id = run.run_type AND t.tenant = run.tenant)"
                .to_owned(),
        ),
        (
            "a run with an unknown status",
            format!("SELECT id FROM run WHERE status NOT IN ({})", codes(WorkflowRunStatus::ALL)),
        ),
        (
            "a step of no run",
            "SELECT id FROM step WHERE run NOT IN (SELECT pk FROM run)".to_owned(),
        ),
        (
            "a step with an unknown status or type",
            format!(
                "SELECT id FROM step WHERE status NOT IN ({}) OR step_type NOT IN ({})",
                codes(StepStatus::ALL),
                codes(StepType::ALL)
            ),
        ),
        (
            "a key of no tenant",
            "SELECT prefix FROM api_key WHERE tenant NOT IN (SELECT id FROM tenant)".to_owned(),
        ),
    ];
    let mut faults = Vec::new();
    for (fault, sql) in checks {
        let mut statement = connection.prepare(&format!("{sql} LIMIT {MAX_REPORTED}"))?;
        for id in statement.query_map([], |row| row.get::<_, String>(0))? {
            faults.push(Fault { message: format!("{fault}: {}", id?), repairable: false });
        }
    }
    Ok(faults)
}

/// `1, 2, 3`: the storage codes of these values.
fn codes<T: StorageCode + Copy>(all: &[T]) -> String {
    let codes: Vec<_> = all.iter().map(|value| value.code().to_string()).collect();
    codes.join(", ")
}

/// Counts that differ from the runs.
fn counts(connection: &Connection) -> crate::Result<Vec<Fault>> {
    let faults = counted_index::verify(connection, MAX_REPORTED)?;
    Ok(faults.into_iter().map(|message| Fault { message, repairable: true }).collect())
}
