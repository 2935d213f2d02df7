//! One run as its recorder sends it. What it is held to stands in `rules.rs`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ApiError, Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail,
    WorkflowRunStatus, json,
};

/// One run to record, with all its steps: it replaces what was recorded under its id before. What
/// `GET /v1/executions/{id}` answers can be sent back as it is. A key that may be null may also be left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(expecting = "a run")]
pub struct WorkflowRunInput {
    /// Run UID, unique within the tenant: 1 to 255 characters, no control characters. In a batch it must be given;
    /// where the path has it, it may be left out here and must not contradict.
    #[schema(min_length = 1, max_length = 255, example = "run_def456")]
    #[schemars(length(min = 1, max = 255))]
    pub id: Option<String>,
    /// UID of the workflow that ran: 1 to 255 characters, no control characters.
    #[schema(min_length = 1, max_length = 255, example = "workflow_abc123")]
    #[schemars(length(min = 1, max = 255))]
    pub workflow_id: String,
    /// UID of the workflow's version that ran: 1 to 255 characters, no control characters.
    #[schema(min_length = 1, max_length = 255, example = "version_xyz456")]
    #[schemars(length(min = 1, max = 255))]
    pub version_id: String,
    /// Name of that version for people: up to 255 characters, no control characters.
    #[schema(max_length = 255, example = "Initial Version")]
    #[schemars(length(max = 255))]
    pub version_display_name: String,
    /// What set the run off: 1 to 255 characters, no control characters, such as TEST, WEBHOOK_ASYNC or WEBHOOK_SYNC.
    #[serde(rename = "type")]
    #[schema(min_length = 1, max_length = 255, example = "WEBHOOK_ASYNC")]
    #[schemars(length(min = 1, max = 255))]
    pub run_type: String,
    /// State of the run now.
    pub status: WorkflowRunStatus,
    /// How long the run took, in seconds (kept to the microsecond). Left out or null: `finished_at` minus
    /// `started_at` where both are there.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1000000000, example = 15.5)]
    #[schemars(range(min = 0, max = 1000000000))]
    pub duration: Option<Seconds>,
    /// When the run was created: RFC 3339 with any offset (kept to the millisecond; finer digits are cut).
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:00Z")]
    pub created_at: Timestamp,
    /// When the run started to work; null or left out while it has not.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:05Z")]
    pub started_at: Option<Timestamp>,
    /// When the run ended; null or left out while it has not. Not before `started_at`.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:20Z")]
    pub finished_at: Option<Timestamp>,
    /// All steps, in order, up to 10,000; a retried step once for each attempt. They replace the steps that were
    /// recorded before: left out is the same as an empty array, and leaves the run without steps.
    #[serde(default, deserialize_with = "json::steps")]
    #[schema(required = false, max_items = 10000)]
    #[schemars(length(max = 10000))]
    pub steps: Vec<StepExecutionInput>,
    /// How many steps there are; may be left out, and must not contradict `steps`.
    #[serde(default, deserialize_with = "json::whole_number::<0, 10000, _>")]
    #[schema(minimum = 0, maximum = 10000, example = 2)]
    #[schemars(range(min = 0, max = 10000))]
    pub step_count: Option<i32>,
}

/// One attempt at one step of a run to record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(expecting = "a step")]
pub struct StepExecutionInput {
    /// Step execution UID, unique within the run: 1 to 255 characters, no control characters.
    #[schema(min_length = 1, max_length = 255, example = "step_exec_123")]
    #[schemars(length(min = 1, max = 255))]
    pub id: String,
    /// Name of the step within the workflow, the same for every attempt: 1 to 255 characters, no control characters.
    #[schema(min_length = 1, max_length = 255, example = "send_email")]
    #[schemars(length(min = 1, max = 255))]
    pub step_name: String,
    /// Whether the step set the run off or is part of its work.
    pub step_type: StepType,
    /// State of the attempt now.
    pub status: StepStatus,
    /// Which attempt this is: 1 for the first, which is what leaving it out means.
    #[serde(default, deserialize_with = "json::whole_number::<1, 2147483647, _>")]
    #[schema(minimum = 1, maximum = 2147483647, example = 1)]
    #[schemars(range(min = 1, max = 2147483647))]
    pub attempt: Option<i32>,
    /// What went wrong, up to 65,536 characters without NUL; null or left out where nothing did.
    #[schema(max_length = 65536, example = json!(null))]
    #[schemars(length(max = 65536))]
    pub error: Option<String>,
    /// How long the attempt took, in seconds (kept to the microsecond). Left out or null: `finished_at` minus
    /// `started_at`, or 0 where one of them is missing.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1000000000, example = 1.2)]
    #[schemars(range(min = 0, max = 1000000000))]
    pub duration: Option<Seconds>,
    /// When the attempt was created: RFC 3339 with any offset (kept to the millisecond; finer digits are cut).
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:06Z")]
    pub created_at: Timestamp,
    /// When the attempt started to work; null or left out while it has not.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:06Z")]
    pub started_at: Option<Timestamp>,
    /// When the attempt ended; null or left out while it has not. Not before `started_at`.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:07Z")]
    pub finished_at: Option<Timestamp>,
}

impl WorkflowRunInput {
    /// Reads a run from a request's body.
    ///
    /// # Errors
    /// 400 for what is no JSON or has another shape, named by its place.
    pub fn from_json(body: &[u8]) -> Result<Self, ApiError> {
        json::read("body", body)
    }
}

impl From<WorkflowRunDetail> for WorkflowRunInput {
    /// The run as its recorder would send it.
    fn from(run: WorkflowRunDetail) -> Self {
        Self {
            id: Some(run.id),
            workflow_id: run.workflow_id,
            version_id: run.version_id,
            version_display_name: run.version_display_name,
            run_type: run.run_type,
            status: run.status,
            duration: run.duration,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            steps: run.steps.into_iter().map(Into::into).collect(),
            step_count: Some(run.step_count),
        }
    }
}

impl From<StepExecution> for StepExecutionInput {
    fn from(step: StepExecution) -> Self {
        Self {
            id: step.id,
            step_name: step.step_name,
            step_type: step.step_type,
            status: step.status,
            attempt: Some(step.attempt),
            error: step.error,
            duration: Some(step.duration),
            created_at: step.created_at,
            started_at: step.started_at,
            finished_at: step.finished_at,
        }
    }
}
