//! Copying the runs to the smaller table of schema 4. Their checksums are written by the migration
//! to schema 6, which knows all columns that are read.

use std::collections::HashMap;

use rusqlite::{Connection, Row, params};

use crate::{Result, id_code, run_rows::RelativeTimes};

/// How many runs are copied between two reports of the progress.
const RUNS_PER_REPORT: u64 = 1_000_000;

/// Copies all runs. Those of a tenant get change numbers in the order of their first recording.
pub fn copy(connection: &Connection) -> Result<()> {
    let runs: i64 =
        connection.query_row("SELECT count(*) FROM larger_run", (), |row| row.get(0))?;
    let mut select = connection.prepare(
        "SELECT pk, tenant, id, workflow, version, run_type, status, created_at, started_at,
         finished_at, duration FROM larger_run ORDER BY pk",
    )?;
    let mut last_changes = HashMap::new();
    let mut rows = select.query(())?;
    let mut copied = 0_u64;
    while let Some(row) = rows.next()? {
        let change: &mut i64 = last_changes.entry(row.get::<_, i64>(1)?).or_default();
        *change += 1;
        copy_row(connection, row, *change)?;
        copied += 1;
        if copied.is_multiple_of(RUNS_PER_REPORT) {
            tracing::warn!("migrating: {copied} of {runs} runs are copied");
        }
    }
    for (tenant, last) in last_changes {
        connection.execute("UPDATE tenant SET last_change = ?2 WHERE id = ?1", [tenant, last])?;
    }
    Ok(())
}

fn copy_row(connection: &Connection, row: &Row<'_>, change: i64) -> Result<()> {
    let (pk, created_at): (i64, i64) = (row.get(0)?, row.get(7)?);
    let times = RelativeTimes::new(created_at, row.get(8)?, row.get(9)?, row.get(10)?);
    let mut insert = connection.prepare_cached(
        "INSERT INTO run (pk, tenant, id, workflow, version, run_type, status, created_at,
         started_after, finished_after, duration_beyond, change)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    insert.execute(params![
        pk,
        row.get::<_, i64>(1)?,
        id_code::encode(row.get_ref(2)?.as_bytes().map_err(rusqlite::Error::from)?),
        row.get::<_, i64>(3)?,
        row.get::<_, i64>(4)?,
        row.get::<_, i64>(5)?,
        row.get::<_, i64>(6)?,
        created_at,
        times.started_after,
        times.finished_after,
        times.duration_beyond,
        change,
    ])?;
    Ok(())
}
