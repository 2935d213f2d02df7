//! The documented operations: the runs of a tenant, and one run with its steps.

use axum::{extract::State, response::Response};
use runledger_model::{
    GetExecutionQuery, ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail, examples,
};

use super::{
    documented_errors::{FilterErrors, GetErrors},
    id::PathId,
};
use crate::{cacheable::CacheableRequest, error::HttpError, state::AppState};

/// List all workflow runs with optional filtering and pagination
///
/// The newest run comes first: runs are ordered by `created_at` and then by `id`, both descending.
/// The order is total and stable. `total`, `succeeded` and `failed` count all runs that match the
/// filters, on every page, and are exact. A page past the last is `200` with no items and the true
/// totals. An unknown, repeated or malformed query parameter is a 400; only `metadata` may be
/// repeated. A 422 says that filters cannot be combined in this range: see `metadata`.
#[utoipa::path(
    get,
    path = "/v1/executions",
    operation_id = "listExecutions",
    tag = "Executions",
    params(ListExecutionsQuery),
    responses(
        (status = 200, body = ListWorkflowRunsResponse,
            description = "One page of runs, and the exact totals of all that match.",
            examples(("documented" = (
                summary = "The newest of 250 runs",
                value = json!(examples::executions())
            )))),
        FilterErrors,
    ),
)]
pub async fn list_executions(
    State(state): State<AppState>,
    request: CacheableRequest,
) -> Result<Response, HttpError> {
    let content = async {
        let query = ListExecutionsQuery::parse(request.query())?;
        state.content(&state.store.list(request.tenant, query).await?)
    };
    state.respond(&request, content).await
}

/// Get detailed information about a single execution, including all step executions
///
/// The steps are in the order in which they were recorded; a retried step has an entry for each
/// attempt. A run of another tenant is a 404, like one that does not exist.
///
/// A run that its engine ran again under its id has several attempts: the newest one is returned,
/// with the list of all in `attempts`. `attempt` selects another one; one that is not recorded is a
/// 404.
#[utoipa::path(
    get,
    path = "/v1/executions/{id}",
    operation_id = "getExecution",
    tag = "Executions",
    params(PathId, GetExecutionQuery),
    responses(
        (status = 200, body = WorkflowRunDetail,
            description = "The run with all its steps.",
            examples(("documented" = (
                summary = "A run of two steps",
                value = json!(examples::execution())
            )), ("retried" = (
                summary = "The second attempt of a run, with all fields",
                value = json!(examples::retried_execution())
            )))),
        GetErrors,
    ),
)]
pub async fn get_execution(
    State(state): State<AppState>,
    request: CacheableRequest,
) -> Result<Response, HttpError> {
    let content = async {
        let PathId { id } = PathId::of(&request.uri)?;
        let GetExecutionQuery { attempt } = GetExecutionQuery::parse(request.query())?;
        state.run_content(request.tenant, &id, attempt).await
    };
    state.respond(&request, content).await
}
