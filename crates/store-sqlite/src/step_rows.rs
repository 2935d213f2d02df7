//! The table of steps.

use std::sync::LazyLock;

use runledger_model::StepExecution;
use runledger_store::codes::StorageCode;
use rusqlite::{Connection, Row, params};

use crate::{
    Result,
    columns::{Columns, parameters},
    id_code,
};

/// The columns of a step, in the order in which [`insert`] writes and [`step`] reads them.
pub const COLUMNS: &str = "id, step_name, step_type, status, attempt, error, duration, created_at,
    started_at, finished_at";

static INSERT: LazyLock<String> = LazyLock::new(|| {
    format!("INSERT INTO step (run, position, {COLUMNS}) VALUES (?, ?, {})", parameters(COLUMNS))
});

static LIST: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM step WHERE run = ?1 ORDER BY position"));

/// Writes the steps of a run that has none.
pub fn insert(connection: &Connection, run: i64, steps: &[StepExecution]) -> Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(&INSERT)?;
    for (position, step) in steps.iter().enumerate() {
        let StepExecution {
            id,
            step_name,
            step_type,
            status,
            attempt,
            error,
            duration,
            created_at,
            started_at,
            finished_at,
        } = step;
        statement.execute(params![
            run,
            position as i64,
            id,
            step_name,
            step_type.code(),
            status.code(),
            attempt,
            error,
            duration.micros(),
            created_at.millis(),
            started_at.map(|time| time.millis()),
            finished_at.map(|time| time.millis()),
        ])?;
    }
    Ok(())
}

/// Deletes the steps of a run.
pub fn delete(connection: &Connection, run: i64) -> Result<()> {
    connection.prepare_cached("DELETE FROM step WHERE run = ?1")?.execute([run])?;
    Ok(())
}

/// The steps of a run in their order.
pub fn list(connection: &Connection, run: i64) -> Result<Vec<StepExecution>> {
    let mut statement = connection.prepare_cached(&LIST)?;
    let steps = statement.query_map([run], step)?;
    Ok(steps.collect::<rusqlite::Result<_>>()?)
}

/// The size in bytes of the text in the steps of a run. SQLite finds it without reading the text.
pub fn text_size(connection: &Connection, tenant: i64, run_id: &str) -> Result<usize> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(sum(octet_length(step.id) + octet_length(step_name)
                             + coalesce(octet_length(error), 0)), 0)
         FROM run JOIN step ON step.run = run.pk WHERE tenant = ?1 AND run.id = ?2",
    )?;
    let size: i64 = statement
        .query_row(params![tenant, id_code::encode(run_id.as_bytes())], |row| row.get(0))?;
    Ok(usize::try_from(size).unwrap_or_default())
}

/// The step in a row that begins with [`COLUMNS`].
pub fn step(row: &Row<'_>) -> rusqlite::Result<StepExecution> {
    let mut columns = Columns::of(row);
    Ok(StepExecution {
        id: columns.value()?,
        step_name: columns.value()?,
        step_type: columns.code()?,
        status: columns.code()?,
        attempt: columns.value()?,
        error: columns.value()?,
        duration: columns.duration()?,
        created_at: columns.time()?,
        started_at: columns.optional_time()?,
        finished_at: columns.optional_time()?,
    })
}
