//! Deleting runs within the writer's transaction.

use crate::{
    Result, change_numbers::drop_deletions, columns::stored_run_id, earlier_attempts,
    heartbeat_rows, id_code, matching::Matching, merged_rows, pairs::PairWriter, run_rows,
    runs_in_order::RunsInOrder, selection::Selection, step_rows, writer::Batch,
};
use runledger_store::{
    RunFilter,
    counted_index::{RunKey, Scope},
};
use rusqlite::OptionalExtension;

/// The greatest number of deletions that are forgotten when there is nothing left to delete.
const MAX_DROPPED: i64 = 5_000;

/// Deletes the run with this id. Returns whether there was one.
pub fn delete(batch: &mut Batch<'_>, tenant: i64, id: &str) -> Result<bool> {
    let id = id_code::encode(id.as_bytes());
    let pk = run_rows::find_number(batch.connection, tenant, &id)?;
    pk.map(|pk| delete_row(batch, pk)).transpose().map(|deleted| deleted.is_some())
}

/// Deletes at most `max` of the runs that match, the oldest first. Returns how many.
pub fn delete_oldest(
    batch: &mut Batch<'_>,
    tenant: i64,
    filter: &RunFilter,
    max: usize,
) -> Result<usize> {
    let runs = match Matching::find(batch.connection, tenant, filter)? {
        Matching::Counted(selection) => oldest(&selection, max)?,
        Matching::Walked(walk) => walk.oldest(max),
        Matching::None => return Ok(0),
    };
    if runs.len() < max {
        // The last call of a prune. Without it, the deletions would stay until the next one.
        drop_deletions(batch.connection, tenant, MAX_DROPPED)?;
    }
    for (_, pk) in &runs {
        delete_row(batch, *pk)?;
    }
    Ok(runs.len())
}

/// The keys and numbers of at most `max` runs of the selection, oldest first.
fn oldest(selection: &Selection<'_>, max: usize) -> Result<Vec<(RunKey, i64)>> {
    let mut runs = Vec::new();
    for scope in &selection.scopes {
        let in_order = RunsInOrder::new(selection.connection, *scope);
        runs.extend(in_order.oldest(selection.from(), selection.end(), max as u64)?);
    }
    runs.sort_unstable();
    runs.truncate(max);
    Ok(runs)
}

/// Deletes the pairs of a run's metadata.
fn delete_pairs(batch: &mut Batch<'_>, pk: i64) -> Result<()> {
    let sql = "SELECT tenant FROM run WHERE pk = ?1 AND optional_fields IS NOT NULL";
    let mut statement = batch.connection.prepare_cached(sql)?;
    let Some(tenant) = statement.query_row([pk], |row| row.get(0)).optional()? else {
        return Ok(());
    };
    let run = run_rows::metadata_of_number(batch.connection, pk)?.with_steps(Vec::new());
    let Batch { connection, dictionary: _, changes, numbers: _ } = batch;
    PairWriter { connection, changes, tenant, pk }.change(Some(&run), None)
}

/// Deletes the row of a run, its steps and its earlier attempts. The changes of counts and the
/// number of the deletion are added to the batch.
fn delete_row(batch: &mut Batch<'_>, pk: i64) -> Result<()> {
    delete_pairs(batch, pk)?;
    step_rows::delete(batch.connection, pk)?;
    merged_rows::delete(batch.connection, pk)?;
    heartbeat_rows::delete(batch.connection, pk)?;
    earlier_attempts::delete(batch.connection, pk)?;
    let mut statement = batch.connection.prepare_cached(
        "DELETE FROM run WHERE pk = ?1 RETURNING tenant, workflow, status, created_at, id",
    )?;
    let (scope, key, id) = statement.query_row([pk], |row| {
        let scope = Scope { tenant: row.get(0)?, workflow: row.get(1)?, status: row.get(2)? };
        let key = RunKey::new(row.get(3)?, &stored_run_id(row, 4)?);
        Ok((scope, key, row.get::<_, Vec<u8>>(4)?))
    })?;
    batch.changes.add(scope, &key, -1);
    batch.numbers.deleted(batch.connection, scope.tenant, &id)
}
