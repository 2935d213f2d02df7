//! Recording runs: an addition to the documented operations, without which there is nothing to
//! list.

use axum::{extract::State, http::StatusCode, response::Response};
use runledger_model::{
    RecordOutcome, WorkflowRunBatch, WorkflowRunBatchResult, WorkflowRunDetail, WorkflowRunInput,
    examples,
};
use runledger_store::RecordedRun;

use super::{
    batch::Batch,
    documented_errors::{BatchErrors, DeleteErrors, RecordErrors},
    id::PathId,
    query::NoQuery,
};
use crate::{
    auth::Writer,
    body::JsonBody,
    conditions::Conditions,
    error::HttpError,
    prefer::{PreferHeader, Preferred, applied},
    state::AppState,
};

/// Record one run with its steps, replacing what was recorded under its id
///
/// Idempotent: recording the same run twice changes nothing, and a response of `getExecution` can
/// be sent back unchanged. The run is on disk before the response is sent. The whole attempt is
/// replaced, including its steps; its workflow and its `created_at` may change. An engine's facts
/// are recorded as given, even where they contradict each other, such as an end before the start.
///
/// A finished attempt stays finished: an update from SUCCEEDED, FAILED or CANCELLED to a live
/// status is a 409 and changes nothing, while one final status may replace another. Where the
/// server itself ended a silent run, any later state is recorded.
///
/// A higher `attempt` than the newest one begins another attempt, whatever the state of the one
/// before, which is kept with its steps. The run then counts with the new attempt only, in lists
/// and totals. A lower `attempt` changes that attempt only. Without `attempt`, it is the newest.
///
/// Unknown fields are ignored, unless the request has `Prefer: handling=strict`. Requires a key
/// with the scope `write`.
#[utoipa::path(
    put,
    path = "/v1/executions/{id}",
    operation_id = "recordExecution",
    tag = "Recording",
    params(
        PathId,
        PreferHeader,
        ("If-Match" = Option<String>, Header, nullable = false,
            description = "The `ETag` of `getExecution`, several of them, or `*` for any run. If \
                the run is another one now, the response is a 412 and nothing is changed. It is \
                compared with the attempt that the body names, if that is recorded, or else with \
                the newest. Empty is the same as none."),
        ("If-None-Match" = Option<String>, Header, nullable = false,
            description = "`*`: only if there is no run with this id; otherwise the response is \
                a 412. Empty is the same as none."),
    ),
    request_body(content = WorkflowRunInput,
        description = "The run and all its steps.",
        examples(("documented" = (
            summary = "The documented run",
            value = json!(examples::record_execution())
        )), ("smallest" = (
            summary = "No more than a run must have",
            value = json!(examples::record_smallest_execution())
        )), ("retried" = (
            summary = "The second attempt of a run, with all fields",
            value = json!(examples::record_retried_execution())
        )))),
    responses(
        (status = 200, body = WorkflowRunDetail,
            description = "The run was recorded before; this is its current state with its `ETag`.",
            examples(("documented" = (
                summary = "The documented run",
                value = json!(examples::execution())
            )))),
        (status = 201, body = WorkflowRunDetail,
            description = "The run is new; this is its current state, with its `ETag`.",
            examples(("documented" = (
                summary = "The documented run",
                value = json!(examples::execution())
            )))),
        RecordErrors,
    ),
)]
pub async fn record_execution(
    Writer(tenant): Writer,
    State(state): State<AppState>,
    PathId { id }: PathId,
    Conditions(condition): Conditions,
    _: NoQuery,
    Preferred(handling): Preferred,
    body: JsonBody,
) -> Result<Response, HttpError> {
    let read = move |json: &[u8]| {
        WorkflowRunInput::from_json_with("body", json, handling)?.into_recording(Some(&id))
    };
    let parsed = body.parse(read).await;
    let (run, body) = parsed.inspect_err(|_| state.metrics.recording(RecordOutcome::Rejected))?;
    state
        .check_size(run.as_new(), body.bytes)
        .inspect_err(|_| state.metrics.recording(RecordOutcome::Rejected))?;
    let recorded = state.store.record_if(tenant, run, condition).await?;
    let RecordedRun { recorded, run } = recorded.map_err(|refused| {
        state.metrics.recording(RecordOutcome::Rejected);
        state.refusal(refused)
    })?;
    let outcome = recorded.outcome();
    state.metrics.recording(*outcome.as_ref().unwrap_or(&RecordOutcome::Rejected));
    let created = outcome? == RecordOutcome::Recorded;
    let response = state.run(if created { StatusCode::CREATED } else { StatusCode::OK }, &run)?;
    Ok(applied(handling, response))
}

/// Delete one run with all its attempts and their steps
///
/// A run that does not exist, or no longer, is a 204 as well. The deletion is on disk before the
/// response is sent. The run no longer counts in any total, and its id can be recorded again.
/// Requires a key with the scope `write`.
#[utoipa::path(
    delete,
    path = "/v1/executions/{id}",
    operation_id = "deleteExecution",
    tag = "Recording",
    params(
        PathId,
        ("If-Match" = Option<String>, Header, nullable = false,
            description = "The `ETag` of `getExecution` without `attempt`, which is that of the \
                newest attempt; several of them; or `*` for any run. If the run is another one \
                now, the response is a 412 and nothing is changed. Empty is the same as none."),
    ),
    responses(
        (status = 204, description = "The run does not exist any more, or never did."),
        DeleteErrors,
    ),
)]
pub async fn delete_execution(
    Writer(tenant): Writer,
    State(state): State<AppState>,
    PathId { id }: PathId,
    Conditions(condition): Conditions,
    _: NoQuery,
) -> Result<StatusCode, HttpError> {
    let deleted = state.store.delete_if(tenant, &id, condition).await?;
    deleted.map_err(|refused| state.refusal(refused))?;
    Ok(StatusCode::NO_CONTENT)
}

/// Record up to 1000 runs at once
///
/// The runs are recorded in the order given, each as by `recordExecution`, and are on disk before
/// the response is sent. The response has a result for each run; a rejected run does not affect the
/// others. Safe to repeat: a live state of an attempt that has finished changes nothing, and is no
/// error. Requires a key with the scope `write`.
#[utoipa::path(
    post,
    path = "/v1/executions/batch",
    operation_id = "recordExecutions",
    tag = "Recording",
    params(PreferHeader),
    request_body(content = WorkflowRunBatch,
        description = "1 to 1000 runs, each with its id.",
        examples(("batch" = (
            summary = "A good run and a bad one",
            value = json!(examples::record_executions())
        )))),
    responses(
        (status = 200, body = WorkflowRunBatchResult,
            description = "The result for each run, in the order of the request.",
            examples(("batch" = (
                summary = "One recorded, one rejected",
                value = json!(examples::record_executions_response())
            )))),
        BatchErrors,
    ),
)]
pub async fn record_executions(
    Writer(tenant): Writer,
    State(state): State<AppState>,
    _: NoQuery,
    Preferred(handling): Preferred,
    body: JsonBody,
) -> Result<Response, HttpError> {
    let read = move |json: &[u8]| WorkflowRunBatch::runs_from_json(json, handling);
    let (items, body) = body.parse(read).await?;
    let mut batch = Batch::new(items, |run| state.check_size(run, body.bytes));
    let recorded = state.store.record_all(tenant, batch.take_runs()).await?;
    let result = batch.into_result(recorded);
    for item in &result.items {
        state.metrics.recording(item.outcome);
    }
    Ok(applied(handling, state.json(StatusCode::OK, &result)?))
}
