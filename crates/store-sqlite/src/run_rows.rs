//! The table of runs.

use std::sync::LazyLock;

use runledger_model::{Seconds, StepExecution, Timestamp, WorkflowRunDetail, WorkflowRunMetadata};
use runledger_store::codes::StorageCode;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    Result,
    checksum::checksum,
    columns::{Columns, parameters},
    dictionary::Dictionary,
    merged_rows,
    optional_fields::{OptionalFields, OptionalRunFields},
    step_rows,
};

/// What [`metadata`] reads of a run. The words come from the dictionaries, for the rows that are
/// shown only.
pub const METADATA: &str = "run.id,
    (SELECT uid FROM workflow WHERE workflow.id = run.workflow),
    (SELECT uid FROM version WHERE version.id = run.version),
    (SELECT display_name FROM version WHERE version.id = run.version),
    (SELECT name FROM run_type WHERE run_type.id = run.run_type),
    run.status, run.created_at, run.started_after, run.finished_after, run.duration_beyond,
    run.optional_fields";

/// What [`duration`] reads of a run.
pub const TIMES: &str = "created_at, started_after, finished_after, duration_beyond";

/// The columns that [`write`] writes, in its order.
const COLUMNS: &str = "tenant, id, workflow, version, run_type, status, created_at, started_after,
    finished_after, duration_beyond, change, checksum, optional_fields";

static STORED: LazyLock<String> = LazyLock::new(|| {
    let columns = "run.pk, run.workflow, run.checksum";
    format!("SELECT {METADATA}, {columns} FROM run WHERE pk = ?1")
});

static INSERT: LazyLock<String> = LazyLock::new(|| {
    format!("INSERT INTO run ({COLUMNS}, pk) VALUES ({}, ?)", parameters(COLUMNS))
});

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    format!("UPDATE run SET ({COLUMNS}) = ({}) WHERE pk = ?", parameters(COLUMNS))
});

/// As [`UPDATE`], for a run whose columns in the indexes of lists stay as they are. SQLite writes
/// the entry of every index whose columns are named, also if they have the values that they had.
const UPDATE_OTHERS: &str = "UPDATE run SET version = ?4, run_type = ?5, started_after = ?8,
    finished_after = ?9, duration_beyond = ?10, change = ?11, checksum = ?12,
    optional_fields = ?13
    WHERE pk = ?14 AND tenant = ?1 AND id = ?2 AND workflow = ?3 AND status = ?6
    AND created_at = ?7";

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
    /// The [checksum](checksum()) that was stored with it; `None`: not known.
    pub checksum: Option<u32>,
}

/// The row of a run, without its steps.
pub struct StoredRow {
    run: WorkflowRunMetadata,
    error: Option<String>,
    numbers: RunNumbers,
    checksum: Option<u32>,
}

impl StoredRow {
    /// The run with these steps.
    pub fn with_steps(self, steps: Vec<StepExecution>) -> StoredRun {
        let Self { run, error, numbers, checksum } = self;
        let run = WorkflowRunDetail { error, ..run.with_steps(steps) };
        StoredRun { run, numbers, checksum }
    }
}

/// The run with this id, given as its code.
pub fn find(connection: &Connection, tenant: i64, id: &[u8]) -> Result<Option<StoredRun>> {
    match find_number(connection, tenant, id)? {
        Some(pk) => find_by_number(connection, pk),
        None => Ok(None),
    }
}

/// The number of the run with this id, given as its code.
pub fn find_number(connection: &Connection, tenant: i64, id: &[u8]) -> Result<Option<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT pk FROM run WHERE tenant = ?1 AND id = ?2")?;
    Ok(statement.query_row(params![tenant, id], |row| row.get(0)).optional()?)
}

/// The run with this number.
pub fn find_by_number(connection: &Connection, pk: i64) -> Result<Option<StoredRun>> {
    match find_without_steps(connection, pk)? {
        Some(stored) => Ok(Some(stored.with_steps(step_rows::list(connection, pk)?))),
        None => Ok(None),
    }
}

/// The row of the run with this number.
pub fn find_without_steps(connection: &Connection, pk: i64) -> Result<Option<StoredRow>> {
    let mut statement = connection.prepare_cached(&STORED)?;
    let found = statement.query_row([pk], |row| {
        let mut columns = Columns::of(row);
        let (run, error) = run_of(&mut columns)?;
        let numbers = RunNumbers { pk: columns.value()?, workflow: columns.value()? };
        let checksum = columns.value::<Option<i32>>()?.map(i32::cast_unsigned);
        Ok(StoredRow { run, error, numbers, checksum })
    });
    Ok(found.optional()?)
}

/// A row of [`METADATA`].
pub fn metadata(row: &Row<'_>) -> rusqlite::Result<WorkflowRunMetadata> {
    metadata_of(&mut Columns::of(row))
}

/// The run with this number.
pub fn metadata_of_number(connection: &Connection, pk: i64) -> Result<WorkflowRunMetadata> {
    static SQL: LazyLock<String> =
        LazyLock::new(|| format!("SELECT {METADATA} FROM run WHERE pk = ?1"));
    Ok(connection.prepare_cached(&SQL)?.query_row([pk], metadata)?)
}

/// The duration in a row of [`TIMES`], if it is known.
pub fn duration(row: &Row<'_>) -> rusqlite::Result<Option<Seconds>> {
    Ok(times_of(&mut Columns::of(row))?.duration)
}

/// Where a run is written.
pub struct Place<'a> {
    /// The tenant.
    pub tenant: i64,
    /// The code of the run's id.
    pub id: &'a [u8],
    /// The number of the stored run that is written over; `None`: a new one.
    pub pk: Option<i64>,
    /// The number of the change.
    pub change: i64,
}

