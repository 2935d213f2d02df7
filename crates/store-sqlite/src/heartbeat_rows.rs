//! Writing to the table of live runs whose recorders must be heard of.

use runledger_model::{Timestamp, WorkflowRunDetail};
use rusqlite::{Connection, params};

use crate::Result;

/// Notes that a run was recorded: `run` is its state after it, and `before` the one before it.
pub fn note(
    connection: &Connection,
    pk: i64,
    before: Option<&WorkflowRunDetail>,
    run: &WorkflowRunDetail,
) -> Result<()> {
    match run.heartbeat_timeout.filter(|_| !run.status.is_final()) {
        Some(timeout) => {
            connection
                .prepare_cached(
                    "INSERT INTO heartbeat (run, heard_at, timeout, beats) VALUES (?1, ?2, ?3, 1)
                     ON CONFLICT (run) DO UPDATE
                     SET heard_at = ?2, timeout = ?3, beats = beats + 1",
                )?
                .execute(params![pk, Timestamp::now().millis(), timeout])?;
        }
        None if before.is_some_and(|before| before.heartbeat_timeout.is_some()) => {
            delete(connection, pk)?;
        }
        None => {}
    }
    Ok(())
}

/// Notes that a run is gone or need not be heard of.
pub fn delete(connection: &Connection, pk: i64) -> Result<()> {
    connection.prepare_cached("DELETE FROM heartbeat WHERE run = ?1")?.execute([pk])?;
    Ok(())
}
