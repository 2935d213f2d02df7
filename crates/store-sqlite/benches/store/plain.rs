//! The same data in plain tables: one of runs with the same indexes and one of steps, read with
//! `COUNT(*)` and `OFFSET`.

use std::path::Path;

use runledger_model::{
    StepExecution, WorkflowRunDetail,
    WorkflowRunStatus::{Failed, Succeeded},
};
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
    finished_at INTEGER
);
CREATE UNIQUE INDEX run_by_id ON run (tenant, id);
CREATE INDEX run_by_time ON run (tenant, created_at, id);
CREATE INDEX run_by_status ON run (tenant, status, created_at, id);
CREATE INDEX run_by_workflow ON run (tenant, workflow, created_at, id);
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

/// The connection that writes the plain tables.
pub struct PlainWriter(Connection);

impl PlainWriter {
    /// Creates the tables in a new file.
    pub fn create(path: &Path) -> Self {
        let connection = Connection::open(path).expect("a new file");
        connection.execute_batch(SCHEMA).expect("a schema");
        Self(connection)
    }

    /// Writes a batch in one transaction.
    pub fn record(&mut self, batch: &[WorkflowRunDetail]) {
        let transaction = self.0.transaction().expect("a transaction");
        for run in batch {
            insert(&transaction, run).expect("inserted");
        }
        transaction.commit().expect("committed");
    }
}

fn insert(connection: &Connection, run: &WorkflowRunDetail) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO run (tenant, id, workflow, version, display_name, run_type, status, duration,
         created_at, started_at, finished_at) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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

/// A connection that reads the plain tables.
pub struct PlainReader(Connection);

impl PlainReader {
    /// Opens the file of a [`PlainWriter`].
    pub fn open(path: &Path) -> Self {
        let connection = Connection::open(path).expect("the file");
        connection
            .execute_batch("PRAGMA cache_size = -65536; PRAGMA mmap_size = 1073741824;")
            .expect("pragmas");
        Self(connection)
    }

    /// The ids of 20 runs, found by `OFFSET`; their texts are read as well.
    pub fn ids(&self, status: Option<i64>, offset: i64) -> Vec<String> {
        let filter = if status.is_some() { "status = ?2" } else { "?2 IS NULL" };
        let sql = format!(
            "SELECT * FROM run WHERE tenant = ?1 AND {filter}
             ORDER BY created_at DESC, id DESC LIMIT 20 OFFSET ?3"
        );
        let mut statement = self.0.prepare_cached(&sql).expect("a statement");
        let ids = statement.query_map(params![1, status, offset], |row| {
            let _: (String, String, String, String) =
                (row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?);
            row.get(2)
        });
        ids.expect("rows").collect::<rusqlite::Result<_>>().expect("ids")
    }

    /// The totals: all, succeeded and failed, or only the one of the filter.
    pub fn totals(&self, status: Option<i64>) -> [i64; 3] {
        match status {
            Some(_) => [self.total(status); 3],
            None => {
                let [succeeded, failed] = [Succeeded, Failed].map(|status| Some(status.code()));
                [None, succeeded, failed].map(|status| self.total(status))
            }
        }
    }

    /// The number of runs.
    pub fn total(&self, status: Option<i64>) -> i64 {
        let filter = if status.is_some() { "status = ?1" } else { "?1 IS NULL" };
        let sql = format!("SELECT COUNT(*) FROM run WHERE tenant = 1 AND {filter}");
        let mut statement = self.0.prepare_cached(&sql).expect("a statement");
        statement.query_row([status], |row| row.get(0)).expect("a count")
    }

    /// Reads a run with its steps and returns the number of steps.
    pub fn run(&self, id: &str) -> usize {
        let mut statement = self
            .0
            .prepare_cached("SELECT pk, workflow FROM run WHERE tenant = 1 AND id = ?1")
            .expect("a statement");
        let pk: i64 = statement.query_row([id], |row| row.get(0)).expect("the run");
        let mut statement = self
            .0
            .prepare_cached("SELECT * FROM step WHERE run = ?1 ORDER BY position")
            .expect("a statement");
        let steps = statement
            .query_map([pk], |row| Ok((row.get::<_, String>(2)?, row.get::<_, String>(3)?)));
        steps.expect("rows").count()
    }
}
