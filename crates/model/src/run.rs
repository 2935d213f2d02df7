//! What `GET` answers about runs: the documented wire types.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Seconds, StepStatus, StepType, Timestamp, WorkflowRunStatus};

/// One run as it stands in a list: what ran, how it ended and how long it took, without its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunMetadata {
    /// Run UID, given by the recorder, unique within the tenant: 1 to 255 characters, no control characters.
    #[schema(example = "run_def456")]
    pub id: String,
    /// UID of the workflow that ran.
    #[schema(example = "workflow_abc123")]
    pub workflow_id: String,
    /// UID of the workflow's version that ran.
    #[schema(example = "version_xyz456")]
    pub version_id: String,
    /// Name of that version for people.
    #[schema(example = "Initial Version")]
    pub version_display_name: String,
    /// What set the run off, such as TEST, WEBHOOK_ASYNC or WEBHOOK_SYNC. An open set: expect new values.
    #[serde(rename = "type")]
    #[schema(example = "WEBHOOK_ASYNC")]
    pub run_type: String,
    /// State of the run when it was last recorded.
    pub status: WorkflowRunStatus,
    /// How long the run took, in seconds, as its recorder measured it (to the microsecond). It need not equal
    /// `finished_at` minus `started_at`. Null while unknown, as it is before a run has finished.
    #[schema(required, value_type = Option<f64>, minimum = 0, example = 15.5)]
    #[schemars(range(min = 0))]
    pub duration: Option<Seconds>,
    /// When the run was created, which is what lists are ordered by (RFC 3339, UTC, at most milliseconds).
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:00Z")]
    pub created_at: Timestamp,
    /// When the run started to work; null while it has not.
    #[schema(required, value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:05Z")]
    pub started_at: Option<Timestamp>,
    /// When the run ended; null while it has not.
    #[schema(required, value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:20Z")]
    pub finished_at: Option<Timestamp>,
}

/// One run with everything that happened in it, step by step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunDetail {
    /// Run UID, given by the recorder, unique within the tenant: 1 to 255 characters, no control characters.
    #[schema(example = "run_def456")]
    pub id: String,
    /// UID of the workflow that ran.
    #[schema(example = "workflow_abc123")]
    pub workflow_id: String,
    /// UID of the workflow's version that ran.
    #[schema(example = "version_xyz456")]
    pub version_id: String,
    /// Name of that version for people.
    #[schema(example = "Initial Version")]
    pub version_display_name: String,
    /// What set the run off, such as TEST, WEBHOOK_ASYNC or WEBHOOK_SYNC. An open set: expect new values.
    #[serde(rename = "type")]
    #[schema(example = "WEBHOOK_ASYNC")]
    pub run_type: String,
    /// State of the run when it was last recorded.
    pub status: WorkflowRunStatus,
    /// How long the run took, in seconds, as its recorder measured it (to the microsecond). It need not equal
    /// `finished_at` minus `started_at`. Null while unknown, as it is before a run has finished.
    #[schema(required, value_type = Option<f64>, minimum = 0, example = 15.5)]
    #[schemars(range(min = 0))]
    pub duration: Option<Seconds>,
    /// When the run was created, which is what lists are ordered by (RFC 3339, UTC, at most milliseconds).
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:00Z")]
    pub created_at: Timestamp,
    /// When the run started to work; null while it has not.
    #[schema(required, value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:05Z")]
    pub started_at: Option<Timestamp>,
    /// When the run ended; null while it has not.
    #[schema(required, value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:20Z")]
    pub finished_at: Option<Timestamp>,
    /// The steps in the order in which they were recorded; a retried step stands once for each attempt.
    pub steps: Vec<StepExecution>,
    /// How many entries `steps` has.
    #[schema(minimum = 0, example = 2)]
    #[schemars(range(min = 0))]
    pub step_count: i32,
}

impl WorkflowRunMetadata {
    /// The whole run.
    pub fn with_steps(self, steps: Vec<StepExecution>) -> WorkflowRunDetail {
        WorkflowRunDetail {
            id: self.id,
            workflow_id: self.workflow_id,
            version_id: self.version_id,
            version_display_name: self.version_display_name,
            run_type: self.run_type,
            status: self.status,
            duration: self.duration,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            step_count: steps.len() as i32,
            steps,
        }
    }
}

impl WorkflowRunDetail {
    /// The run as lists show it.
    pub fn metadata(&self) -> WorkflowRunMetadata {
        WorkflowRunMetadata {
            id: self.id.clone(),
            workflow_id: self.workflow_id.clone(),
            version_id: self.version_id.clone(),
            version_display_name: self.version_display_name.clone(),
            run_type: self.run_type.clone(),
            status: self.status,
            duration: self.duration,
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        }
    }
}

/// One attempt at one step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct StepExecution {
    /// Step execution UID, given by the recorder, unique within the run.
    #[schema(example = "step_exec_123")]
    pub id: String,
    /// Name of the step within the workflow; the same for every attempt.
    #[schema(example = "send_email")]
    pub step_name: String,
    /// Whether the step set the run off or is part of its work.
    pub step_type: StepType,
    /// State of the attempt when it was last recorded.
    pub status: StepStatus,
    /// Which attempt this is: 1 for the first, one more for each retry.
    #[schema(minimum = 1, example = 1)]
    #[schemars(range(min = 1))]
    pub attempt: i32,
    /// What went wrong, in the engine's words; null where nothing did.
    #[schema(required, example = json!(null))]
    pub error: Option<String>,
    /// How long the attempt took, in seconds, as its recorder measured it (to the microsecond); 0 for one that
    /// has not started. It need not equal `finished_at` minus `started_at`.
    #[schema(value_type = f64, minimum = 0, example = 1.2)]
    #[schemars(range(min = 0))]
    pub duration: Seconds,
    /// When the attempt was created (RFC 3339, UTC, at most milliseconds).
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:06Z")]
    pub created_at: Timestamp,
    /// When the attempt started to work; null while it has not.
    #[schema(required, value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:06Z")]
    pub started_at: Option<Timestamp>,
    /// When the attempt ended; null while it has not.
    #[schema(required, value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:07Z")]
    pub finished_at: Option<Timestamp>,
}

/// One page of runs, newest first, with exact totals over all pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct ListWorkflowRunsResponse {
    /// The page's runs: newest `created_at` first, and by `id` from the highest where those are equal. Empty on
    /// a page past the last.
    pub items: Vec<WorkflowRunMetadata>,
    /// How many runs match the filters, on all pages together: exact, never an estimate.
    #[schema(minimum = 0, example = 250)]
    #[schemars(range(min = 0))]
    pub total: i64,
    /// How many of these succeeded, so that `succeeded / total` is the success rate of what is listed.
    #[schema(minimum = 0, example = 200)]
    #[schemars(range(min = 0))]
    pub succeeded: i64,
    /// How many of these failed.
    #[schema(minimum = 0, example = 30)]
    #[schemars(range(min = 0))]
    pub failed: i64,
    /// The page that was asked for; the first is 1.
    #[schema(minimum = 1, example = 1)]
    #[schemars(range(min = 1))]
    pub page: i32,
    /// The greatest number of runs on a page that was asked for.
    #[schema(minimum = 1, example = 20)]
    #[schemars(range(min = 1))]
    pub limit: i32,
}