/// Writes a run with its steps.
pub fn write(
    connection: &Connection,
    dictionary: &mut Dictionary,
    place: Place<'_>,
    run: &WorkflowRunDetail,
) -> Result<RunNumbers> {
    let is_new = place.pk.is_none();
    let numbers = write_row(connection, dictionary, place, run, checksum(run))?;
    if !is_new {
        step_rows::delete(connection, numbers.pk)?;
        merged_rows::delete(connection, numbers.pk)?;
    }
    step_rows::insert(connection, numbers.pk, &run.steps)?;
    Ok(numbers)
}

/// Writes the row of a run with the checksum of it and its steps.
pub fn write_row(
    connection: &Connection,
    dictionary: &mut Dictionary,
    place: Place<'_>,
    run: &WorkflowRunDetail,
    checksum: u32,
) -> Result<RunNumbers> {
    let Place { tenant, id, pk, change } = place;
    let WorkflowRunDetail {
        id: _,
        workflow_id,
        version_id,
        version_display_name,
        run_type,
        status,
        duration,
        created_at,
        started_at,
        finished_at,
        attempt: _,
        outcome: _,
        url: _,
        metadata: _,
        parent_id: _,
        triggered_by: _,
        heartbeat_timeout: _,
        error: _,
        attempts: _,
        steps: _,
        step_count: _,
    } = run;
    let workflow = dictionary.workflow(connection, tenant, workflow_id)?;
    let times = RelativeTimes::new(
        created_at.millis(),
        started_at.map(|time| time.millis()),
        finished_at.map(|time| time.millis()),
        duration.map(|duration| duration.micros()),
    );
    let version = dictionary.version(connection, tenant, version_id, version_display_name)?;
    let run_type = dictionary.run_type(connection, tenant, run_type)?;
    let values = params![
        tenant,
        id,
        workflow,
        version,
        run_type,
        status.code(),
        created_at.millis(),
        times.started_after,
        times.finished_after,
        times.duration_beyond,
        change,
        i64::from(checksum.cast_signed()),
        OptionalRunFields::from(run).json(),
        pk,
    ];
    let is_written = pk.is_some() && connection.prepare_cached(UPDATE_OTHERS)?.execute(values)? > 0;
    if !is_written {
        let sql = if pk.is_none() { &INSERT } else { &UPDATE };
        connection.prepare_cached(sql)?.execute(values)?;
    }
    let pk = pk.unwrap_or_else(|| connection.last_insert_rowid());
    Ok(RunNumbers { pk, workflow })
}

/// The times of a run.
struct Times {
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    duration: Option<Seconds>,
}

/// The columns from `created_at` to `duration_beyond`.
fn times_of(columns: &mut Columns<'_>) -> rusqlite::Result<Times> {
    let created_at = columns.time()?;
    let started_at = columns.time_after(created_at)?;
    let finished_at = columns.time_after(started_at.unwrap_or(created_at))?;
    let elapsed = Seconds::elapsed(started_at, finished_at).unwrap_or_default();
    let duration = columns.duration_beyond(elapsed)?;
    Ok(Times { created_at, started_at, finished_at, duration })
}

/// The times of a run as they are stored: small numbers take few bytes.
pub struct RelativeTimes {
    /// From the creation to the start, in milliseconds.
    pub started_after: Option<i64>,
    /// From the start, or else the creation, to the end, in milliseconds.
    pub finished_after: Option<i64>,
    /// By how much the duration differs from the time between start and end, in microseconds.
    pub duration_beyond: Option<i64>,
}

impl RelativeTimes {
    /// From times in milliseconds since 1970 and a duration in microseconds. Values that no run can
    /// have, which are in damaged databases only, give others of this kind.
    pub fn new(
        created_at: i64,
        started_at: Option<i64>,
        finished_at: Option<i64>,
        duration: Option<i64>,
    ) -> Self {
        let after = |time: Option<i64>, start: i64| Some(time?.saturating_sub(start));
        let time = |millis: Option<i64>| millis.and_then(Timestamp::from_millis);
        let elapsed = Seconds::elapsed(time(started_at), time(finished_at));
        let elapsed = elapsed.unwrap_or_default().micros();
        Self {
            started_after: after(started_at, created_at),
            finished_after: after(finished_at, started_at.unwrap_or(created_at)),
            duration_beyond: duration.map(|duration| duration.saturating_sub(elapsed)),
        }
    }
}

/// The columns of [`METADATA`].
pub fn metadata_of(columns: &mut Columns<'_>) -> rusqlite::Result<WorkflowRunMetadata> {
    run_of(columns).map(|(run, _)| run)
}

/// The columns of [`METADATA`]: the run as lists show it, and its error.
fn run_of(columns: &mut Columns<'_>) -> rusqlite::Result<(WorkflowRunMetadata, Option<String>)> {
    let id = columns.run_id()?;
    let workflow_id = columns.value()?;
    let version_id = columns.value()?;
    let version_display_name = columns.value()?;
    let run_type = columns.value()?;
    let status = columns.code()?;
    let Times { created_at, started_at, finished_at, duration } = times_of(columns)?;
    let OptionalRunFields {
        attempt,
        outcome,
        url,
        metadata,
        parent_id,
        triggered_by,
        heartbeat_timeout,
        error,
    } = columns.optional_fields()?;
    let run = WorkflowRunMetadata {
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
        attempt: attempt.unwrap_or(1),
        outcome,
        url,
        metadata,
        parent_id,
        triggered_by,
        heartbeat_timeout,
    };
    Ok((run, error))
}
