//! Recording one run within the writer's transaction.

use runledger_model::WorkflowRunDetail;
use runledger_store::{
    Recorded,
    codes::StorageCode,
    counted_index::{RunKey, Scope},
    decide,
};

use crate::{
    Result, id_code,
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
        return Ok(recorded);
    }
    if stored.is_none() {
        numbers.created(connection, tenant, id)?;
    }
    let pk = stored.as_ref().map(|stored| stored.numbers.pk);
    let place = Place { tenant, id, pk, change: numbers.next(connection, tenant)? };
    let written = run_rows::write(connection, dictionary, place, run)?;
    let counted = |workflow, run: &WorkflowRunDetail| {
        let scope = Scope { tenant, workflow, status: run.status.code() };
        (scope, RunKey::new(run.created_at.millis(), &run.id))
    };
    let after = counted(written.workflow, run);
    let before = stored.map(|stored| counted(stored.numbers.workflow, &stored.run));
    if before.as_ref() != Some(&after) {
        if let Some((scope, key)) = before {
            changes.add(scope, &key, -1);
        }
        changes.add(after.0, &after.1, 1);
    }
    Ok(recorded)
}
