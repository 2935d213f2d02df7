//! A valid run to record, of which a part depends on what is recorded already.

use crate::{Timestamp, WorkflowRunDetail, WorkflowRunInput};

/// A valid run to record. What its recorder left out, and a ledger may know already, is filled in
/// by [`complete`](Recording::complete).
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The run as it is recorded if nothing is recorded under its id.
    run: WorkflowRunDetail,
    omitted: Omitted,
}

/// What a recorder left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Omitted {
    /// The number of the attempt.
    pub attempt: bool,
    /// When the run was created.
    pub created_at: bool,
    /// The positions of the steps that are as old as the run.
    pub step_created_at: Vec<usize>,
}

impl Recording {
    pub(crate) fn new(run: WorkflowRunDetail, omitted: Omitted) -> Self {
        Self { run, omitted }
    }

    /// The id of the run.
    pub fn id(&self) -> &str {
        &self.run.id
    }

    /// The number of the attempt; `None`: the newest one that is recorded, or 1.
    pub fn attempt(&self) -> Option<i32> {
        (!self.omitted.attempt).then_some(self.run.attempt)
    }

    /// The run if nothing is recorded under its id.
    pub fn as_new(&self) -> &WorkflowRunDetail {
        &self.run
    }

    /// The run if nothing is recorded under its id.
    pub fn into_new(self) -> WorkflowRunDetail {
        self.run
    }

    /// The run as its recorder sent it, with the number of the attempt if it was given.
    pub fn into_input(self) -> WorkflowRunInput {
        let attempt = self.attempt();
        let Self { run, omitted } = self;
        let mut input = WorkflowRunInput::from(run);
        input.attempt = attempt;
        input.created_at = input.created_at.filter(|_| !omitted.created_at);
        for position in omitted.step_created_at {
            input.steps[position].created_at = None;
        }
        input
    }

    /// The run as this attempt; `created_at` is when the recorded run was created, if there is one.
    pub fn complete(self, attempt: i32, created_at: Option<Timestamp>) -> WorkflowRunDetail {
        let Self { mut run, omitted } = self;
        run.attempt = attempt;
        if let Some(created_at) = created_at.filter(|_| omitted.created_at) {
            run.created_at = created_at;
            for position in omitted.step_created_at {
                run.steps[position].created_at = created_at;
            }
        }
        run
    }
}

/// The run with all that it contains, as the attempt that it is.
impl From<WorkflowRunDetail> for Recording {
    fn from(run: WorkflowRunDetail) -> Self {
        Self { run: WorkflowRunDetail { attempts: Vec::new(), ..run }, omitted: Omitted::default() }
    }
}
