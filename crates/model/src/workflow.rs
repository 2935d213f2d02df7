//! Workflows and the figures of their runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Seconds, WorkflowRunMetadata};

/// One page of workflows; the one with the newest run comes first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowList {
    /// The workflows of the page, ordered by their newest runs: by `created_at` and then by `id` of
    /// `newest_run`, both descending. Empty on a page past the last.
    pub items: Vec<WorkflowSummary>,
    /// Number of workflows that match, over all pages. Exact, never an estimate.
    #[schema(minimum = 0, example = 12)]
    #[schemars(range(min = 0))]
    pub total: i64,
    /// The requested page; the first is 1.
    #[schema(minimum = 1, example = 1)]
    #[schemars(range(min = 1))]
    pub page: i32,
    /// The requested maximum number of workflows on a page.
    #[schema(minimum = 1, example = 20)]
    #[schemars(range(min = 1))]
    pub limit: i32,
}

/// A workflow: how many runs it has, its newest run, and how long its runs take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowSummary {
    /// UID of the workflow.
    #[schema(example = "workflow_abc123")]
    pub workflow_id: String,
    /// Number of its runs. Exact, never an estimate.
    #[schema(minimum = 0, example = 250)]
    #[schemars(range(min = 0))]
    pub total: i64,
    /// Number of its runs in the state PENDING.
    #[schema(minimum = 0, example = 5)]
    #[schemars(range(min = 0))]
    pub pending: i64,
    /// Number of its runs in the state RUNNING.
    #[schema(minimum = 0, example = 6)]
    #[schemars(range(min = 0))]
    pub running: i64,
    /// Number of its runs in the state SUCCEEDED.
    #[schema(minimum = 0, example = 200)]
    #[schemars(range(min = 0))]
    pub succeeded: i64,
    /// Number of its runs in the state FAILED.
    #[schema(minimum = 0, example = 30)]
    #[schemars(range(min = 0))]
    pub failed: i64,
    /// Number of its runs in the state CANCELLED.
    #[schema(minimum = 0, example = 5)]
    #[schemars(range(min = 0))]
    pub cancelled: i64,
    /// Number of its runs in the state PAUSED.
    #[schema(minimum = 0, example = 4)]
    #[schemars(range(min = 0))]
    pub paused: i64,
    /// Its newest run, which is the first in its list.
    pub newest_run: WorkflowRunMetadata,
    /// Median duration in seconds of its last 200 finished runs (the newest that are SUCCEEDED,
    /// FAILED or CANCELLED), without those whose duration is unknown; null if there are none. By
    /// the nearest-rank method, so that it is the duration of one of these runs.
    #[schema(required, value_type = Option<f64>, minimum = 0, example = 15.5)]
    #[schemars(range(min = 0))]
    pub median_duration: Option<Seconds>,
    /// 95th percentile of the same durations, in seconds, by the same method; null if there are
    /// none.
    #[schema(required, value_type = Option<f64>, minimum = 0, example = 48.25)]
    #[schemars(range(min = 0))]
    pub p95_duration: Option<Seconds>,
}

crate::state_counts::count_states!(WorkflowSummary);

impl WorkflowSummary {
    /// The workflow of this run, without runs and durations.
    pub fn new(newest_run: WorkflowRunMetadata) -> Self {
        Self {
            workflow_id: newest_run.workflow_id.clone(),
            total: 0,
            pending: 0,
            running: 0,
            succeeded: 0,
            failed: 0,
            cancelled: 0,
            paused: 0,
            newest_run,
            median_duration: None,
            p95_duration: None,
        }
    }
}
