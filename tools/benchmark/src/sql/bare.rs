//! The same runs in bare tables: one of runs with the indexes that the lists need, and one of
//! steps. Nothing is counted, and nothing is looked up before it is written.

use std::path::Path;

use anyhow::Result;
use runledger_model::{StepExecution, WorkflowRunDetail};
use runledger_store::codes::StorageCode;
use rusqlite::{Connection, params};

const SCHEMA: &str = "
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -65536;
PRAGMA mmap_size = 1073741824;
CREATE TABLE run (
    pk INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id TEXT NOT NULL,
    workflow TEXT NOT NULL,
    version TEXT NOT NULL,
    display_name TEXT NOT NULL,
    run_type TEXT NOT NULL,
    status INTEGER NOT NULL,
    duration INTEGER,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    change INTEGER NOT NULL
);
CREATE UNIQUE INDEX run_by_id ON run (tenant, id);
CREATE UNIQUE INDEX run_by_change ON run (tenant, change);
CREATE INDEX run_by_time ON run (tenant, created_at, id);
CREATE INDEX run_by_status ON run (tenant, status, created_at, id);
CREATE INDEX run_by_workflow_status ON run (tenant, workflow, status, created_at, id);
CREATE TABLE step (
    run INTEGER NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    step_name TEXT NOT NULL,
    step_type TEXT NOT NULL,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    error TEXT,
    duration INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;";

/// The connection that writes the bare tables.
pub struct BareTable {
    connection: Connection,
    /// The number of the last change of a run.
    last_change: i64,
}

impl BareTable {
    /// Creates the tables in a new file.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn create(path: &Path) -> Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection, last_change: 0 })
    }

    /// Writes runs in one durable transaction.
    ///
    /// # Errors
    /// An error of SQLite.
    pub fn record(&mut self, runs: &[WorkflowRunDetail]) -> Result<()> {
        let transaction = self.connection.transaction()?;
        for run in runs {
            self.last_change += 1;
            insert(&transaction, run, self.last_change)?;
        }
        Ok(transaction.commit()?)
    }
}

fn insert(connection: &Connection, run: &WorkflowRunDetail, change: i64) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO run (tenant, id, workflow, version, display_name, run_type, status, duration,
         created_at, started_at, finished_at, change)
         VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    let pk = statement.insert(params![
        run.id,
        run.workflow_id,
        run.version_id,
        run.version_display_name,
        run.run_type,
        run.status.code(),
        run.duration.map(|duration| duration.micros()),
        run.created_at.millis(),
        run.started_at.map(|time| time.millis()),
        run.finished_at.map(|time| time.millis()),
        change,
    ])?;
    run.steps
        .iter()
        .enumerate()
        .try_for_each(|(position, step)| insert_step(connection, pk, position as i64, step))
}

fn insert_step(
    connection: &Connection,
    run: i64,
    position: i64,
    step: &StepExecution,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO step (run, position, id, step_name, step_type, status, attempt, error,
         duration, created_at, started_at, finished_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    statement.execute(params![
        run,
        position,
        step.id,
        step.step_name,
        step.step_type.as_str(),
        step.status.as_str(),
        step.attempt,
        step.error,
        step.duration.micros(),
        step.created_at.millis(),
        step.started_at.map(|time| time.millis()),
        step.finished_at.map(|time| time.millis()),
    ])?;
    Ok(())
}
