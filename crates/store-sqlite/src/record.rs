//! Recording one run within the writer's transaction.

use runledger_model::WorkflowRunDetail;
use runledger_store::{Recorded, codes::StorageCode, counts::Scope, decide};

use crate::{Result, run_rows, writer::Batch};

/// Records a run. The changes of counts are added to the batch, which writes them at its end.
pub fn record(batch: &mut Batch<'_>, tenant: i64, run: &WorkflowRunDetail) -> Result<Recorded> {
    let Batch { connection, dictionary, deltas } = batch;
    let stored = run_rows::find(connection, tenant, &run.id)?;
    let recorded = decide(stored.as_ref().map(|stored| &stored.run), run);
    if !recorded.is_written() {
        return Ok(recorded);
    }
    let pk = stored.as_ref().map(|stored| stored.numbers.pk);
    let numbers = run_rows::write(connection, dictionary, tenant, pk, run)?;
    let counted = |workflow, run: &WorkflowRunDetail| {
        (Scope { tenant, workflow, status: run.status.code() }, run.created_at.millis())
    };
    let after = counted(numbers.workflow, run);
    let before = stored.map(|stored| counted(stored.numbers.workflow, &stored.run));
    if before != Some(after) {
        if let Some((scope, created_at)) = before {
            deltas.add(scope, created_at, -1);
        }
        deltas.add(after.0, after.1, 1);
    }
    Ok(recorded)
}
