//! Attempts of a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Seconds, Timestamp, WorkflowRunStatus};

/// One attempt of a run, without its steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunAttempt {
    /// Number of the attempt, for the parameter `attempt` of `getExecution`.
    #[schema(minimum = 1, example = 1)]
    #[schemars(range(min = 1))]
    pub attempt: i32,
    /// State of the attempt. That of one which was followed by another may be live.
    pub status: WorkflowRunStatus,
    /// The word that refines the status; omitted if the recorder gave none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "TIMED_OUT")]
    #[schemars(with = "String")]
    pub outcome: Option<String>,
    /// Duration of the attempt in seconds; null while unknown.
    #[schema(required, value_type = Option<f64>, minimum = 0, example = 15.5)]
    #[schemars(range(min = 0))]
    pub duration: Option<Seconds>,
    /// When the attempt started; null if it has not.
    #[schema(
        required,
        value_type = Option<String>,
        format = DateTime,
        example = "2025-01-04T12:00:05Z"
    )]
    pub started_at: Option<Timestamp>,
    /// When the attempt finished; null if it has not.
    #[schema(
        required,
        value_type = Option<String>,
        format = DateTime,
        example = "2025-01-04T12:00:20Z"
    )]
    pub finished_at: Option<Timestamp>,
}
