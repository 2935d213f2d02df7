//! The table of live runs whose recorders must be heard of.

use runledger_model::{Timestamp, WorkflowRunDetail};
use runledger_store::{Heartbeat, TenantId};
use rusqlite::{Connection, OptionalExtension};

use crate::{
    Result,
    columns::stored_run_id,
    id_code,
    merge::{self, Limits},
    merged_rows,
    record::record,
    run_rows,
    writer::Batch,
};

/// The live runs with a timeout.
pub fn list(connection: &Connection) -> Result<Vec<Heartbeat>> {
    let mut statement = connection.prepare_cached(
        "SELECT run.tenant, run.id, heard_at, timeout, beats
         FROM heartbeat JOIN run ON run.pk = heartbeat.run",
    )?;
    let found = statement.query_map([], |row| {
        Ok(Heartbeat {
            tenant: TenantId(row.get(0)?),
            id: stored_run_id(row, 1)?,
            heard_at: Timestamp::from_millis(row.get(2)?).unwrap_or(Timestamp::MIN),
            timeout: row.get(3)?,
            beats: row.get(4)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Ends a run, unless it was recorded since this heartbeat. Returns whether it was ended.
pub fn end_lost(batch: &mut Batch<'_>, heartbeat: &Heartbeat, now: Timestamp) -> Result<bool> {
    let tenant = heartbeat.tenant.0;
    let id = id_code::encode(heartbeat.id.as_bytes());
    let Some(pk) = run_rows::find_number(batch.connection, tenant, &id)? else { return Ok(false) };
    if beats(batch.connection, pk)? != Some(heartbeat.beats) {
        return Ok(false);
    }
    let end = heartbeat.end();
    if merged_rows::find(batch.connection, pk)?.is_some() {
        let limits = Limits { condition: None, max_bytes: usize::MAX };
        return Ok(merge::patch(batch, tenant, &end, &limits, now)?.is_ok());
    }
    // The steps of a run that was recorded whole keep their order.
    let Some(stored) = run_rows::find_by_number(batch.connection, pk)? else { return Ok(false) };
    let ended = runledger_store::merge_run(Some(stored.run.clone()), &end, now);
    let Ok(ended) = ended else { return Ok(false) };
    let WorkflowRunDetail { steps, step_count, .. } = stored.run;
    let ended = WorkflowRunDetail { steps, step_count, ..ended };
    Ok(record(batch, tenant, ended.into())?.recorded.is_written())
}

fn beats(connection: &Connection, run: i64) -> Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT beats FROM heartbeat WHERE run = ?1")?;
    Ok(statement.query_row([run], |row| row.get(0)).optional()?)
}
