//! Recording one run within the writer's transaction.

use runledger_model::{Recording, WorkflowRunDetail};
use runledger_store::{
    Decision, Place, Recorded, RecordedRun,
    codes::StorageCode,
    counted_index::{Changes, RunKey, Scope},
    decide,
};

use crate::{
    Result,
    change_numbers::set_number,
    earlier_attempts, heartbeat_rows, id_code,
    pairs::PairWriter,
    run_rows::{self, StoredRun},
    writer::Batch,
};

/// Records a run. The changes of counts are added to the batch, which writes them at its end.
pub fn record(batch: &mut Batch<'_>, tenant: i64, recording: Recording) -> Result<RecordedRun> {
    let id = &id_code::encode(recording.id().as_bytes());
    let stored = run_rows::find(batch.connection, tenant, id)?;
    let newest = stored.as_ref().map(|stored| &stored.run);
    let earlier = |attempt| {
        let Some(pk) = stored.as_ref().map(|stored| stored.numbers.pk) else { return Ok(None) };
        let found = earlier_attempts::find(batch.connection, pk, attempt)?;
        let before_loss = earlier_attempts::before_loss(batch.connection, pk, attempt)?;
        Ok::<_, crate::error::Error>(found.map(|run| (run, before_loss.is_some())))
    };
    let before_loss = match &stored {
        Some(stored) if stored.run.status.is_final() => {
            heartbeat_rows::before_loss(batch.connection, stored.numbers.pk)?
        }
        _ => None,
    };
    let decision = decide(newest, before_loss.is_some(), earlier, recording)?;
    let Decision { recorded, place, mut run } = decision;
    let Some(stored) = stored else {
        batch.numbers.created(batch.connection, tenant, id)?;
        write_newest(batch, tenant, id, None, &run)?;
        return Ok(RecordedRun { recorded, run });
    };
    let pk = stored.numbers.pk;
    let mut newest = stored.run.as_attempt();
    // What repeats the end of a silent run does not show that its recorder has ended it.
    if recorded == Recorded::Unchanged && place == Place::Newest && before_loss.is_none() {
        heartbeat_rows::note(batch.connection, pk, Some(&stored.run), &run)?;
    }
    if recorded.is_written() {
        if place == Place::Next {
            earlier_attempts::write(batch.connection, pk, &stored.run, before_loss.as_ref())?;
        }
        if place == Place::Earlier {
            earlier_attempts::write(batch.connection, pk, &run, None)?;
            let number = batch.numbers.next(batch.connection, tenant)?;
            set_number(batch.connection, pk, number)?;
        } else {
            newest = run.as_attempt();
            write_newest(batch, tenant, id, Some(stored), &run)?;
        }
    }
    earlier_attempts::list_in(batch.connection, pk, newest, &mut run)?;
    Ok(RecordedRun { recorded, run })
}

/// Writes the newest attempt of a run, over the stored one if there is one.
fn write_newest(
    batch: &mut Batch<'_>,
    tenant: i64,
    id: &[u8],
    stored: Option<StoredRun>,
    run: &WorkflowRunDetail,
) -> Result<()> {
    let Batch { connection, dictionary, changes, numbers } = batch;
    let pk = stored.as_ref().map(|stored| stored.numbers.pk);
    let place = run_rows::Place { tenant, id, pk, change: numbers.next(connection, tenant)? };
    let written = run_rows::write(connection, dictionary, place, run)?;
    let before = stored.as_ref().map(|stored| (stored.numbers.workflow, &stored.run));
    count(changes, tenant, before, (written.workflow, run));
    PairWriter { connection, changes, tenant, pk: written.pk }
        .change(before.map(|(_, run)| run), Some(run))?;
    heartbeat_rows::note(connection, written.pk, before.map(|(_, run)| run), run)?;
    Ok(())
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
