//! What recording a run decides.

use std::cmp::Ordering;

use runledger_model::{ApiError, RecordOutcome, Recording, WorkflowRunDetail, WorkflowRunStatus};

/// The outcome of a run that was ended because its recorder was silent.
pub const LOST: &str = "LOST";

/// The result of recording one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The run was not known and is recorded.
    Created,
    /// The run was known and is replaced, or has a further attempt.
    Updated,
    /// The attempt was recorded in exactly this state before; nothing is written.
    Unchanged,
    /// The attempt has a final status and would become live again; nothing is written.
    Conflict {
        /// The final status that the attempt keeps.
        from: WorkflowRunStatus,
        /// The live status that was refused.
        to: WorkflowRunStatus,
    },
}

impl Recorded {
    /// Whether something is written.
    pub fn is_written(self) -> bool {
        match self {
            Self::Created | Self::Updated => true,
            Self::Unchanged | Self::Conflict { .. } => false,
        }
    }

    /// The result as the API reports it for a run that is recorded alone.
    ///
    /// # Errors
    /// The error to report for a [`Conflict`](Recorded::Conflict).
    pub fn outcome(self) -> Result<RecordOutcome, ApiError> {
        match self {
            Self::Conflict { from, to } => Err(ApiError::conflict(from, to)),
            other => Ok(other.batch_outcome()),
        }
    }

    /// The result as the API reports it for a run of a batch. A batch may be repeated, and then has
    /// live states of runs that have finished: they change nothing, and are no error.
    pub fn batch_outcome(self) -> RecordOutcome {
        match self {
            Self::Created => RecordOutcome::Recorded,
            Self::Updated => RecordOutcome::Updated,
            Self::Unchanged | Self::Conflict { .. } => RecordOutcome::Unchanged,
        }
    }
}

/// A run that was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedRun {
    /// What happened to it.
    pub recorded: Recorded,
    /// The attempt that the recording is about, as it is recorded now, with the list of all
    /// attempts where there are several. After a [`Conflict`](Recorded::Conflict), what was sent.
    pub run: WorkflowRunDetail,
}

/// Where an attempt of a run is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The run is new, or its newest attempt is replaced.
    Newest,
    /// It becomes the newest attempt; the one before is kept as an earlier one.
    Next,
    /// It is an earlier attempt than the newest.
    Earlier,
}

/// What a recording does.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What happens to the run.
    pub recorded: Recorded,
    /// Where the attempt is written.
    pub place: Place,
    /// The attempt.
    pub run: WorkflowRunDetail,
}

/// Decides what a recording does. `newest` is the newest attempt that is recorded under its id,
/// `is_lost` whether it was ended because its recorder was silent, and `earlier` finds both of the
/// earlier attempt with a number.
///
/// # Errors
/// Those of `earlier`.
pub fn decide<E>(
    newest: Option<&WorkflowRunDetail>,
    is_lost: bool,
    earlier: impl FnOnce(i32) -> Result<Option<(WorkflowRunDetail, bool)>, E>,
    recording: Recording,
) -> Result<Decision, E> {
    let Some(newest) = newest else {
        let run = recording.into_new();
        return Ok(Decision { recorded: Recorded::Created, place: Place::Newest, run });
    };
    let attempt = recording.attempt().unwrap_or(newest.attempt);
    Ok(match attempt.cmp(&newest.attempt) {
        Ordering::Equal => {
            let run = recording.complete(attempt, Some(newest.created_at));
            Decision { recorded: decide_attempt(newest, is_lost, &run), place: Place::Newest, run }
        }
        Ordering::Greater => {
            let run = recording.complete(attempt, Some(newest.created_at));
            Decision { recorded: Recorded::Updated, place: Place::Next, run }
        }
        Ordering::Less => {
            let stored = earlier(attempt)?;
            let created_at = stored.as_ref().map_or(newest, |(stored, _)| stored).created_at;
            let run = recording.complete(attempt, Some(created_at));
            let recorded = stored.map_or(Recorded::Updated, |(stored, is_lost)| {
                decide_attempt(&stored, is_lost, &run)
            });
            Decision { recorded, place: Place::Earlier, run }
        }
    })
}

