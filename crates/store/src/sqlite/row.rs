//! Rows as the model's types, and the small numbers that stand for the model's words.

use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail,
    WorkflowRunMetadata, WorkflowRunStatus,
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};

use super::Result;

/// What [`metadata`] reads, from `run`; the words come from the dictionaries for the rows that are shown only.
pub const METADATA: &str = "run.id,
    (SELECT uid FROM workflow WHERE workflow.id = run.workflow),
    (SELECT uid FROM version WHERE version.id = run.version),
    (SELECT display_name FROM version WHERE version.id = run.version),
    (SELECT name FROM run_type WHERE run_type.id = run.run_type),
    run.status, run.duration, run.created_at, run.started_at, run.finished_at";

/// A row of [`METADATA`].
pub fn metadata(row: &Row<'_>) -> rusqlite::Result<WorkflowRunMetadata> {
    Ok(WorkflowRunMetadata {
        id: row.get(0)?,
        workflow_id: row.get(1)?,
        version_id: row.get(2)?,
        version_display_name: row.get(3)?,
        run_type: row.get(4)?,
        status: word(row, 5, WorkflowRunStatus::ALL)?,
        duration: row.get::<_, Option<i64>>(6)?.map(|n| duration(6, n)).transpose()?,
        created_at: time(7, row.get(7)?)?,
        started_at: row.get::<_, Option<i64>>(8)?.map(|n| time(8, n)).transpose()?,
        finished_at: row.get::<_, Option<i64>>(9)?.map(|n| time(9, n)).transpose()?,
    })
}

/// A run with its steps, and the numbers under which it is stored.
pub struct Stored {
    /// The run.
    pub run: WorkflowRunDetail,
    /// Its number.
    pub pk: i64,
    /// Its workflow's number.
    pub workflow: i64,
}

/// The run with this id.
pub fn stored(connection: &Connection, tenant: i64, id: &str) -> Result<Option<Stored>> {
    let sql =
        format!("SELECT {METADATA}, run.pk, run.workflow FROM run WHERE tenant = ?1 AND id = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row(params![tenant, id], |row| {
        Ok((metadata(row)?, row.get::<_, i64>(10)?, row.get::<_, i64>(11)?))
    });
    let Some((run, pk, workflow)) = found.optional()? else { return Ok(None) };
    let run = run.with_steps(steps(connection, pk)?);
    Ok(Some(Stored { run, pk, workflow }))
}

/// How many bytes of text the steps of a run have. Their lengths stand before them: none of the text is read.
pub fn size(connection: &Connection, tenant: i64, id: &str) -> Result<usize> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(sum(octet_length(step.id) + octet_length(step_name) + coalesce(octet_length(error), 0)), 0)
         FROM run JOIN step ON step.run = run.pk WHERE tenant = ?1 AND run.id = ?2",
    )?;
    let size: i64 = statement.query_row(params![tenant, id], |row| row.get(0))?;
    Ok(usize::try_from(size).unwrap_or_default())
}

/// The number under which a word of the model is stored: its place in the documentation's order, from 1.
pub fn number<T: PartialEq>(word: T, all: &[T]) -> i64 {
    all.iter().position(|other| *other == word).map_or(0, |at| at as i64 + 1)
}

fn steps(connection: &Connection, run: i64) -> Result<Vec<StepExecution>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, step_name, step_type, status, attempt, error, duration, created_at, started_at,
         finished_at FROM step WHERE run = ?1 ORDER BY position",
    )?;
    let steps = statement.query_map([run], |row| {
        Ok(StepExecution {
            id: row.get(0)?,
            step_name: row.get(1)?,
            step_type: word(row, 2, StepType::ALL)?,
            status: word(row, 3, StepStatus::ALL)?,
            attempt: row.get(4)?,
            error: row.get(5)?,
            duration: duration(6, row.get(6)?)?,
            created_at: time(7, row.get(7)?)?,
            started_at: row.get::<_, Option<i64>>(8)?.map(|n| time(8, n)).transpose()?,
            finished_at: row.get::<_, Option<i64>>(9)?.map(|n| time(9, n)).transpose()?,
        })
    })?;
    Ok(steps.collect::<rusqlite::Result<_>>()?)
}

fn word<T: Copy>(row: &Row<'_>, column: usize, all: &[T]) -> rusqlite::Result<T> {
    let number: i64 = row.get(column)?;
    let word = usize::try_from(number - 1).ok().and_then(|at| all.get(at));
    word.copied().ok_or(rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn time(column: usize, millis: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millis(millis).ok_or_else(|| out_of_range(column))
}

fn duration(column: usize, micros: i64) -> rusqlite::Result<Seconds> {
    Seconds::from_micros(micros).ok_or_else(|| out_of_range(column))
}

fn out_of_range(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "out of range".into(), Type::Integer)
}
