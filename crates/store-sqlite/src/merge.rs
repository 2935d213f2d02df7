//! Merging what is known by now into a run, within the writer's transaction.

use std::collections::HashMap;

use runledger_model::{RunPatch, StepExecution, Timestamp, WorkflowRunDetail};
use runledger_store::{
    Condition, MAX_READ_BYTES, Patched, Recorded, Refused, RunSize, StateBeforeLoss,
    begins_attempt, check_step_count, earlier_attempt, is_sign_of_life, json_bytes, kept_steps,
    merge, merge_earlier, merge_run, merge_step,
};

use rusqlite::Connection;

use crate::{
    Result,
    checksum::merged_checksum,
    earlier_attempts, heartbeat_rows, id_code,
    merged_rows::{self, MergedSteps},
    pairs::PairWriter,
    record::{count, record},
    run_rows::{self, Place, StoredRun},
    step_rows,
    writer::Batch,
};

/// What a merge must satisfy.
pub struct Limits {
    /// What must hold for the run before the merge.
    pub condition: Option<Condition>,
    /// The greatest size of the whole run as JSON, in bytes.
    pub max_bytes: usize,
}

/// Merges what is known by `now` into a run, or begins it.
pub fn patch(
    batch: &mut Batch<'_>,
    tenant: i64,
    patch: &RunPatch,
    limits: &Limits,
    now: Timestamp,
) -> Result<Result<Patched, Refused>> {
    let id = id_code::encode(patch.id.as_bytes());
    if let Some(condition) = &limits.condition {
        let attempt = patch.run.attempt.flatten();
        let run = earlier_attempts::get_or_newest(batch.connection, tenant, &id, attempt)?;
        if !condition(run.as_ref()) {
            return Ok(Err(Refused::Condition));
        }
    }
    let mut patched = match merge_into(batch, tenant, &id, patch, limits.max_bytes, now)? {
        Ok(patched) => patched,
        Err(refused) => return Ok(Err(refused)),
    };
    let connection = batch.connection;
    let is_small = || -> Result<bool> {
        let Some(pk) = run_rows::find_number(connection, tenant, &id)? else { return Ok(false) };
        let steps = merged_rows::find(connection, pk)?;
        Ok(steps.is_none_or(|steps| steps.bytes <= MAX_READ_BYTES as i64))
    };
    if limits.condition.is_some() || is_small()? {
        let attempt = Some(patched.run.attempt);
        patched.whole = earlier_attempts::get(connection, tenant, &id, attempt)?;
    }
    Ok(Ok(patched))
}

/// Merges what is known by `now` into the run with this id, given as its code, or begins it.
fn merge_into(
    batch: &mut Batch<'_>,
    tenant: i64,
    id: &[u8],
    patch: &RunPatch,
    max_bytes: usize,
    now: Timestamp,
) -> Result<Result<Patched, Refused>> {
    let mut target = Target { tenant, id, max_bytes, before_loss: None, is_note: false };
    let pk = run_rows::find_number(batch.connection, tenant, id)?;
    let Some(pk) = pk else { return target.merge_whole(batch, None, patch, now) };
    let Some(row) = run_rows::find_without_steps(batch.connection, pk)? else {
        return target.merge_whole(batch, None, patch, now);
    };
    let stored = row.with_steps(Vec::new());
    if let Some(attempt) = earlier_attempt(&stored.run, patch) {
        return target.merge_earlier(batch, &stored, attempt, patch, now);
    }
    if stored.run.status.is_final() && !begins_attempt(&stored.run, patch) {
        let before_loss = heartbeat_rows::before_loss(batch.connection, pk)?;
        let is_lost = before_loss.is_some();
        target.before_loss = before_loss.filter(|_| is_sign_of_life(patch));
        target.is_note = is_lost && target.before_loss.is_none();
    }
    let merged = match merged_rows::find(batch.connection, pk)? {
        Some(merged) if !begins_attempt(&stored.run, patch) => merged,
        _ => {
            let whole = run_rows::find_by_number(batch.connection, pk)?;
            return target.merge_whole(batch, whole, patch, now);
        }
    };
    target.merge_steps(batch, stored, merged, patch, now)
}

/// The run that is merged into.
struct Target<'a> {
    tenant: i64,
    /// The code of its id.
    id: &'a [u8],
    max_bytes: usize,
    /// If the run was ended because its recorder was silent, and this is a sign of life: what the
    /// end replaced.
    before_loss: Option<StateBeforeLoss>,
    /// Whether the run was ended so, and this is no sign of life.
    is_note: bool,
}

