//! Recording runs: what is taken, the rules it is held to, and what is answered.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    ApiError, ErrorResponse, Seconds, StepExecution, StepStatus, StepType, Timestamp,
    WorkflowRunDetail, WorkflowRunStatus,
};

/// One run to record, with all its steps: it replaces what was recorded under its id before. What
/// `GET /v1/executions/{id}` answers can be sent back as it is. A key that may be null may also be left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(expecting = "a run")]
pub struct WorkflowRunInput {
    /// Run UID, unique within the tenant: 1 to 255 printable characters. Where the path has it, it may be left
    /// out here and must not contradict.
    #[schema(min_length = 1, max_length = 255, example = "run_def456")]
    #[schemars(length(min = 1, max = 255))]
    pub id: Option<String>,
    /// UID of the workflow that ran: 1 to 255 printable characters.
    #[schema(min_length = 1, max_length = 255, example = "workflow_abc123")]
    #[schemars(length(min = 1, max = 255))]
    pub workflow_id: String,
    /// UID of the workflow's version that ran: 1 to 255 printable characters.
    #[schema(min_length = 1, max_length = 255, example = "version_xyz456")]
    #[schemars(length(min = 1, max = 255))]
    pub version_id: String,
    /// Name of that version for people: up to 255 printable characters.
    #[schema(max_length = 255, example = "Initial Version")]
    #[schemars(length(max = 255))]
    pub version_display_name: String,
    /// What set the run off: 1 to 255 printable characters, such as TEST, WEBHOOK_ASYNC or WEBHOOK_SYNC.
    #[serde(rename = "type")]
    #[schema(min_length = 1, max_length = 255, example = "WEBHOOK_ASYNC")]
    #[schemars(length(min = 1, max = 255))]
    pub run_type: String,
    /// State of the run now.
    pub status: WorkflowRunStatus,
    /// How long the run took, in seconds (kept to the microsecond). Left out or null: `finished_at` minus
    /// `started_at` where both are there.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1000000000, example = 15.5)]
    #[schemars(range(min = 0, max = 1000000000))]
    pub duration: Option<Seconds>,
    /// When the run was created: RFC 3339 with any offset (kept to the millisecond; finer digits are cut).
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:00Z")]
    pub created_at: Timestamp,
    /// When the run started to work; null or left out while it has not.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:05Z")]
    pub started_at: Option<Timestamp>,
    /// When the run ended; null or left out while it has not. Not before `started_at`.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:20Z")]
    pub finished_at: Option<Timestamp>,
    /// All steps, in order, up to 10,000; a retried step once for each attempt. Left out: none.
    #[serde(default)]
    #[schema(required = false, max_items = 10000)]
    #[schemars(length(max = 10000))]
    pub steps: Vec<StepExecutionInput>,
    /// How many steps there are; may be left out, and must not contradict `steps`.
    #[serde(default, deserialize_with = "whole_number")]
    #[schema(minimum = 0, maximum = 10000, example = 2)]
    #[schemars(range(min = 0, max = 10000))]
    pub step_count: Option<i32>,
}

/// One attempt at one step of a run to record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(expecting = "a step")]
pub struct StepExecutionInput {
    /// Step execution UID, unique within the run: 1 to 255 printable characters.
    #[schema(min_length = 1, max_length = 255, example = "step_exec_123")]
    #[schemars(length(min = 1, max = 255))]
    pub id: String,
    /// Name of the step within the workflow, the same for every attempt: 1 to 255 printable characters.
    #[schema(min_length = 1, max_length = 255, example = "send_email")]
    #[schemars(length(min = 1, max = 255))]
    pub step_name: String,
    /// Whether the step set the run off or is part of its work.
    pub step_type: StepType,
    /// State of the attempt now.
    pub status: StepStatus,
    /// Which attempt this is: 1 for the first, which is what leaving it out means.
    #[serde(default, deserialize_with = "whole_number")]
    #[schema(minimum = 1, maximum = 2147483647, example = 1)]
    #[schemars(range(min = 1, max = 2147483647))]
    pub attempt: Option<i32>,
    /// What went wrong, up to 65,536 characters without NUL; null or left out where nothing did.
    #[schema(max_length = 65536, example = json!(null))]
    #[schemars(length(max = 65536))]
    pub error: Option<String>,
    /// How long the attempt took, in seconds (kept to the microsecond). Left out or null: `finished_at` minus
    /// `started_at`, or 0 where one of them is missing.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1000000000, example = 1.2)]
    #[schemars(range(min = 0, max = 1000000000))]
    pub duration: Option<Seconds>,
    /// When the attempt was created: RFC 3339 with any offset (kept to the millisecond; finer digits are cut).
    #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:06Z")]
    pub created_at: Timestamp,
    /// When the attempt started to work; null or left out while it has not.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:06Z")]
    pub started_at: Option<Timestamp>,
    /// When the attempt ended; null or left out while it has not. Not before `started_at`.
    #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:07Z")]
    pub finished_at: Option<Timestamp>,
}

