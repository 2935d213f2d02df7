//! The workflows of a tenant: an addition to the documented operations.

use axum::{extract::State, response::Response};
use runledger_model::{ListWorkflowsQuery, WorkflowList, examples};

use super::documented_errors::ListErrors;
use crate::{cacheable::CacheableRequest, error::HttpError, state::AppState};

/// List all workflows with their totals, newest runs and durations
///
/// The workflow that ran last comes first: workflows are ordered by their newest runs, as
/// `listExecutions` orders these. A workflow is listed while it has runs; it is not created before
/// its first run, and is gone when its last run is deleted. The runs of one of them are
/// `listExecutions` with its `workflow_id`, and its totals are the same there.
///
/// All counts are exact, and a page is of one moment: its totals, newest runs and durations belong
/// together. A page takes longer the more workflows are before it, and with `q` the more match.
///
/// `median_duration` and `p95_duration` are over the last 200 finished runs of a workflow: the
/// newest by `created_at` that are SUCCEEDED, FAILED or CANCELLED. Runs without a `duration` count
/// among the 200 but have no part in the two figures. Both are by the nearest-rank method: of `n`
/// durations in ascending order, the median is the one at position `n * 0.50`, and the 95th
/// percentile the one at position `n * 0.95`, each rounded up.
#[utoipa::path(
    get,
    path = "/v1/workflows",
    operation_id = "listWorkflows",
    tag = "Workflows",
    params(ListWorkflowsQuery),
    responses(
        (status = 200, body = WorkflowList,
            description = "One page of workflows, and the exact number of all that match.",
            examples(("workflows" = (
                summary = "A workflow of 250 runs, and one that has not finished a run",
                value = json!(examples::workflows())
            )))),
        ListErrors,
    ),
)]
pub async fn list_workflows(
    State(state): State<AppState>,
    request: CacheableRequest,
) -> Result<Response, HttpError> {
    let content = async {
        let query = ListWorkflowsQuery::parse(request.query())?;
        state.content(&state.store.workflows(request.tenant, query).await?)
    };
    state.respond(&request, content).await
}
