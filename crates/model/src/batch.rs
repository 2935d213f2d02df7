//! Many runs at once: what is taken, read so that one bad run does not sink the others, and what is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{ApiError, ErrorResponse, WorkflowRunDetail, WorkflowRunInput, json, rules};

/// Runs to record together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunBatch {
    /// 1 to 1000 runs, each with its `id`. They are recorded in this order; one bad run does not sink the others.
    #[schema(min_items = 1, max_items = 1000)]
    #[schemars(length(min = 1, max = 1000))]
    pub items: Vec<WorkflowRunInput>,
}

/// What became of each run of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct WorkflowRunBatchResult {
    /// One result for each run that was sent, in the same order.
    pub items: Vec<RecordResult>,
}

/// What became of one run of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
pub struct RecordResult {
    /// The run's id as it was sent; null where there was none, or none that a run can have.
    #[schema(required, example = "run_def456")]
    pub id: Option<String>,
    /// What became of the run.
    pub outcome: RecordOutcome,
    /// Why the run was rejected; left out for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[schemars(with = "ErrorResponse")]
    pub error: Option<ErrorResponse>,
}

/// What became of a run: RECORDED where it was new, UPDATED where it replaced another state, UNCHANGED where
/// it was there in just this state, REJECTED where it was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordOutcome {
    /// It is new.
    Recorded,
    /// It replaced what was there.
    Updated,
    /// It was there in just this state.
    Unchanged,
    /// It was not taken.
    Rejected,
}

impl WorkflowRunBatch {
    /// Reads a batch from a request's body: each run that keeps the rules, or what is wrong with it. The result
    /// of a good one is yet to be decided by its store, and says REJECTED until then.
    ///
    /// # Errors
    /// 400 for what is no JSON, is no batch or has no or too many runs.
    pub fn runs_from_json(
        body: &[u8],
    ) -> Result<Vec<(RecordResult, Option<WorkflowRunDetail>)>, ApiError> {
        let batch: RawBatch<'_> = json::read("body", body)?;
        if batch.items.is_empty() {
            return Err(ApiError::validation("items", rules::BATCH_ENTRIES));
        }
        Ok(batch.items.into_iter().map(run).collect())
    }
}

/// A batch whose runs are not read yet, so that what is wrong with one is not wrong with all.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
struct RawBatch<'a> {
    #[serde(borrow, deserialize_with = "json::batch_items")]
    items: Vec<&'a RawValue>,
}

fn run(item: &RawValue) -> (RecordResult, Option<WorkflowRunDetail>) {
    let body = item.get().as_bytes();
    let read = json::read::<WorkflowRunInput>("the run", body);
    let run = read.and_then(|run| run.into_run(None));
    let id = match &run {
        Ok(run) => Some(run.id.clone()),
        Err(_) => json::read("the run", body)
            .ok()
            .and_then(|IdAlone { id }| id)
            .filter(|id| rules::check_id(id).is_ok()),
    };
    let (run, error) = match run {
        Ok(run) => (Some(run), None),
        Err(error) => (None, Some(*error.body)),
    };
    (RecordResult { id, outcome: RecordOutcome::Rejected, error }, run)
}

/// What a bad run is called, so that its sender finds it.
#[derive(Deserialize)]
struct IdAlone {
    id: Option<String>,
}
