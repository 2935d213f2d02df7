//! Batches: many runs to record at once, and the result of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{
    ApiError, ErrorResponse, Handling, Recording, WorkflowRunInput, check_id, json,
    limits::MAX_BATCH_RUNS,
};

/// Runs to record together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunBatch {
    /// 1 to 1000 runs, each with its `id`. They are recorded in this order; a rejected run does not
    /// affect the others.
    #[schema(min_items = 1, max_items = 1000)]
    #[schemars(length(min = 1, max = 1000))]
    pub items: Vec<WorkflowRunInput>,
}

/// The results of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunBatchResult {
    /// One result for each run of the batch, in the same order.
    pub items: Vec<RecordResult>,
}

/// The result for one run of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct RecordResult {
    /// The id of the run in the request; null if it was missing or invalid.
    #[schema(required, example = "run_def456")]
    pub id: Option<String>,
    /// What happened to the run.
    pub outcome: RecordOutcome,
    /// Why the run was rejected; omitted for all other outcomes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(with = "ErrorResponse")]
    pub error: Option<ErrorResponse>,
}

/// What happened to a run: RECORDED if it is new, UPDATED if it replaced another state or began
/// another attempt, UNCHANGED if it was already recorded in the same or in a later state, REJECTED
/// if it was not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordOutcome {
    /// The run is new.
    Recorded,
    /// The run replaced another state or began another attempt.
    Updated,
    /// The run was already recorded in the same or in a later state.
    Unchanged,
    /// The run was not recorded.
    Rejected,
}

impl WorkflowRunBatch {
    /// Reads a batch from the body of a request: for each run a result and, if it is valid, the
    /// run. The outcome of a valid run is REJECTED until the store has decided about it.
    ///
    /// # Errors
    /// 400 for a body that is not JSON, is not a batch, or has no or too many runs.
    pub fn runs_from_json(
        body: &[u8],
        handling: Handling,
    ) -> Result<Vec<(RecordResult, Option<Recording>)>, ApiError> {
        let batch: RawBatch<'_> = json::read("body", body)?;
        handling.check_fields("body", body, &["items"])?;
        if batch.items.is_empty() {
            return Err(ApiError::validation("items", "must have at least 1 entry"));
        }
        Ok(batch.items.into_iter().map(|item| run(item, handling)).collect())
    }
}

/// A batch whose runs are not read yet, so that an error in one does not reject the others.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct RawBatch<'a> {
    #[serde(borrow, deserialize_with = "json::raw_values::<MAX_BATCH_RUNS, _>")]
    items: Vec<&'a RawValue>,
}

fn run(item: &RawValue, handling: Handling) -> (RecordResult, Option<Recording>) {
    let body = item.get().as_bytes();
    let read = WorkflowRunInput::from_json_with("the run", body, handling);
    let run = read.and_then(|run| run.into_recording(None));
    let id = match &run {
        Ok(run) => Some(run.id().to_owned()),
        Err(_) => json::read("the run", body)
            .ok()
            .and_then(|IdOnly { id }| id)
            .filter(|id| check_id(id).is_ok()),
    };
    let (run, error) = match run {
        Ok(run) => (Some(run), None),
        Err(error) => (None, Some(*error.body)),
    };
    (RecordResult { id, outcome: RecordOutcome::Rejected, error }, run)
}

/// The id of an invalid run, which tells the client which one it is.
#[derive(Deserialize)]
struct IdOnly {
    id: Option<String>,
}
