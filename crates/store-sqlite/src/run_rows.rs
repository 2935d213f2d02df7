//! The table of runs.

use runledger_model::{WorkflowRunDetail, WorkflowRunMetadata};
use runledger_store::codes::StorageCode;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    Result,
    columns::{Columns, parameters},
    dictionary::Dictionary,
    step_rows,
};

/// What [`metadata`] reads of a run. The words come from the dictionaries, for the rows that are
/// shown only.
pub const METADATA: &str = "run.id,
    (SELECT uid FROM workflow WHERE workflow.id = run.workflow),
    (SELECT uid FROM version WHERE version.id = run.version),
    (SELECT display_name FROM version WHERE version.id = run.version),
    (SELECT name FROM run_type WHERE run_type.id = run.run_type),
    run.status, run.duration, run.created_at, run.started_at, run.finished_at";

/// The columns that [`write`] writes, in its order.
const COLUMNS: &str = "tenant, id, workflow, version, run_type, status, duration, created_at,
    started_at, finished_at";

/// The numbers by which other tables know a run.
#[derive(Clone, Copy)]
pub struct RunNumbers {
    /// The run's own.
    pub pk: i64,
    /// That of its workflow.
    pub workflow: i64,
}

/// A run as it is stored.
pub struct StoredRun {
    /// The run with its steps.
    pub run: WorkflowRunDetail,
    /// Its numbers.
    pub numbers: RunNumbers,
}

/// The run with this id.
pub fn find(connection: &Connection, tenant: i64, id: &str) -> Result<Option<StoredRun>> {
    let sql =
        format!("SELECT {METADATA}, run.pk, run.workflow FROM run WHERE tenant = ?1 AND id = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row(params![tenant, id], |row| {
        let mut columns = Columns::of(row);
        let run = metadata_of(&mut columns)?;
        Ok((run, RunNumbers { pk: columns.value()?, workflow: columns.value()? }))
    });
    let Some((run, numbers)) = found.optional()? else { return Ok(None) };
    let run = run.with_steps(step_rows::list(connection, numbers.pk)?);
    Ok(Some(StoredRun { run, numbers }))
}

/// A row of [`METADATA`].
pub fn metadata(row: &Row<'_>) -> rusqlite::Result<WorkflowRunMetadata> {
    metadata_of(&mut Columns::of(row))
}

/// Writes a run with its steps: over the stored one with the number `pk`, or as a new one.
pub fn write(
    connection: &Connection,
    dictionary: &mut Dictionary,
    tenant: i64,
    pk: Option<i64>,
    run: &WorkflowRunDetail,
) -> Result<RunNumbers> {
    let WorkflowRunDetail {
        id,
        workflow_id,
        version_id,
        version_display_name,
        run_type,
        status,
        duration,
        created_at,
        started_at,
        finished_at,
        steps,
        step_count: _,
    } = run;
    let workflow = dictionary.workflow(connection, tenant, workflow_id)?;
    let parameters = parameters(COLUMNS);
    let sql = match pk {
        None => format!("INSERT INTO run ({COLUMNS}, pk) VALUES ({parameters}, ?)"),
        Some(_) => format!("UPDATE run SET ({COLUMNS}) = ({parameters}) WHERE pk = ?"),
    };
    connection.prepare_cached(&sql)?.execute(params![
        tenant,
        id,
        workflow,
        dictionary.version(connection, tenant, version_id, version_display_name)?,
        dictionary.run_type(connection, tenant, run_type)?,
        status.code(),
        duration.map(|duration| duration.micros()),
        created_at.millis(),
        started_at.map(|time| time.millis()),
        finished_at.map(|time| time.millis()),
        pk,
    ])?;
    let pk = match pk {
        None => connection.last_insert_rowid(),
        Some(pk) => {
            step_rows::delete(connection, pk)?;
            pk
        }
    };
    step_rows::insert(connection, pk, steps)?;
    Ok(RunNumbers { pk, workflow })
}

fn metadata_of(columns: &mut Columns<'_>) -> rusqlite::Result<WorkflowRunMetadata> {
    Ok(WorkflowRunMetadata {
        id: columns.value()?,
        workflow_id: columns.value()?,
        version_id: columns.value()?,
        version_display_name: columns.value()?,
        run_type: columns.value()?,
        status: columns.code()?,
        duration: columns.optional_duration()?,
        created_at: columns.time()?,
        started_at: columns.optional_time()?,
        finished_at: columns.optional_time()?,
    })
}
