//! The rows of runs whose recorders must be heard of: live ones, and those that were ended.

use runledger_model::{Timestamp, WorkflowRunDetail};
use runledger_store::{Heartbeat, StateBeforeLoss};
use rusqlite::{Connection, OptionalExtension, params, types::Type};

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
                     SET heard_at = ?2, timeout = ?3, beats = beats + 1, before_loss = NULL",
                )?
                .execute(params![pk, Timestamp::now().millis(), timeout])?;
        }
        None if before.is_some_and(may_have_row) => delete(connection, pk)?,
        None => {}
    }
    Ok(())
}

/// Notes that a run was ended after this heartbeat.
pub fn note_loss(
    connection: &Connection,
    pk: i64,
    heartbeat: &Heartbeat,
    before: &StateBeforeLoss,
) -> Result<()> {
    let Heartbeat { tenant: _, id: _, heard_at, timeout, beats } = heartbeat;
    let before = serde_json::to_string(before).expect("texts and numbers are JSON");
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO heartbeat (run, heard_at, timeout, beats, before_loss)
             VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![pk, heard_at.millis(), timeout, beats, before])?;
    Ok(())
}

/// What the end of this run replaced; `None` if it was not ended because its recorder was silent.
pub fn before_loss(connection: &Connection, pk: i64) -> Result<Option<StateBeforeLoss>> {
    let sql = "SELECT before_loss FROM heartbeat WHERE run = ?1 AND before_loss IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([pk], |row| {
        let json: String = row.get(0)?;
        serde_json::from_str(&json)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, error.into()))
    });
    Ok(found.optional()?)
}

fn may_have_row(run: &WorkflowRunDetail) -> bool {
    run.heartbeat_timeout.is_some() || run.status.is_final()
}

/// Notes that a run is gone or need not be heard of.
pub fn delete(connection: &Connection, pk: i64) -> Result<()> {
    connection.prepare_cached("DELETE FROM heartbeat WHERE run = ?1")?.execute([pk])?;
    Ok(())
}
