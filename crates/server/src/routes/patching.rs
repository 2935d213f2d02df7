//! Recording a run as it happens.

use axum::{
    extract::State,
    http::{StatusCode, header::ETAG},
    response::Response,
};
use runledger_model::{RecordOutcome, RunPatch, WorkflowRunMetadata, WorkflowRunPatch, examples};

use super::{documented_errors::UpdateErrors, id::PathId, query::NoQuery};
use crate::{
    auth::Writer,
    body::JsonBody,
    conditions::Conditions,
    entity_tag::EntityTag,
    error::HttpError,
    prefer::{PreferHeader, Preferred, applied},
    state::AppState,
};

/// Record what is known of a run by now
///
/// The first request with an id begins the run and must have its `workflow_id`; without a `status`
/// the run is RUNNING. Each further request changes what it mentions: null takes an optional value
/// away, pairs of `metadata` are merged by their keys, and steps by their `id` and `attempt`, where
/// a step that is not recorded yet is added. The run is on disk before the response is sent, which
/// has the run without its steps; `getExecution` returns all of it. Unknown fields are ignored,
/// unless the request has `Prefer: handling=strict`. Requires a key with the scope `write`.
///
/// Facts may arrive late, repeatedly and in any order, and end in the same run. A live status never
/// replaces a final one of the same attempt, and PENDING replaces no other; neither is an error. A
/// `duration` that was not given follows from start and end. Steps are ordered by `created_at`,
/// `id` (digits count as numbers) and `attempt`; where `recordExecution` recorded them in another
/// order, those up to the last one that is out of order keep their places. In all else the last
/// request counts: where two requests have different values of a field, two final states, or
/// RUNNING and PAUSED. A `created_at` that is never sent is the `started_at` of the first request
/// with the run or the step, or else the time of that request or the `created_at` of the run.
/// Two things depend on what comes first: RUNNING of a run that begins without a `status` counts as
/// reported, so that a later PENDING does not replace it; and a higher attempt begins with the
/// workflow, version, type and `created_at` that the run has by then.
///
/// A higher `attempt` than the newest one begins that attempt, without steps. A lower one changes
/// that attempt only.
///
/// The `ETag` of the response is that of `getExecution`. It is left out only for a run with more
/// than 16 KiB of steps where the request has no condition, because all of the run would be read
/// for it.
///
/// Any request is a heartbeat of a run with a `heartbeat_timeout`, also an empty object. A live run
/// that is silent for longer is ended by the server: FAILED, with the outcome LOST, an `error` that
/// says when it was last heard of, and that time as `finished_at` where it had none. Its steps stay
/// as they are. A later request with a `status` or `steps`, or with no more than `workflow_id`,
/// `attempt` and `heartbeat_timeout`, shows that it is alive: what the end replaced is restored,
/// and the request is merged into that. Other requests are recorded and do not revive it. A run
/// whose recorder itself reports LOST has ended.
#[utoipa::path(
    patch,
    path = "/v1/executions/{id}",
    operation_id = "updateExecution",
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
    request_body(content = WorkflowRunPatch,
        description = "What is known by now.",
        examples(
            ("begin" = (
                summary = "A run begins",
                value = json!(examples::begin_execution())
            )),
            ("step" = (
                summary = "A step has ended",
                value = json!(examples::update_execution())
            )),
            ("heartbeat" = (
                summary = "Nothing new, but the run is alive",
                value = json!({})
            )),
        )),
    responses(
        (status = 200, body = WorkflowRunMetadata,
            description = "The run was recorded before; this is its current state without its \
                steps.",
            examples(("documented" = (
                summary = "The documented run",
                value = json!(examples::execution().metadata())
            )))),
        (status = 201, body = WorkflowRunMetadata,
            description = "The run is new; this is its current state without its steps.",
            examples(("documented" = (
                summary = "The documented run",
                value = json!(examples::execution().metadata())
            )))),
        UpdateErrors,
    ),
)]
pub async fn update_execution(
    Writer(tenant): Writer,
    State(state): State<AppState>,
    PathId { id }: PathId,
    Conditions(condition): Conditions,
    _: NoQuery,
    Preferred(handling): Preferred,
    body: JsonBody,
) -> Result<Response, HttpError> {
    let parsed = body.parse(move |json| RunPatch::from_json_with(&id, json, handling)).await;
    let (patch, _body) =
        parsed.inspect_err(|_| state.metrics.recording(RecordOutcome::Rejected))?;
    let max_bytes = state.settings.max_body_bytes;
    let patched = match state.store.patch(tenant, patch, condition, max_bytes).await? {
        Ok(patched) => patched,
        Err(refused) => {
            state.metrics.recording(RecordOutcome::Rejected);
            return Err(state.refusal(refused).into());
        }
    };
    let outcome = patched.recorded.outcome();
    state.metrics.recording(*outcome.as_ref().unwrap_or(&RecordOutcome::Rejected));
    let created = outcome? == RecordOutcome::Recorded;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = state.json(status, &patched.run)?;
    if let Some(whole) = &patched.whole {
        response.headers_mut().insert(ETAG, EntityTag::of_run(whole).value());
    }
    Ok(applied(handling, response))
}
