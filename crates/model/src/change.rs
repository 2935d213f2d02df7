//! Changes of runs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::WorkflowRunMetadata;

/// The runs that have changed, each with its last change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunChanges {
    /// The changes, ascending by number; at most `limit`. Empty if nothing changed after `after`.
    pub items: Vec<WorkflowRunChange>,
    /// The value of `after` for the next request: the number of the last item, or `after` if there
    /// is none.
    #[schema(minimum = 0, example = 1042)]
    #[schemars(range(min = 0))]
    pub next_after: i64,
    /// Deletions up to this number are no longer listed, since they happened more than 30 days
    /// ago; 0 if all are listed. A program that kept a smaller number than this before it paused
    /// may have missed deletions: it discards its copy and begins again at 0. A copy that began
    /// at 0 and is still being read for the first time is complete.
    #[schema(minimum = 0, example = 0)]
    #[schemars(range(min = 0))]
    pub deletions_after: i64,
}

/// The last change of a run. The `data` of each event of `streamChanges` is one, as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunChange {
    /// Number of the change. It is greater than that of every earlier change of any of the tenant's
    /// runs.
    #[schema(minimum = 1, example = 1042)]
    #[schemars(range(min = 1))]
    pub number: i64,
    /// UID of the run that changed.
    #[schema(example = "run_def456")]
    pub id: String,
    /// Whether the run was deleted.
    #[schema(example = false)]
    pub deleted: bool,
    /// The run after the change, as in a list; omitted if it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(with = "WorkflowRunMetadata")]
    pub run: Option<WorkflowRunMetadata>,
}
