//! Live runs whose recorders must be heard of.

use runledger_model::{Reported, RunFacts, RunPatch, Timestamp, WorkflowRunStatus};

use crate::{TenantId, recording::LOST};

/// A live run with a `heartbeat_timeout`, and when it was recorded last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The tenant of the run.
    pub tenant: TenantId,
    /// The id of the run.
    pub id: String,
    /// When it was recorded last, by the clock of the server.
    pub heard_at: Timestamp,
    /// The time within which it must be recorded again, in seconds.
    pub timeout: i32,
    /// How often it was recorded with a timeout. Two heartbeats of a run differ in it, whatever the
    /// clock says.
    pub beats: i64,
}

impl Heartbeat {
    /// What ends the run: FAILED, with the outcome LOST and an error that says when it was last
    /// heard of.
    pub fn end(&self) -> RunPatch {
        let Self { tenant: _, id, heard_at, timeout, beats: _ } = self;
        let error = format!(
            "The run was last heard of at {heard_at}, and not again within its heartbeat_timeout \
             of {timeout} s"
        );
        let status = Reported { status: WorkflowRunStatus::Failed, outcome: Some(LOST) };
        RunPatch {
            id: id.clone(),
            run: RunFacts { status: Some(status), ..RunFacts::default() },
            error: Some(Some(error)),
            steps: Vec::new(),
        }
    }
}
