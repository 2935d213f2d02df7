//! Recording runs: an addition to the documented operations, without which there would be nothing to list.

use axum::{extract::State, http::StatusCode, response::Response};
use runledger_model::{
    ApiError, RecordOutcome, WorkflowRunBatch, WorkflowRunBatchResult, WorkflowRunDetail,
    WorkflowRunInput, examples,
};
use runledger_store::Recorded;

use super::{
    documented_errors::{BatchErrors, RecordErrors},
    id::PathId,
};
use crate::{Ledger, auth::Writer, body::JsonBody, error::Failure, query::NoQuery};

/// Record one run with its steps, replacing what was recorded under its id
///
/// Idempotent: recording the same thing twice changes nothing, and what `getExecution` answered can be sent
/// back as it is. The run is on disk before this answers. All of it is replaced, its steps included; so may be its
/// workflow and `created_at`. A finished run stays finished: an update that would take SUCCEEDED, FAILED or
/// CANCELLED back to a live status is a 409 and changes nothing, while one final status may correct another. Times
/// and status are taken as they are given: they need not agree with each other, but for an end before a start.
/// Wants a key with the scope `write`.
#[utoipa::path(
    put,
    path = "/v1/executions/{id}",
    operation_id = "recordExecution",
    tag = "Recording",
    params(("id" = String, Path, description = "Run UID: 1 to 255 characters, no control characters; whatever a path does not bear is percent-encoded.",
        min_length = 1, max_length = 255, example = "run_def456")),
    request_body(content = WorkflowRunInput, description = "The run and all its steps.",
        examples(("documented" = (summary = "The documented run", value = json!(examples::record_execution()))))),
    responses(
        (status = 200, description = "The run was there before; this is how it stands now.", body = WorkflowRunDetail,
            examples(("documented" = (summary = "The documented run", value = json!(examples::execution()))))),
        (status = 201, description = "The run is new; this is how it stands now.", body = WorkflowRunDetail,
            examples(("documented" = (summary = "The documented run", value = json!(examples::execution()))))),
        RecordErrors,
    ),
)]
pub async fn record_execution(
    Writer(tenant): Writer,
    State(ledger): State<Ledger>,
    PathId(id): PathId,
    _: NoQuery,
    body: JsonBody,
) -> Result<Response, Failure> {
    let length = body.length();
    let (run, _room) =
        body.parsed(move |json| WorkflowRunInput::from_json(json)?.into_run(Some(&id))).await?;
    if !ledger.can_be_sent_back(&run, length) {
        return Err(ApiError::payload_too_large().into());
    }
    let status = match ledger.store.record(tenant, vec![run.clone()]).await?.first() {
        Some(Recorded::Conflict { from, to }) => return Err(ApiError::conflict(*from, *to).into()),
        Some(Recorded::Created) => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    ledger.answer(status, &run)
}

/// Record up to 1000 runs at once
///
/// The runs are recorded in the order given, as `recordExecution` would, and are on disk before this answers.
/// The answer tells for each what became of it; one bad run does not sink the others. Safe to repeat. Wants a
/// key with the scope `write`.
#[utoipa::path(
    post,
    path = "/v1/executions/batch",
    operation_id = "recordExecutions",
    tag = "Recording",
    request_body(content = WorkflowRunBatch, description = "1 to 1000 runs, each with its id.",
        examples(("batch" = (summary = "A good run and a bad one", value = json!(examples::record_executions()))))),
    responses(
        (status = 200, description = "What became of each run, in the order in which they were sent.",
            body = WorkflowRunBatchResult,
            examples(("batch" = (summary = "One recorded, one rejected", value = json!(examples::record_executions_response()))))),
        BatchErrors,
    ),
)]
pub async fn record_executions(
    Writer(tenant): Writer,
    State(ledger): State<Ledger>,
    _: NoQuery,
    body: JsonBody,
) -> Result<Response, Failure> {
    let (mut items, mut runs, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let length = body.length();
    let (parsed, _room) = body.parsed(WorkflowRunBatch::runs_from_json).await?;
    for (place, (result, run)) in parsed.into_iter().enumerate() {
        items.push(result);
        match run {
            Some(run) if ledger.can_be_sent_back(&run, length) => {
                runs.push(run);
                places.push(place);
            }
            Some(_) => items[place].error = Some(*ApiError::payload_too_large().body),
            None => {}
        }
    }
    for (place, recorded) in places.into_iter().zip(ledger.store.record(tenant, runs).await?) {
        items[place].outcome = recorded.outcome().unwrap_or_else(|conflict| {
            items[place].error = Some(*conflict.body);
            RecordOutcome::Rejected
        });
    }
    ledger.answer(StatusCode::OK, &WorkflowRunBatchResult { items })
}
