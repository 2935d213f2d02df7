//! The table of steps.

use std::sync::LazyLock;

use runledger_model::StepExecution;
use runledger_store::codes::StorageCode;
use rusqlite::{Connection, Row, params};

use crate::{
    Result,
    columns::{Columns, parameters},
    id_code,
    more::{More, StepMore},
};

/// The columns of a step, in the order in which [`insert`] writes and [`step`] reads them.
pub const COLUMNS: &str = "id, step_name, step_type, status, attempt, error, duration, created_at,
    started_at, finished_at, more";

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
            outcome: _,
            url: _,
            metadata: _,
            parent_id: _,
            iteration: _,
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
            StepMore::from(step).json(),
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
                             + coalesce(octet_length(error), 0)
                             + coalesce(octet_length(step.more), 0)), 0)
         FROM run JOIN step ON step.run = run.pk WHERE tenant = ?1 AND run.id = ?2",
    )?;
    let size: i64 = statement
        .query_row(params![tenant, id_code::encode(run_id.as_bytes())], |row| row.get(0))?;
    Ok(usize::try_from(size).unwrap_or_default())
}

/// The step in a row that begins with [`COLUMNS`].
pub fn step(row: &Row<'_>) -> rusqlite::Result<StepExecution> {
    let mut columns = Columns::of(row);
    let id = columns.value()?;
    let step_name = columns.value()?;
    let step_type = columns.code()?;
    let status = columns.code()?;
    let attempt = columns.value()?;
    let error = columns.value()?;
    let duration = columns.duration()?;
    let created_at = columns.time()?;
    let started_at = columns.optional_time()?;
    let finished_at = columns.optional_time()?;
    let StepMore { outcome, url, metadata, parent_id, iteration } = columns.more()?;
    Ok(StepExecution {
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
        outcome,
        url,
        metadata,
        parent_id,
        iteration,
    })
}
