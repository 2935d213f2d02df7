//! The table of steps.

use std::sync::LazyLock;

use runledger_model::StepExecution;
use runledger_store::{codes::StorageCode, step_order};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    Result,
    columns::{Columns, parameters},
    id_code,
    optional_fields::{OptionalFields, OptionalStepFields},
};

/// Steps that are merged one by one and keep their places have lower positions than this; those of
/// the others are negative as well.
const KEPT_END: i64 = -(1 << 32);

/// The columns of a step, in the order in which [`insert`] writes and [`step`] reads them.
pub const COLUMNS: &str = "id, step_name, step_type, status, attempt, error, duration, created_at,
    started_at, finished_at, optional_fields";

static PUT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT OR REPLACE INTO step (run, position, {COLUMNS}) VALUES (?, ?, {})",
        parameters(COLUMNS)
    )
});

static LIST: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {COLUMNS}, position FROM step WHERE run = ?1 ORDER BY position")
});

static FIND_MERGED: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {COLUMNS}, position FROM step
         WHERE run = ?1 AND id = ?2 AND attempt = ?3 AND position < 0"
    )
});

/// Writes the steps of a run that has none.
pub fn insert(connection: &Connection, run: i64, steps: &[StepExecution]) -> Result<()> {
    for (position, step) in steps.iter().enumerate() {
        put(connection, run, position as i64, step)?;
    }
    Ok(())
}

/// Writes a step at this position, also over another one. Steps that are merged one by one have
/// negative positions.
pub fn put(connection: &Connection, run: i64, position: i64, step: &StepExecution) -> Result<()> {
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
    connection.prepare_cached(&PUT)?.execute(params![
        run,
        position,
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
        OptionalStepFields::from(step).json(),
    ])?;
    Ok(())
}

/// Writes the steps of a run that has none, to be merged one by one. The first `kept` of them keep
/// their places.
pub fn insert_merged(
    connection: &Connection,
    run: i64,
    steps: &[StepExecution],
    kept: usize,
) -> Result<()> {
    for (index, step) in steps.iter().enumerate() {
        let place = index as i64;
        let position = if index < kept { KEPT_END - kept as i64 + place } else { -1 - place };
        put(connection, run, position, step)?;
    }
    Ok(())
}

/// The step with this id and attempt of a run whose steps are merged one by one, and its position.
pub fn find_merged(
    connection: &Connection,
    run: i64,
    id: &str,
    attempt: i32,
) -> Result<Option<(i64, StepExecution)>> {
    let mut statement = connection.prepare_cached(&FIND_MERGED)?;
    let found = statement
        .query_row(params![run, id, attempt], |row| Ok((row.get("position")?, step(row)?)));
    Ok(found.optional()?)
}

/// Deletes the steps of a run.
pub fn delete(connection: &Connection, run: i64) -> Result<()> {
    connection.prepare_cached("DELETE FROM step WHERE run = ?1")?.execute([run])?;
    Ok(())
}

/// The steps of a run in their order.
pub fn list(connection: &Connection, run: i64) -> Result<Vec<StepExecution>> {
    let mut statement = connection.prepare_cached(&LIST)?;
    let (mut steps, mut kept, mut are_merged) = (Vec::new(), 0, false);
    let mut rows = statement.query([run])?;
    while let Some(row) = rows.next()? {
        let position: i64 = row.get("position")?;
        are_merged |= position < 0;
        kept += usize::from(position < KEPT_END);
        steps.push(step(row)?);
    }
    if are_merged {
        steps[kept..].sort_by(step_order);
    }
    Ok(steps)
}

/// The size in bytes of the text in the steps of a run. SQLite finds it without reading the text.
pub fn text_size(connection: &Connection, tenant: i64, run_id: &str) -> Result<usize> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(sum(octet_length(step.id) + octet_length(step_name)
                             + coalesce(octet_length(error), 0)
                             + coalesce(octet_length(step.optional_fields), 0)), 0)
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
    let OptionalStepFields { outcome, url, metadata, parent_id, iteration } =
        columns.optional_fields()?;
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
