//! Merging what is known by now into a run.
//!
//! The rules are such that the facts of a run end in the same run, however they are split, ordered
//! and repeated:
//!
//! - A value replaces another one, since a fact has one value. Pairs of `metadata` are merged by
//!   their keys.
//! - A live status never replaces a final one, and PENDING replaces no other. Otherwise the newer
//!   report counts. An outcome that a status implies counts with the status.
//! - The duration that follows from start and end is computed again until another one is given.
//! - The steps are in the [order](step_order) by `created_at`, `id` and `attempt`, whatever was
//!   recorded first. Where a run was recorded whole with its steps in another order, those up to
//!   the last one that is out of order keep their places, and the others follow in the order.

use std::{collections::HashMap, mem};

use runledger_model::{
    ApiError, Metadata, Reported, ReportedMetadata, RunFacts, RunPatch, Seconds, StepExecution,
    StepFacts, StepStatus, StepType, Timestamp, UNKNOWN_TYPE, WorkflowRunDetail,
    WorkflowRunMetadata, WorkflowRunStatus,
    limits::{MAX_METADATA_PAIRS, MAX_STEPS},
};

pub use self::order::{kept_steps, step_order};
mod order;

/// The outcome that only a live state has.
const PAUSED: &str = "PAUSED";

/// Merges what is known by `now` into the run with all its steps; `None`: it is not recorded yet.
/// The first `kept` steps keep their places.
///
/// # Errors
/// 422 if a run would begin without a workflow or would have too many steps or pairs.
pub fn merge(
    stored: Option<WorkflowRunDetail>,
    kept: usize,
    patch: &RunPatch,
    now: Timestamp,
) -> Result<WorkflowRunDetail, ApiError> {
    let begins = stored.as_ref().is_some_and(|run| begins_attempt(run, patch));
    let (stored, mut steps) = match stored {
        Some(mut run) => {
            let steps = mem::take(&mut run.steps);
            (Some(run), if begins { Vec::new() } else { steps })
        }
        None => (None, Vec::new()),
    };
    let kept = kept.min(steps.len());
    let run = merge_run(stored, patch, now)?;
    let mut places: HashMap<(String, i32), usize> = steps
        .iter()
        .enumerate()
        .map(|(place, step)| ((step.id.clone(), step.attempt), place))
        .collect();
    for facts in &patch.steps {
        let (id, attempt) = facts.key();
        let place = places.get(&(id.to_owned(), attempt)).copied();
        let step = merge_step(place.map(|place| steps[place].clone()), facts, &run)?;
        match place {
            Some(place) => steps[place] = step,
            None => {
                places.insert((id.to_owned(), attempt), steps.len());
                steps.push(step);
            }
        }
    }
    check_step_count(steps.len())?;
    steps[kept..].sort_by(step_order);
    Ok(WorkflowRunDetail { step_count: steps.len() as i32, steps, ..run })
}

/// Whether what is known belongs to an attempt that follows the one of `stored`.
pub fn begins_attempt(stored: &WorkflowRunDetail, patch: &RunPatch) -> bool {
    patch.run.attempt.flatten().is_some_and(|attempt| attempt > stored.attempt)
}

/// The number of the attempt to which what is known belongs, if it is an earlier one than `newest`.
pub fn earlier_attempt(newest: &WorkflowRunDetail, patch: &RunPatch) -> Option<i32> {
    patch.run.attempt.flatten().filter(|attempt| *attempt < newest.attempt)
}

/// As [`merge`], into an earlier attempt than `newest`; `stored` is what is recorded of it.
///
/// # Errors
/// As [`merge`].
pub fn merge_earlier(
    newest: &WorkflowRunDetail,
    stored: Option<WorkflowRunDetail>,
    patch: &RunPatch,
    now: Timestamp,
) -> Result<WorkflowRunDetail, ApiError> {
    let stored = stored.unwrap_or_else(|| {
        let run = WorkflowRunMetadata::new(
            newest.id.as_str(),
            newest.workflow_id.as_str(),
            newest.version_id.as_str(),
            newest.version_display_name.as_str(),
            newest.run_type.as_str(),
            patch.run.status.map_or(WorkflowRunStatus::Running, |reported| reported.status),
            newest.created_at,
        );
        let attempt = earlier_attempt(newest, patch).unwrap_or(newest.attempt);
        WorkflowRunMetadata { attempt, ..run }.with_steps(Vec::new())
    });
    let kept = kept_steps(&stored.steps);
    merge(Some(stored), kept, patch, now)
}

