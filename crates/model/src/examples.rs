//! The examples of the documentation as typed values. The OpenAPI document shows them, and tests
//! compare them with the documentation.

use crate::{
    ApiError, Histogram, HistogramBucket, ListWorkflowRunsResponse, RecordOutcome, RecordResult,
    Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowList, WorkflowRunBatch,
    WorkflowRunBatchResult, WorkflowRunChange, WorkflowRunChanges, WorkflowRunDetail,
    WorkflowRunInput, WorkflowRunMetadata, WorkflowRunStatus, WorkflowSummary,
};

/// The API key in the curl lines of the documentation.
pub const API_KEY: &str = "your-api-key-here";

/// The documented response of `GET /v1/executions`.
pub fn executions() -> ListWorkflowRunsResponse {
    ListWorkflowRunsResponse {
        items: vec![execution().metadata()],
        total: 250,
        succeeded: 200,
        failed: 30,
        page: 1,
        limit: 20,
        next_cursor: None,
    }
}

/// The documented response of `GET /v1/executions/run_def456`.
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

/// A response of `getHistogram` in buckets of an hour: the runs of the documented list, and an hour
/// without runs.
pub fn histogram() -> Histogram {
    let bucket =
        |hours: i64, [pending, running, succeeded, failed, cancelled, paused]: [i64; 6]| {
            HistogramBucket {
                start: noon_plus(hours * 3600),
                total: pending + running + succeeded + failed + cancelled + paused,
                pending,
                running,
                succeeded,
                failed,
                cancelled,
                paused,
            }
        };
    let buckets = vec![
        bucket(-2, [0, 0, 110, 12, 1, 2]),
        bucket(-1, [0; 6]),
        bucket(0, [5, 6, 90, 18, 4, 2]),
    ];
    Histogram { buckets }
}

/// A response of `listWorkflows`: the workflow of the documented runs, and one that has not
/// finished a run yet.
pub fn workflows() -> WorkflowList {
    let new = WorkflowRunMetadata::new(
        "run_ghi789",
        "workflow_def456",
        "version_uvw123",
        "Draft",
        "TEST",
        WorkflowRunStatus::Running,
        noon_plus(-3600),
    );
    let items = vec![
        WorkflowSummary {
            workflow_id: "workflow_abc123".into(),
            total: 250,
            pending: 5,
            running: 6,
            succeeded: 200,
            failed: 30,
            cancelled: 5,
            paused: 4,
            newest_run: execution().metadata(),
            median_duration: Some(seconds(15.5)),
            p95_duration: Some(seconds(48.25)),
        },
        WorkflowSummary { total: 1, running: 1, ..WorkflowSummary::new(new) },
    ];
    WorkflowList { items, total: 2, page: 1, limit: 20 }
}

/// A response of `listChanges`: the documented run was recorded, and another one was deleted.
pub fn changes() -> WorkflowRunChanges {
    let recorded = WorkflowRunChange {
        number: 1041,
        id: "run_def456".into(),
        deleted: false,
        run: Some(execution().metadata()),
    };
    let deleted =
        WorkflowRunChange { number: 1042, id: "run_def457".into(), deleted: true, run: None };
    WorkflowRunChanges { items: vec![recorded, deleted], next_after: 1042, deletions_after: 0 }
}

/// The beginning of a response of `streamChanges`: the changes of [`changes`].
pub fn change_events() -> String {
    let event = |change: &WorkflowRunChange| {
        let json = serde_json::to_string(change).expect("a change is JSON");
        format!("id: {}\nevent: change\ndata: {json}\n\n", change.number)
    };
    let events: String = changes().items.iter().map(event).collect();
    format!("id: 1040\nretry: 2000\n\n{events}")
}

/// A request of `recordExecution`: the documented run.
pub fn record_execution() -> WorkflowRunInput {
    execution().into()
}

/// A request of `recordExecutions`: the documented run, and one that contradicts itself.
pub fn record_executions() -> WorkflowRunBatch {
    let good = record_execution();
    let bad =
        WorkflowRunInput { id: Some("run_def457".into()), step_count: Some(3), ..good.clone() };
    WorkflowRunBatch { items: vec![good, bad] }
}

/// The response to [`record_executions`] if neither run was recorded before.
pub fn record_executions_response() -> WorkflowRunBatchResult {
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
    let created_at = noon_plus(started);
    StepExecution {
        duration: seconds(duration),
        started_at: Some(created_at),
        finished_at: Some(noon_plus(finished)),
        ..StepExecution::new(id, step_name, step_type, StepStatus::Succeeded, created_at)
    }
}

fn seconds(seconds: f64) -> Seconds {
    Seconds::from_micros((seconds * 1e6).round() as i64).unwrap_or_default()
}

/// This many seconds after `2025-01-04T12:00:00Z`.
fn noon_plus(seconds: i64) -> Timestamp {
    const NOON_MILLIS: i64 = 1_735_992_000_000;
    Timestamp::from_millis(NOON_MILLIS + seconds * 1000).expect("a time in 2025")
}
