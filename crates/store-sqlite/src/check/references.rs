//! References between tables, storage codes, and the texts that runs share.

use runledger_model::{StepStatus, StepType, WorkflowRunStatus};
use runledger_store::{Fault, KeyCache, codes::StorageCode};
use rusqlite::{Connection, Row, types::Type};

use crate::{Result, columns::stored_run_id, keys};

/// The columns with texts that runs and keys refer to.
const TEXTS: [(&str, &str); 7] = [
    ("tenant", "name"),
    ("workflow", "uid"),
    ("version", "uid"),
    ("version", "display_name"),
    ("run_type", "name"),
    ("api_key", "prefix"),
    ("api_key", "note"),
];

/// References to rows that do not exist, and storage codes that stand for nothing; at most `max` of
/// each kind.
///
/// # Errors
/// An error of SQLite.
pub fn find_faults(connection: &Connection, max: usize) -> Result<Vec<Fault>> {
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
            "a heartbeat of no run",
            "SELECT CAST(run AS TEXT) FROM heartbeat WHERE run NOT IN (SELECT pk FROM run)"
                .to_owned(),
        ),
        (
            "a sum of steps of no run",
            "SELECT CAST(run AS TEXT) FROM merged_run WHERE run NOT IN (SELECT pk FROM run)"
                .to_owned(),
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
            "an earlier attempt of no run",
            "SELECT CAST(attempt AS TEXT) FROM earlier_attempt
             WHERE run NOT IN (SELECT pk FROM run)"
                .to_owned(),
        ),
        (
            "a key of no tenant",
            "SELECT prefix FROM api_key WHERE tenant NOT IN (SELECT id FROM tenant)".to_owned(),
        ),
    ];
    let mut faults = Vec::new();
    for (fault, sql) in checks {
        let mut statement = connection.prepare(&format!("{sql} LIMIT {max}"))?;
        for id in statement.query_map([], text_or_run_id)? {
            faults.push(Fault::of_data(format!("{fault}: {}", id?)));
        }
    }
    Ok(faults)
}

/// Texts that are not UTF-8, and keys that cannot be read.
///
/// # Errors
/// An error of SQLite, also that of reading a key.
pub fn unreadable_texts(connection: &Connection) -> Result<Vec<Fault>> {
    let mut faults = Vec::new();
    for (table, column) in TEXTS {
        let mut statement = connection.prepare(&format!("SELECT id, {column} FROM {table}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if row.get_ref(1)?.as_str().is_err() {
                let number: i64 = row.get(0)?;
                let message = format!("the {column} of {table} {number} is not a text in UTF-8");
                faults.push(Fault::of_data(message));
            }
        }
    }
    let mut statement = connection.prepare("SELECT id FROM deleted_run")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if stored_run_id(row, 0).is_err() {
            let message = "the id of a deleted run is not one that Runledger writes";
            faults.push(Fault::of_data(message.to_owned()));
        }
    }
    if faults.is_empty() {
        keys::list(connection)?;
        keys::follow(connection, &KeyCache::default())?;
    }
    Ok(faults)
}

/// The first column: a text, or the id of a run.
fn text_or_run_id(row: &Row<'_>) -> rusqlite::Result<String> {
    match row.get_ref(0)?.data_type() {
        Type::Text => row.get(0),
        _ => stored_run_id(row, 0),
    }
}

/// `1, 2, 3`: the storage codes of these values.
fn codes<T: StorageCode + Copy>(all: &[T]) -> String {
    let codes: Vec<_> = all.iter().map(|value| value.code().to_string()).collect();
    codes.join(", ")
}
