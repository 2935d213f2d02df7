//! The examples of the documentation as typed values. The OpenAPI document shows them, and tests
//! compare them with the documentation.

use serde_json::{Value, json};

use crate::{
    ApiError, Histogram, HistogramBucket, ListWorkflowRunsResponse, Metadata, RecordOutcome,
    RecordResult, Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowList,
    WorkflowRunAttempt, WorkflowRunBatch, WorkflowRunBatchResult, WorkflowRunChange,
    WorkflowRunChanges, WorkflowRunDetail, WorkflowRunInput, WorkflowRunMetadata,
    WorkflowRunStatus, WorkflowSummary,
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
    let run = WorkflowRunMetadata::new(
        "run_def456",
        "workflow_abc123",
        "version_xyz456",
        "Initial Version",
        "WEBHOOK_ASYNC",
        WorkflowRunStatus::Succeeded,
        noon_plus(0),
    );
    let run = WorkflowRunMetadata {
        duration: Some(seconds(15.5)),
        started_at: Some(noon_plus(5)),
        finished_at: Some(noon_plus(20)),
        ..run
    };
    run.with_steps(vec![trigger, piece])
}

/// A response of `getExecution` with all fields that a recorder need not give: the second attempt
/// of a run.
pub fn retried_execution() -> WorkflowRunDetail {
    let text = |text: &str| Some(text.to_owned());
    let run = WorkflowRunMetadata {
        duration: Some(seconds(60.0)),
        started_at: Some(noon_plus(120)),
        finished_at: Some(noon_plus(180)),
        attempt: 2,
        outcome: text("TIMED_OUT"),
        url: text("https://engine.example/runs/456"),
        metadata: pair("env", "prod"),
        parent_id: text("run_abc123"),
        triggered_by: text("jane@example.com"),
        heartbeat_timeout: Some(60),
        ..WorkflowRunMetadata::new(
            "run_ghi789",
            "workflow_abc123",
            "version_xyz456",
            "Initial Version",
            "WEBHOOK_ASYNC",
            WorkflowRunStatus::Failed,
            noon_plus(0),
        )
    };
    let sent = StepExecution {
        status: StepStatus::Failed,
        error: text("The mail server did not respond within 30 seconds"),
        outcome: text("TIMED_OUT"),
        ..step("step_exec_125", "send_email", StepType::Piece, 30.0, 121, 151)
    };
    let skipped = StepExecution {
        outcome: text("SKIPPED"),
        url: text("https://engine.example/runs/456/steps/2"),
        metadata: pair("host", "worker-3"),
        parent_id: text("step_exec_125"),
        iteration: Some(0),
        ..step("step_exec_126", "notify", StepType::Piece, 0.0, 151, 151)
    };
    let run = WorkflowRunDetail {
        error: text("The run took longer than 60 seconds"),
        ..run.with_steps(vec![sent, skipped])
    };
    WorkflowRunDetail { attempts: vec![first_attempt(), run.as_attempt()], ..run }
}

/// The first attempt in [`retried_execution`].
pub fn first_attempt() -> WorkflowRunAttempt {
    WorkflowRunAttempt {
        attempt: 1,
        status: WorkflowRunStatus::Failed,
        outcome: Some("CRASHED".to_owned()),
        duration: Some(seconds(15.5)),
        started_at: Some(noon_plus(5)),
        finished_at: Some(noon_plus(20)),
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

/// A request of `recordExecution` with all fields that a recorder need not give.
pub fn record_retried_execution() -> WorkflowRunInput {
    retried_execution().into()
}

/// A request of `recordExecution` with no more than it must have.
pub fn record_smallest_execution() -> Value {
    json!({ "workflow_id": "workflow_abc123", "status": "RUNNING" })
}

/// A request of `updateExecution`: a run begins.
pub fn begin_execution() -> Value {
    json!({
        "workflow_id": "workflow_abc123",
        "status": "RUNNING",
        "created_at": noon_plus(0),
        "started_at": noon_plus(5),
        "heartbeat_timeout": 60,
    })
}

/// A request of `updateExecution`: a step of a run has ended.
pub fn update_execution() -> Value {
    json!({
        "steps": [{
            "id": "step_exec_124",
            "step_name": "send_email",
            "status": "SUCCEEDED",
            "created_at": noon_plus(6),
            "started_at": noon_plus(6),
            "finished_at": noon_plus(7),
        }],
    })
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

fn pair(key: &str, value: &str) -> Metadata {
    Metadata::from([(key.to_owned(), value.to_owned())])
}

fn seconds(seconds: f64) -> Seconds {
    Seconds::from_micros((seconds * 1e6).round() as i64).unwrap_or_default()
}

/// This many seconds after `2025-01-04T12:00:00Z`.
fn noon_plus(seconds: i64) -> Timestamp {
    const NOON_MILLIS: i64 = 1_735_992_000_000;
    Timestamp::from_millis(NOON_MILLIS + seconds * 1000).expect("a time in 2025")
}
