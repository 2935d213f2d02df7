//! The documentation's examples as typed values: what the spec shows and what the tests hold it to.

use crate::{
    ApiError, ListWorkflowRunsResponse, RecordOutcome, RecordResult, Seconds, StepExecution,
    StepStatus, StepType, Timestamp, WorkflowRunBatch, WorkflowRunBatchResult, WorkflowRunDetail,
    WorkflowRunInput, WorkflowRunStatus,
};

/// The API key of the documentation's curl lines.
pub const API_KEY: &str = "your-api-key-here";

/// What `GET /v1/executions` answers in the documentation.
pub fn executions() -> ListWorkflowRunsResponse {
    ListWorkflowRunsResponse {
        items: vec![execution().metadata()],
        total: 250,
        succeeded: 200,
        failed: 30,
        page: 1,
        limit: 20,
    }
}

/// What `GET /v1/executions/run_def456` answers in the documentation.
pub fn execution() -> WorkflowRunDetail {
    let trigger = step("step_exec_123", "manual_trigger", StepType::Trigger, 0.5, 5, 6);
    let piece = step("step_exec_124", "send_email", StepType::Piece, 1.2, 6, 7);
    WorkflowRunDetail {
        id: "run_def456".into(),
        workflow_id: "workflow_abc123".into(),
        version_id: "version_xyz456".into(),
        version_display_name: "Initial Version".into(),
        run_type: "WEBHOOK_ASYNC".into(),
        status: WorkflowRunStatus::Succeeded,
        duration: Some(seconds(15.5)),
        created_at: noon_plus(0),
        started_at: Some(noon_plus(5)),
        finished_at: Some(noon_plus(20)),
        steps: vec![trigger, piece],
        step_count: 2,
    }
}

/// A run as `recordExecution` takes it: the documented one.
pub fn record_execution() -> WorkflowRunInput {
    execution().into()
}

/// A batch as `recordExecutions` takes it: the documented run, and one whose body makes no sense.
pub fn record_executions() -> WorkflowRunBatch {
    let good = record_execution();
    let bad =
        WorkflowRunInput { id: Some("run_def457".into()), step_count: Some(3), ..good.clone() };
    WorkflowRunBatch { items: vec![good, bad] }
}

/// What becomes of [`record_executions`] in a ledger that has neither run yet.
pub fn record_executions_answer() -> WorkflowRunBatchResult {
    let contradiction = "step_count is 3 but steps has 2 entries; correct it or leave it out";
    WorkflowRunBatchResult {
        items: vec![
            RecordResult {
                id: Some("run_def456".into()),
                outcome: RecordOutcome::Recorded,
                error: None,
            },
            RecordResult {
                id: Some("run_def457".into()),
                outcome: RecordOutcome::Rejected,
                error: Some(*ApiError::unprocessable(contradiction).body),
            },
        ],
    }
}

fn step(
    id: &str,
    step_name: &str,
    step_type: StepType,
    duration: f64,
    started: i64,
    finished: i64,
) -> StepExecution {
    StepExecution {
        id: id.into(),
        step_name: step_name.into(),
        step_type,
        status: StepStatus::Succeeded,
        attempt: 1,
        error: None,
        duration: seconds(duration),
        created_at: noon_plus(started),
        started_at: Some(noon_plus(started)),
        finished_at: Some(noon_plus(finished)),
    }
}

fn seconds(seconds: f64) -> Seconds {
    Seconds::from_micros((seconds * 1e6).round() as i64).unwrap_or_default()
}

/// `2025-01-04T12:00:00Z` and so many seconds.
fn noon_plus(seconds: i64) -> Timestamp {
    const NOON_MILLIS: i64 = 1_735_992_000_000;
    Timestamp::from_millis(NOON_MILLIS + seconds * 1000).expect("a time in 2025")
}