/// A step that is named: its position, what it was and what it becomes.
struct NamedStep {
    position: i64,
    before: Option<StepExecution>,
    after: StepExecution,
}

impl Target<'_> {
    /// The run into which is merged: that which is stored, without its end if it is heard of again.
    fn base(&self, stored: WorkflowRunDetail) -> WorkflowRunDetail {
        match &self.before_loss {
            Some(before) => before.restore(stored),
            None => stored,
        }
    }

    /// Notes that a run was heard of.
    fn note(
        &self,
        connection: &Connection,
        pk: i64,
        before: Option<&WorkflowRunDetail>,
        run: &WorkflowRunDetail,
    ) -> Result<()> {
        if self.is_note { Ok(()) } else { heartbeat_rows::note(connection, pk, before, run) }
    }

    /// Merges into a run whose steps are merged one by one. Only the named steps are read and
    /// written.
    fn merge_steps(
        &self,
        batch: &mut Batch<'_>,
        stored: StoredRun,
        mut merged: MergedSteps,
        patch: &RunPatch,
        now: Timestamp,
    ) -> Result<Result<Patched, Refused>> {
        let StoredRun { run: stored, numbers, checksum: _ } = stored;
        let run = match merge_run(Some(self.base(stored.clone())), patch, now) {
            Ok(run) => run,
            Err(error) => return Ok(Err(Refused::Invalid(error))),
        };
        let before = merged;
        let mut named: Vec<NamedStep> = Vec::with_capacity(patch.steps.len());
        let mut places: HashMap<(&str, i32), usize> = HashMap::new();
        for facts in &patch.steps {
            let (id, attempt) = facts.key();
            let place = places.get(&(id, attempt)).copied();
            let known = match place {
                Some(place) => Some((named[place].position, named[place].after.clone())),
                None => step_rows::find_merged(batch.connection, numbers.pk, id, attempt)?,
            };
            let (position, step) = known.unzip();
            let after = match merge_step(step.clone(), facts, &run) {
                Ok(after) => after,
                Err(error) => return Ok(Err(Refused::Invalid(error))),
            };
            if step.as_ref() != Some(&after) {
                let position = position.unwrap_or_else(|| merged.next_position());
                merged.replace(step.as_ref(), &after);
                match place {
                    Some(place) => named[place].after = after,
                    None => {
                        places.insert((id, attempt), named.len());
                        named.push(NamedStep { position, before: step, after });
                    }
                }
            }
        }
        let run = WorkflowRunDetail { step_count: merged.count as i32, ..run };
        let stored = WorkflowRunDetail { step_count: before.count as i32, ..stored };
        let fits = self.check_size(size(&run, &merged), || Some(size(&stored, &before)));
        if let Err(refused) = fits {
            return Ok(Err(refused));
        }
        named.retain(|step| step.before.as_ref() != Some(&step.after));
        if named.is_empty() && run == stored {
            self.note(batch.connection, numbers.pk, Some(&stored), &run)?;
            return Ok(Ok(Patched {
                recorded: Recorded::Unchanged,
                run: run.metadata(),
                whole: None,
            }));
        }
        for NamedStep { position, before: _, after } in &named {
            step_rows::put(batch.connection, numbers.pk, *position, after)?;
        }
        self.write_row(batch, Some((numbers, &stored)), &run, &merged)?;
        Ok(Ok(Patched { recorded: Recorded::Updated, run: run.metadata(), whole: None }))
    }

    /// Merges into an earlier attempt than the newest one.
    fn merge_earlier(
        &self,
        batch: &mut Batch<'_>,
        newest: &StoredRun,
        attempt: i32,
        patch: &RunPatch,
        now: Timestamp,
    ) -> Result<Result<Patched, Refused>> {
        let pk = newest.numbers.pk;
        let earlier = earlier_attempts::find(batch.connection, pk, attempt)?;
        let before_loss = earlier_attempts::before_loss(batch.connection, pk, attempt)?;
        let is_note = !is_sign_of_life(patch);
        let size_before = earlier.as_ref().map(RunSize::of);
        let earlier = earlier.map(|run| match &before_loss {
            Some(before) if !is_note => before.restore(run),
            _ => run,
        });
        let run = match merge_earlier(&newest.run, earlier, patch, now) {
            Ok(run) => run,
            Err(error) => return Ok(Err(Refused::Invalid(error))),
        };
        if let Err(refused) = self.check_size(RunSize::of(&run), || size_before) {
            return Ok(Err(refused));
        }
        let metadata = run.metadata();
        let recorded = record(batch, self.tenant, run.clone().into())?.recorded;
        if let Some(before_loss) = before_loss.filter(|_| is_note) {
            earlier_attempts::write(batch.connection, pk, &run, Some(&before_loss))?;
        }
        Ok(Ok(Patched { recorded, run: metadata, whole: None }))
    }

    /// Merges into a run that is read and written whole: a new one, one that was recorded whole,
    /// and one of which another attempt begins.
    fn merge_whole(
        &self,
        batch: &mut Batch<'_>,
        stored: Option<StoredRun>,
        patch: &RunPatch,
        now: Timestamp,
    ) -> Result<Result<Patched, Refused>> {
        let before = stored.as_ref().map(|stored| stored.run.clone());
        let begins = before.as_ref().is_some_and(|before| begins_attempt(before, patch));
        let kept = before.as_ref().map_or(0, |before| kept_steps(&before.steps));
        let run = match merge(before.map(|before| self.base(before)), kept, patch, now) {
            Ok(run) => run,
            Err(error) => return Ok(Err(Refused::Invalid(error))),
        };
        let mut merged = MergedSteps::default();
        run.steps.iter().for_each(|step| merged.replace(None, step));
        let replaced = stored.as_ref().filter(|_| !begins);
        let size_before = || replaced.map(|stored| RunSize::of(&stored.run));
        if let Err(refused) = self.check_size(size(&run, &merged), size_before) {
            return Ok(Err(refused));
        }
        let metadata = run.metadata();
        if begins {
            let recorded = record(batch, self.tenant, run.into())?.recorded;
            return Ok(Ok(Patched { recorded, run: metadata, whole: None }));
        }
        if let Some(stored) = stored.as_ref().filter(|stored| stored.run == run) {
            self.note(batch.connection, stored.numbers.pk, Some(&stored.run), &run)?;
            return Ok(Ok(Patched { recorded: Recorded::Unchanged, run: metadata, whole: None }));
        }
        let stored = stored.map(|stored| (stored.numbers, stored.run));
        let known = stored.as_ref().map(|(numbers, run)| (*numbers, run));
        let pk = self.write_row(batch, known, &run, &merged)?;
        step_rows::delete(batch.connection, pk)?;
        step_rows::insert_merged(batch.connection, pk, &run.steps, kept)?;
        let recorded = if stored.is_none() { Recorded::Created } else { Recorded::Updated };
        Ok(Ok(Patched { recorded, run: metadata, whole: None }))
    }

    /// Writes the row of a run and what its steps amount to. Returns the number of the run.
    fn write_row(
        &self,
        batch: &mut Batch<'_>,
        stored: Option<(run_rows::RunNumbers, &WorkflowRunDetail)>,
        run: &WorkflowRunDetail,
        merged: &MergedSteps,
    ) -> Result<i64> {
        let Batch { connection, dictionary, changes, numbers } = batch;
        let Self { tenant, id, .. } = *self;
        if stored.is_none() {
            numbers.created(connection, tenant, id)?;
        }
        let pk = stored.map(|(numbers, _)| numbers.pk);
        let place = Place { tenant, id, pk, change: numbers.next(connection, tenant)? };
        let checksum = merged_checksum(run, merged.checksum);
        let written = run_rows::write_row(connection, dictionary, place, run, checksum)?;
        merged_rows::write(connection, written.pk, merged)?;
        self.note(connection, written.pk, stored.map(|(_, run)| run), run)?;
        let before = stored.map(|(numbers, run)| (numbers.workflow, run));
        count(changes, tenant, before, (written.workflow, run));
        PairWriter { connection, changes, tenant, pk: written.pk }
            .change(before.map(|(_, run)| run), Some(run))?;
        Ok(written.pk)
    }

    /// Checks the number of steps, and the size of the whole run.
    fn check_size(
        &self,
        size: RunSize,
        before: impl FnOnce() -> Option<RunSize>,
    ) -> Result<(), Refused> {
        check_step_count(size.steps).map_err(Refused::Invalid)?;
        size.check(self.max_bytes, before)
    }
}

/// The size of a run with these steps, which need not be in it.
fn size(run: &WorkflowRunDetail, steps: &MergedSteps) -> RunSize {
    let without_steps = WorkflowRunDetail { steps: Vec::new(), ..run.clone() };
    let MergedSteps { count, bytes, checksum: _ } = *steps;
    let bytes = json_bytes(&without_steps) as i64 + bytes + (count - 1).max(0);
    RunSize { steps: count as usize, bytes: bytes as usize }
}
