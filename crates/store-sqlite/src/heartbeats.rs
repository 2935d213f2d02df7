//! The table of live runs whose recorders must be heard of.

use runledger_model::Timestamp;
use runledger_store::{Heartbeat, StateBeforeLoss, TenantId};
use rusqlite::{Connection, params};

use crate::{
    Result,
    columns::stored_run_id,
    heartbeat_rows, id_code,
    merge::{self, Limits},
    run_rows,
    writer::Batch,
};

/// The live runs with a timeout.
pub fn list(connection: &Connection) -> Result<Vec<Heartbeat>> {
    let mut statement = connection.prepare_cached(
        "SELECT run.tenant, run.id, heard_at, timeout, beats
         FROM heartbeat JOIN run ON run.pk = heartbeat.run WHERE before_loss IS NULL",
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
    if !is_newest(batch.connection, pk, heartbeat)? {
        return Ok(false);
    }
    let Some(row) = run_rows::find_without_steps(batch.connection, pk)? else { return Ok(false) };
    let run = row.with_steps(Vec::new()).run;
    let limits = Limits { condition: None, max_bytes: usize::MAX };
    let ended = merge::patch(batch, tenant, &heartbeat.end(&run), &limits, now)?.is_ok();
    if ended {
        let before = StateBeforeLoss::new(&run);
        heartbeat_rows::note_loss(batch.connection, pk, heartbeat, &before)?;
    }
    Ok(ended)
}

/// Whether the run was not recorded since this heartbeat. The number alone does not tell: it begins
/// anew where the run ends and begins again meanwhile, or is deleted and recorded under its id.
fn is_newest(connection: &Connection, run: i64, heartbeat: &Heartbeat) -> Result<bool> {
    let Heartbeat { tenant: _, id: _, heard_at, timeout, beats } = heartbeat;
    let sql = "SELECT 1 FROM heartbeat WHERE run = ?1 AND heard_at = ?2 AND timeout = ?3
        AND beats = ?4 AND before_loss IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.exists(params![run, heard_at.millis(), timeout, beats])?)
}
