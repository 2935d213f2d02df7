//! Recording one run within the writer's transaction.

use runledger_model::WorkflowRunDetail;
use runledger_store::{
    Recorded,
    codes::StorageCode,
    counted_index::{Changes, RunKey, Scope},
    decide,
};

use crate::{
    Result, heartbeat_rows, id_code,
    pairs::PairWriter,
    run_rows::{self, Place},
    writer::Batch,
};

/// Records a run. The changes of counts are added to the batch, which writes them at its end.
pub fn record(batch: &mut Batch<'_>, tenant: i64, run: &WorkflowRunDetail) -> Result<Recorded> {
    let Batch { connection, dictionary, changes, numbers } = batch;
    let id = &id_code::encode(run.id.as_bytes());
    let stored = run_rows::find(connection, tenant, id)?;
    let recorded = decide(stored.as_ref().map(|stored| &stored.run), run);
    if !recorded.is_written() {
        if let (Recorded::Unchanged, Some(stored)) = (recorded, &stored) {
            heartbeat_rows::note(connection, stored.numbers.pk, Some(&stored.run), run)?;
        }
        return Ok(recorded);
    }
    if stored.is_none() {
        numbers.created(connection, tenant, id)?;
    }
    let pk = stored.as_ref().map(|stored| stored.numbers.pk);
    let place = Place { tenant, id, pk, change: numbers.next(connection, tenant)? };
    let written = run_rows::write(connection, dictionary, place, run)?;
    let before = stored.as_ref().map(|stored| (stored.numbers.workflow, &stored.run));
    count(changes, tenant, before, (written.workflow, run));
    PairWriter { connection, dictionary, changes, tenant, pk: written.pk }
        .change(before.map(|(_, run)| run), Some(run))?;
    heartbeat_rows::note(connection, written.pk, before.map(|(_, run)| run), run)?;
    Ok(recorded)
}

/// Adds the change of counts when a run replaces another state of it, or is new. Each run is given
/// with the number of its workflow.
pub fn count(
    changes: &mut Changes,
    tenant: i64,
    before: Option<(i64, &WorkflowRunDetail)>,
    after: (i64, &WorkflowRunDetail),
) {
    let counted = |(workflow, run): (i64, &WorkflowRunDetail)| {
        let scope = Scope { tenant, workflow, status: run.status.code() };
        (scope, RunKey::new(run.created_at.millis(), &run.id))
    };
    let (before, after) = (before.map(counted), counted(after));
    if before.as_ref() != Some(&after) {
        if let Some((scope, key)) = before {
            changes.add(scope, &key, -1);
        }
        changes.add(after.0, &after.1, 1);
    }
}