/// Checks the number of steps that a run would have.
///
/// # Errors
/// 422 if there are too many.
pub fn check_step_count(steps: usize) -> Result<(), ApiError> {
    if steps <= MAX_STEPS {
        return Ok(());
    }
    Err(ApiError::unprocessable(format!("steps would have more than {MAX_STEPS} entries")))
}

/// Merges what is known of the run itself. The steps of `stored` are left out and have no meaning.
///
/// # Errors
/// As [`merge`].
pub fn merge_run(
    stored: Option<WorkflowRunDetail>,
    patch: &RunPatch,
    now: Timestamp,
) -> Result<WorkflowRunDetail, ApiError> {
    let RunFacts {
        id: _,
        workflow_id,
        version_id,
        version_display_name,
        run_type,
        status,
        duration,
        created_at,
        started_at,
        finished_at,
        attempt,
        outcome,
        url,
        metadata,
        parent_id,
        triggered_by,
        heartbeat_timeout,
    } = patch.run.clone();
    let created_at = created_at.flatten();
    let first = status.map_or(WorkflowRunStatus::Running, |reported| reported.status);
    let run = match stored {
        Some(run) if begins_attempt(&run, patch) => {
            let run = WorkflowRunMetadata::new(
                run.id,
                run.workflow_id,
                run.version_id,
                run.version_display_name,
                run.run_type,
                first,
                run.created_at,
            );
            run.with_steps(Vec::new())
        }
        Some(run) => run,
        None => {
            let workflow_id = workflow_id.clone().ok_or_else(|| {
                ApiError::unprocessable(
                    "workflow_id is missing: the run is not recorded yet, and begins with this \
                     request",
                )
            })?;
            let created_at = created_at.or(started_at.flatten()).unwrap_or(now);
            let (id, run_type) = (patch.id.as_str(), UNKNOWN_TYPE);
            let run =
                WorkflowRunMetadata::new(id, workflow_id, "", "", run_type, first, created_at);
            run.with_steps(Vec::new())
        }
    };
    let derived = Seconds::elapsed(run.started_at, run.finished_at);
    let is_derived = run.duration.is_none() || run.duration == derived;
    let mut state = State { status: run.status, outcome: run.outcome, error: run.error };
    state.report(status);
    let started_at = started_at.unwrap_or(run.started_at);
    let finished_at = finished_at.unwrap_or(run.finished_at);
    let stored_duration = if is_derived { None } else { run.duration };
    let given = duration.unwrap_or(stored_duration);
    Ok(WorkflowRunDetail {
        id: run.id,
        workflow_id: workflow_id.unwrap_or(run.workflow_id),
        version_id: version_id.flatten().unwrap_or(run.version_id),
        version_display_name: version_display_name.flatten().unwrap_or(run.version_display_name),
        run_type: run_type.flatten().unwrap_or(run.run_type),
        status: state.status,
        duration: given.or_else(|| Seconds::elapsed(started_at, finished_at)),
        created_at: created_at.unwrap_or(run.created_at),
        started_at,
        finished_at,
        attempt: attempt.flatten().unwrap_or(run.attempt),
        outcome: outcome.unwrap_or(state.outcome),
        url: url.unwrap_or(run.url),
        metadata: merge_pairs("", run.metadata, metadata)?,
        parent_id: parent_id.unwrap_or(run.parent_id),
        triggered_by: triggered_by.unwrap_or(run.triggered_by),
        heartbeat_timeout: heartbeat_timeout.unwrap_or(run.heartbeat_timeout),
        error: patch.error.clone().unwrap_or(state.error),
        attempts: run.attempts,
        steps: Vec::new(),
        step_count: 0,
    })
}

