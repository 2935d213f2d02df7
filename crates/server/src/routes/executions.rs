//! The documented operations: what ran, and what happened in a run.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use runledger_model::{ListExecutionsQuery, ListWorkflowRunsResponse, WorkflowRunDetail, examples};

use super::{
    documented_errors::{GetErrors, ListErrors},
    id::PathId,
};
use crate::{Ledger, auth::Reader, error::Failure};

/// List all workflow runs with optional filtering and pagination
///
/// The newest run comes first: by `created_at`, and by `id` where that is equal, both from the highest. The
/// order is total and stable. `total`, `succeeded` and `failed` count all runs that match the filters, on every
/// page, and are exact. A page past the last is `200` with no items and the true totals. Unknown query
/// parameters are ignored; a known one that is repeated or malformed is a 400.
#[utoipa::path(
    get,
    path = "/v1/executions",
    operation_id = "listExecutions",
    tag = "Executions",
    params(ListExecutionsQuery),
    responses(
        (status = 200, description = "One page of runs, and the exact totals of all that match.",
            body = ListWorkflowRunsResponse,
            examples(("documented" = (summary = "The newest of 250 runs", value = json!(examples::executions()))))),
        ListErrors,
    ),
)]
pub async fn list_executions(
    Reader(tenant): Reader,
    State(ledger): State<Ledger>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = ListExecutionsQuery::parse(query.as_deref().unwrap_or_default())?;
    ledger.answer(StatusCode::OK, &ledger.store.list(tenant, query).await?)
}

/// Get detailed information about a single execution, including all step executions
///
/// The steps stand in the order in which they were recorded; a step that was retried stands once for each
/// attempt. A run of another tenant is answered like one that does not exist.
#[utoipa::path(
    get,
    path = "/v1/executions/{id}",
    operation_id = "getExecution",
    tag = "Executions",
    params(("id" = String, Path, description = "Run UID: 1 to 255 characters, no control characters; whatever a path does not bear is percent-encoded.",
        min_length = 1, max_length = 255, example = "run_def456")),
    responses(
        (status = 200, description = "The run with all its steps.", body = WorkflowRunDetail,
            examples(("documented" = (summary = "A run of two steps", value = json!(examples::execution()))))),
        GetErrors,
    ),
)]
pub async fn get_execution(
    Reader(tenant): Reader,
    State(ledger): State<Ledger>,
    PathId(id): PathId,
) -> Result<Response, Failure> {
    ledger.answer_run(tenant, &id).await
}
