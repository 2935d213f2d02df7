//! Live runs whose recorders must be heard of.

use runledger_model::{
    RunFacts, RunPatch, Seconds, Timestamp, WorkflowRunDetail, WorkflowRunStatus,
};
use serde::{Deserialize, Serialize};

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
    /// What ends the run: FAILED, with the outcome LOST, an error that says when it was last heard
    /// of, and that time as its end if it has none.
    pub fn end(&self, run: &WorkflowRunDetail) -> RunPatch {
        let Self { tenant: _, id, heard_at, timeout, beats: _ } = self;
        let error = format!(
            "The run was last heard of at {heard_at}, and not again within its heartbeat_timeout \
             of {timeout} s"
        );
        let heard_at = Some((*heard_at).max(run.started_at.unwrap_or(*heard_at)));
        let facts = RunFacts {
            status: Some(WorkflowRunStatus::Failed.into()),
            outcome: Some(Some(LOST.to_owned())),
            finished_at: Some(run.finished_at.or(heard_at)),
            ..RunFacts::default()
        };
        RunPatch { id: id.clone(), run: facts, error: Some(Some(error)), steps: Vec::new() }
    }
}

/// What the end of a silent run replaced. It is kept as long as the run may be heard of again, and
/// is also what distinguishes that run from one whose recorder reports LOST.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StateBeforeLoss {
    status: WorkflowRunStatus,
    outcome: Option<String>,
    error: Option<String>,
    finished_at: Option<Timestamp>,
    duration: Option<Seconds>,
}

impl StateBeforeLoss {
    /// That of the run before its end.
    pub fn new(run: &WorkflowRunDetail) -> Self {
        Self {
            status: run.status,
            outcome: run.outcome.clone(),
            error: run.error.clone(),
            finished_at: run.finished_at,
            duration: run.duration,
        }
    }

    /// The run without its end.
    pub fn restore(&self, run: WorkflowRunDetail) -> WorkflowRunDetail {
        let Self { status, outcome, error, finished_at, duration } = self.clone();
        WorkflowRunDetail { status, outcome, error, finished_at, duration, ..run }
    }
}

/// Whether what is known shows that the recorder of a silent run is alive: it has a status or
/// steps, or has nothing besides what names the run and its timeout. Anything else may be a note of
/// another client.
pub fn is_sign_of_life(patch: &RunPatch) -> bool {
    let RunPatch { id: _, run, error, steps } = patch;
    let name = RunFacts {
        id: run.id.clone(),
        workflow_id: run.workflow_id.clone(),
        attempt: run.attempt,
        heartbeat_timeout: run.heartbeat_timeout,
        ..RunFacts::default()
    };
    run.status.is_some() || !steps.is_empty() || *run == name && error.is_none()
}

#[cfg(test)]
mod tests {
    use runledger_model::examples;

    use super::*;
    use crate::merge;

    fn patch(body: &str) -> RunPatch {
        RunPatch::from_json("r", body.as_bytes()).unwrap()
    }

    #[test]
    fn a_note_is_no_sign_of_life() {
        for (body, expected) in [
            ("{}", true),
            (r#"{"workflow_id":"w","heartbeat_timeout":60,"attempt":2}"#, true),
            (r#"{"status":"RUNNING","url":"https://e"}"#, true),
            (r#"{"steps":[{"id":"a"}],"error":"e"}"#, true),
            (r#"{"steps":[],"metadata":{"ticket":"1"}}"#, false),
            (r#"{"error":"e"}"#, false),
            (r#"{"triggered_by":null}"#, false),
        ] {
            assert_eq!(is_sign_of_life(&patch(body)), expected, "{body}");
        }
    }

    #[test]
    fn the_end_replaces_what_the_run_had_and_can_be_undone() {
        let now = Timestamp::now();
        let body = r#"{"workflow_id":"w","outcome":"MINE","error":"own","heartbeat_timeout":5,
            "started_at":"2025-01-04T12:00:00Z","steps":[{"id":"a"}]}"#;
        let run = merge(None, 0, &patch(body), now).unwrap();
        let mut heartbeat = Heartbeat {
            tenant: TenantId(1),
            id: "r".to_owned(),
            heard_at: "2025-01-04T12:00:07Z".parse().unwrap(),
            timeout: 5,
            beats: 1,
        };
        let lost = merge(Some(run.clone()), 0, &heartbeat.end(&run), now).unwrap();
        assert_eq!((lost.status, &lost.steps), (WorkflowRunStatus::Failed, &run.steps));
        assert_eq!(lost.outcome.as_deref(), Some(LOST));
        assert_eq!(lost.finished_at, Some(heartbeat.heard_at));
        assert_eq!(lost.duration.unwrap().micros(), 7_000_000);
        assert!(
            lost.error.as_ref().unwrap().starts_with("The run was last heard of at 2025-01-04")
        );
        let before = StateBeforeLoss::new(&run);
        let json = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<StateBeforeLoss>(&json).unwrap(), before);
        assert_eq!(before.restore(lost), run);
        // A recorder whose clock is ahead.
        heartbeat.heard_at = "2025-01-04T11:00:00Z".parse().unwrap();
        assert_eq!(heartbeat.end(&run).run.finished_at, Some(run.started_at));
        let ended = examples::execution();
        assert_eq!(heartbeat.end(&ended).run.finished_at, Some(ended.finished_at));
    }
}