/// Merges what is known of a step of `run`; `stored` is `None` if it is not recorded yet.
///
/// # Errors
/// As [`merge`].
pub fn merge_step(
    stored: Option<StepExecution>,
    facts: &StepFacts,
    run: &WorkflowRunDetail,
) -> Result<StepExecution, ApiError> {
    let (key, key_attempt) = facts.key();
    let StepFacts {
        id: _,
        step_name,
        step_type,
        status,
        attempt: _,
        error,
        duration,
        created_at,
        started_at,
        finished_at,
        outcome,
        url,
        metadata,
        parent_id,
        iteration,
    } = facts.clone();
    let created_at = created_at.flatten();
    let step = stored.unwrap_or_else(|| {
        let created_at = created_at.or(started_at.flatten()).unwrap_or(run.created_at);
        let first = status.map_or(StepStatus::Pending, |reported| reported.status);
        let step = StepExecution::new(key, key, StepType::Piece, first, created_at);
        StepExecution { attempt: key_attempt, ..step }
    });
    let derived = Seconds::elapsed(step.started_at, step.finished_at).unwrap_or_default();
    let mut state = State { status: step.status, outcome: step.outcome, error: step.error };
    state.report(status);
    let started_at = started_at.unwrap_or(step.started_at);
    let finished_at = finished_at.unwrap_or(step.finished_at);
    let not_zero = |duration: &Seconds| *duration != Seconds::default();
    let stored_duration =
        Some(step.duration).filter(|duration| *duration != derived).filter(not_zero);
    let given = duration.flatten().filter(not_zero).or(stored_duration);
    Ok(StepExecution {
        id: step.id,
        step_name: step_name.unwrap_or(step.step_name),
        step_type: step_type.flatten().unwrap_or(step.step_type),
        status: state.status,
        attempt: step.attempt,
        error: error.unwrap_or(state.error),
        duration: given.or_else(|| Seconds::elapsed(started_at, finished_at)).unwrap_or_default(),
        created_at: created_at.unwrap_or(step.created_at),
        started_at,
        finished_at,
        outcome: outcome.unwrap_or(state.outcome),
        url: url.unwrap_or(step.url),
        metadata: merge_pairs("steps[].", step.metadata, metadata)?,
        parent_id: parent_id.unwrap_or(step.parent_id),
        iteration: iteration.unwrap_or(step.iteration),
    })
}

/// The status of a run or a step, and what depends on it.
struct State<S> {
    status: S,
    outcome: Option<String>,
    error: Option<String>,
}

/// A status of which one may replace another.
trait Progress: Copy + Eq {
    const PENDING: Self;

    fn is_final(self) -> bool;
}

impl Progress for WorkflowRunStatus {
    const PENDING: Self = Self::Pending;

    fn is_final(self) -> bool {
        self.is_final()
    }
}

impl Progress for StepStatus {
    const PENDING: Self = Self::Pending;

    fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl<S: Progress> State<S> {
    /// Takes a reported status over, if it counts.
    fn report(&mut self, reported: Option<Reported<S>>) {
        let Some(Reported { status, outcome }) = reported else { return };
        let was_final = self.status.is_final();
        let counts = status == self.status
            || if was_final { status.is_final() } else { status != S::PENDING };
        if !counts {
            return;
        }
        let is_outdated =
            was_final && status != self.status || self.outcome.as_deref() == Some(PAUSED);
        if is_outdated {
            self.outcome = None;
        }
        self.status = status;
        // An outcome that was reported itself says more than the one that a status implies.
        self.outcome = self.outcome.take().or(outcome.map(str::to_owned));
    }
}

fn merge_pairs(
    prefix: &str,
    stored: Metadata,
    given: Option<ReportedMetadata>,
) -> Result<Metadata, ApiError> {
    let Some(ReportedMetadata(given)) = given else { return Ok(stored) };
    let Some(given) = given else { return Ok(Metadata::new()) };
    let mut pairs = stored;
    for (key, value) in given {
        match value {
            Some(value) => pairs.insert(key, value),
            None => pairs.remove(&key),
        };
    }
    if pairs.len() <= MAX_METADATA_PAIRS {
        return Ok(pairs);
    }
    let problem = format!("{prefix}metadata would have more than {MAX_METADATA_PAIRS} pairs");
    Err(ApiError::unprocessable(problem))
}

#[cfg(test)]
mod tests;
