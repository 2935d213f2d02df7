//! What recording a run decides.

use runledger_model::{ApiError, RecordOutcome, WorkflowRunDetail, WorkflowRunStatus};

/// The result of recording one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The run was not known and is recorded.
    Created,
    /// The run was known and is replaced.
    Updated,
    /// The run was recorded in exactly this state before; nothing is written.
    Unchanged,
    /// The run has a final status and would become live again; nothing is written.
    Conflict {
        /// The final status that the run keeps.
        from: WorkflowRunStatus,
        /// The live status that was refused.
        to: WorkflowRunStatus,
    },
}

impl Recorded {
    /// Whether the run is written.
    pub fn is_written(self) -> bool {
        match self {
            Self::Created | Self::Updated => true,
            Self::Unchanged | Self::Conflict { .. } => false,
        }
    }

    /// The result as the API reports it.
    ///
    /// # Errors
    /// The error to report for a [`Conflict`](Recorded::Conflict).
    pub fn outcome(self) -> Result<RecordOutcome, ApiError> {
        match self {
            Self::Created => Ok(RecordOutcome::Recorded),
            Self::Updated => Ok(RecordOutcome::Updated),
            Self::Unchanged => Ok(RecordOutcome::Unchanged),
            Self::Conflict { from, to } => Err(ApiError::conflict(from, to)),
        }
    }
}

/// The outcome of a run that was ended because its recorder was silent.
pub const LOST: &str = "LOST";

/// Decides what recording `run` does where `stored` is recorded under its id.
pub fn decide(stored: Option<&WorkflowRunDetail>, run: &WorkflowRunDetail) -> Recorded {
    let Some(stored) = stored else { return Recorded::Created };
    if stored == run {
        Recorded::Unchanged
    } else if stored.status.is_final() && !run.status.is_final() && !is_lost(stored) {
        Recorded::Conflict { from: stored.status, to: run.status }
    } else {
        Recorded::Updated
    }
}

/// Whether the run was ended because its recorder was silent. Any later report of it counts.
pub fn is_lost(run: &WorkflowRunDetail) -> bool {
    run.heartbeat_timeout.is_some() && run.outcome.as_deref() == Some(LOST)
}

#[cfg(test)]
mod tests {
    use runledger_model::examples;

    use super::*;

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
                assert_eq!(decide(Some(&stored), &run), expected, "{from} to {to}");
                assert_eq!(decide(None, &run), Recorded::Created);
            }
        }
    }

    #[test]
    fn any_difference_is_an_update() {
        let stored = examples::execution();
        let mut run = stored.clone();
        run.steps.pop();
        assert_eq!(decide(Some(&stored), &run), Recorded::Updated);
    }
}