/// Decides what it does to an attempt that is recorded as `stored` to become `run`. Any state
/// replaces that of one that is lost.
pub fn decide_attempt(
    stored: &WorkflowRunDetail,
    is_lost: bool,
    run: &WorkflowRunDetail,
) -> Recorded {
    if stored == run {
        Recorded::Unchanged
    } else if stored.status.is_final() && !run.status.is_final() && !is_lost {
        Recorded::Conflict { from: stored.status, to: run.status }
    } else {
        Recorded::Updated
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use runledger_model::examples;

    use super::*;

    fn none(_: i32) -> Result<Option<(WorkflowRunDetail, bool)>, Infallible> {
        Ok(None)
    }

    #[test]
    fn a_final_status_never_becomes_live_again() {
        for from in WorkflowRunStatus::ALL.iter().copied() {
            for to in WorkflowRunStatus::ALL.iter().copied() {
                let stored = WorkflowRunDetail { status: from, ..examples::execution() };
                let run = WorkflowRunDetail { status: to, ..examples::execution() };
                let expected = match (from.is_final(), to.is_final()) {
                    _ if from == to => Recorded::Unchanged,
                    (true, false) => Recorded::Conflict { from, to },
                    _ => Recorded::Updated,
                };
                assert_eq!(decide_attempt(&stored, false, &run), expected, "{from} to {to}");
                let new = decide(None, false, none, run.into()).unwrap();
                assert_eq!((new.recorded, new.place), (Recorded::Created, Place::Newest));
            }
        }
    }

    #[test]
    fn a_later_state_wins_over_lost() {
        let mut stored = examples::execution();
        (stored.status, stored.outcome) = (WorkflowRunStatus::Failed, Some(LOST.to_owned()));
        let run = WorkflowRunDetail { status: WorkflowRunStatus::Running, ..examples::execution() };
        assert_eq!(decide_attempt(&stored, true, &run), Recorded::Updated);
        let (from, to) = (WorkflowRunStatus::Failed, WorkflowRunStatus::Running);
        let engines_own = decide_attempt(&stored, false, &run);
        assert_eq!(engines_own, Recorded::Conflict { from, to });
    }

    #[test]
    fn any_difference_is_an_update() {
        let stored = examples::execution();
        let mut run = stored.clone();
        run.steps.pop();
        assert_eq!(decide_attempt(&stored, false, &run), Recorded::Updated);
    }

    #[test]
    fn the_number_of_the_attempt_says_where_it_is_written() {
        let newest = WorkflowRunDetail { attempt: 3, ..examples::execution() };
        let live = WorkflowRunDetail { status: WorkflowRunStatus::Running, ..newest.clone() };
        for (attempt, recorded, place) in [
            (4, Recorded::Updated, Place::Next),
            (3, Recorded::Unchanged, Place::Newest),
            (2, Recorded::Updated, Place::Earlier),
        ] {
            let run = WorkflowRunDetail { attempt, ..newest.clone() };
            let decision = decide(Some(&newest), false, none, run.into()).unwrap();
            assert_eq!((decision.recorded, decision.place), (recorded, place), "{attempt}");
        }
        let next = WorkflowRunDetail { attempt: 9, ..live.clone() };
        let decision = decide(Some(&newest), false, none, next.into()).unwrap();
        assert_eq!((decision.recorded, decision.place), (Recorded::Updated, Place::Next));
        let earlier = |attempt| {
            Ok::<_, Infallible>(Some((WorkflowRunDetail { attempt, ..newest.clone() }, false)))
        };
        let late = WorkflowRunDetail { attempt: 1, ..live };
        let decision = decide(Some(&newest), false, earlier, late.into()).unwrap();
        let (from, to) = (WorkflowRunStatus::Succeeded, WorkflowRunStatus::Running);
        assert_eq!(decision.recorded, Recorded::Conflict { from, to });
    }
}
