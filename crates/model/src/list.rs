//! One page of a list.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::WorkflowRunMetadata;

/// One page of runs, newest first, with exact totals over all pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct ListWorkflowRunsResponse {
    /// The runs of the page, ordered by `created_at` and then by `id`, both descending. Empty on a
    /// page past the last.
    pub items: Vec<WorkflowRunMetadata>,
    /// Number of runs that match the filters, over all pages. Exact, never an estimate.
    #[schema(minimum = 0, example = 250)]
    #[schemars(range(min = 0))]
    pub total: i64,
    /// Number of matching runs that succeeded: `succeeded / total` is the success rate.
    #[schema(minimum = 0, example = 200)]
    #[schemars(range(min = 0))]
    pub succeeded: i64,
    /// Number of matching runs that failed.
    #[schema(minimum = 0, example = 30)]
    #[schemars(range(min = 0))]
    pub failed: i64,
    /// The requested page; the first is 1. Always 1 with `cursor`.
    #[schema(minimum = 1, example = 1)]
    #[schemars(range(min = 1))]
    pub page: i32,
    /// The requested maximum number of runs on a page.
    #[schema(minimum = 1, example = 20)]
    #[schemars(range(min = 1))]
    pub limit: i32,
    /// Only with `cursor`: the cursor of the following runs; null if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    // The documented response has no such field, and a walk needs to see its end.
    #[schema(value_type = Option<String>, example = "AAABlDEvvgCRJTkGcnVuX2RlZjQ1Ng",
        extensions(("x-lint-ignore" = json!("response-optional-or-null"))))]
    pub next_cursor: Option<Option<String>>,
}

/// For a field that may be absent or null: `None` if absent, `Some(None)` if null.
fn given<'de, D: Deserializer<'de>>(json: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(json).map(Some)
}