/// Runs to record together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, JsonSchema)]
#[serde(expecting = "a batch of runs")]
pub struct WorkflowRunBatch {
    /// 1 to 1000 runs, each with its `id`. They are recorded in this order; one bad run does not sink the others.
    #[schema(value_type = Vec<WorkflowRunInput>, min_items = 1, max_items = 1000)]
    #[schemars(with = "Vec<WorkflowRunInput>", length(min = 1, max = 1000))]
    pub items: Vec<Value>,
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
    /// The run's id as it was sent; null where it could not be read.
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

impl WorkflowRunInput {
    /// The greatest number of runs in one batch.
    pub const MAX_BATCH: usize = 1000;
    /// The greatest number of steps in one run.
    pub const MAX_STEPS: usize = 10_000;
    /// The greatest length of a step's error in characters.
    pub const MAX_ERROR_CHARACTERS: usize = 65_536;

    /// Holds the run to the rules; `path_id` is the id in the request's path, where it has one.
    ///
    /// # Errors
    /// 400 for a value out of its bounds, named by its place; 422 for a contradiction.
    pub fn into_run(self, path_id: Option<&str>) -> Result<WorkflowRunDetail, ApiError> {
        let id = match (path_id, self.id) {
            (Some(path), Some(body)) if path != body => {
                return Err(ApiError::unprocessable(format!(
                    "id is {body:?} but the path says {path:?}; correct it or leave it out"
                )));
            }
            (Some(id), _) => id.to_owned(),
            (None, Some(id)) => id,
            (None, None) => return Err(ApiError::validation("id", "must be given in a batch")),
        };
        for (name, value) in [
            ("id", &id),
            ("workflow_id", &self.workflow_id),
            ("version_id", &self.version_id),
            ("type", &self.run_type),
        ] {
            check_uid(value).map_err(|problem| ApiError::validation(name, problem))?;
        }
        check_name(&self.version_display_name)
            .map_err(|problem| ApiError::validation("version_display_name", problem))?;
        if self.steps.len() > Self::MAX_STEPS {
            return Err(ApiError::validation("steps", "must have at most 10000 entries"));
        }
        if self.step_count.is_some_and(|n| !(0..=10_000).contains(&n)) {
            return Err(ApiError::validation("step_count", "must be from 0 to 10000"));
        }
        let step_count = self.steps.len() as i32;
        if let Some(count) = self.step_count.filter(|count| *count != step_count) {
            return Err(ApiError::unprocessable(format!(
                "step_count is {count} but steps has {step_count} entries; correct it or leave it out"
            )));
        }
        check_order("", self.started_at, self.finished_at)?;
        let steps = self
            .steps
            .into_iter()
            .enumerate()
            .map(|(at, step)| step.into_step(at))
            .collect::<Result<Vec<_>, _>>()?;
        check_unique(&steps)?;
        Ok(WorkflowRunDetail {
            id,
            workflow_id: self.workflow_id,
            version_id: self.version_id,
            version_display_name: self.version_display_name,
            run_type: self.run_type,
            status: self.status,
            duration: self.duration.or_else(|| elapsed(self.started_at, self.finished_at)),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            steps,
            step_count,
        })
    }
}

impl StepExecutionInput {
    fn into_step(self, at: usize) -> Result<StepExecution, ApiError> {
        let place = |field: &str| format!("steps[{at}].{field}");
        for (field, value) in [("id", &self.id), ("step_name", &self.step_name)] {
            check_uid(value).map_err(|problem| ApiError::validation(&place(field), problem))?;
        }
        let attempt = self.attempt.unwrap_or(1);
        if attempt < 1 {
            return Err(ApiError::validation(&place("attempt"), "must be at least 1"));
        }
        if let Some(error) = &self.error
            && (error.contains('\0') || longer_than(error, WorkflowRunInput::MAX_ERROR_CHARACTERS))
        {
            let problem = "must have at most 65536 characters and no NUL";
            return Err(ApiError::validation(&place("error"), problem));
        }
        check_order(&format!("steps[{at}]."), self.started_at, self.finished_at)?;
        let elapsed = elapsed(self.started_at, self.finished_at);
        Ok(StepExecution {
            id: self.id,
            step_name: self.step_name,
            step_type: self.step_type,
            status: self.status,
            attempt,
            error: self.error,
            duration: self.duration.or(elapsed).unwrap_or_default(),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

/// Whether `value` may be an id: 1 to 255 printable characters; the error says so.
pub(crate) fn check_uid(value: &str) -> Result<(), &'static str> {
    if value.is_empty() || longer_than(value, 255) || value.contains(char::is_control) {
        return Err("must have 1 to 255 characters, all printable");
    }
    Ok(())
}

fn check_name(value: &str) -> Result<(), &'static str> {
    if longer_than(value, 255) || value.contains(char::is_control) {
        return Err("must have at most 255 characters, all printable");
    }
    Ok(())
}

fn longer_than(text: &str, characters: usize) -> bool {
    text.len() > characters && text.chars().nth(characters).is_some()
}

fn check_order(
    place: &str,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
) -> Result<(), ApiError> {
    match (started, finished) {
        (Some(started), Some(finished)) if finished < started => Err(ApiError::unprocessable(
            format!("{place}finished_at ({finished}) is before {place}started_at ({started})"),
        )),
        _ => Ok(()),
    }
}

fn check_unique(steps: &[StepExecution]) -> Result<(), ApiError> {
    let mut seen = std::collections::HashSet::with_capacity(steps.len());
    match steps.iter().position(|step| !seen.insert(step.id.as_str())) {
        Some(at) => Err(ApiError::unprocessable(format!(
            "steps[{at}].id is {:?}, which another step of the run has already",
            steps[at].id
        ))),
        None => Ok(()),
    }
}

fn elapsed(started: Option<Timestamp>, finished: Option<Timestamp>) -> Option<Seconds> {
    Some(Seconds::between(started?, finished?))
}

/// Reads an integer as JSON Schema understands it: `5.0` is one, which serde's `i32` refuses.
fn whole_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i32>, D::Error> {
    let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(None) };
    if number.fract() != 0.0 || !(f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) {
        return Err(serde::de::Error::custom(format!("{number} is not a whole number of 32 bits")));
    }
    Ok(Some(number as i32))
}

impl From<WorkflowRunDetail> for WorkflowRunInput {
    /// The run as its recorder would send it.
    fn from(run: WorkflowRunDetail) -> Self {
        Self {
            id: Some(run.id),
            workflow_id: run.workflow_id,
            version_id: run.version_id,
            version_display_name: run.version_display_name,
            run_type: run.run_type,
            status: run.status,
            duration: run.duration,
            created_at: run.created_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            steps: run.steps.into_iter().map(Into::into).collect(),
            step_count: Some(run.step_count),
        }
    }
}

impl From<StepExecution> for StepExecutionInput {
    fn from(step: StepExecution) -> Self {
        Self {
            id: step.id,
            step_name: step.step_name,
            step_type: step.step_type,
            status: step.status,
            attempt: Some(step.attempt),
            error: step.error,
            duration: Some(step.duration),
            created_at: step.created_at,
            started_at: step.started_at,
            finished_at: step.finished_at,
        }
    }
}
