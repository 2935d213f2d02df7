//! The rules for a recorded run beyond its JSON shape.

use std::collections::HashSet;

use crate::{
    ApiError, Recording, Seconds, StepExecution, StepExecutionInput, StepType, Timestamp,
    WorkflowRunDetail, WorkflowRunInput, WorkflowRunMetadata, kept_text,
    optional_fields::{optional_id, optional_name, read_metadata, read_outcome, read_url},
    recording::Omitted,
    text::check_text,
};

/// The type of a run whose recorder gave none.
pub const UNKNOWN_TYPE: &str = "UNKNOWN";

impl WorkflowRunInput {
    /// Checks the run and fills in what was omitted, as for one of which nothing is recorded;
    /// `path_id` is the id in the path of the request, if it has one.
    ///
    /// # Errors
    /// 400 for a value out of bounds, with its location; 422 for a contradiction.
    pub fn into_run(self, path_id: Option<&str>) -> Result<WorkflowRunDetail, ApiError> {
        self.into_recording(path_id).map(Recording::into_new)
    }

    /// As [`into_run`](WorkflowRunInput::into_run), but what a ledger may know of the run is filled
    /// in when it is recorded.
    ///
    /// # Errors
    /// As [`into_run`](WorkflowRunInput::into_run).
    pub fn into_recording(self, path_id: Option<&str>) -> Result<Recording, ApiError> {
        let Self {
            id,
            workflow_id,
            version_id,
            version_display_name,
            run_type,
            status,
            duration,
            created_at,
            started_at,
            finished_at,
            attempt,
            outcome,
            url,
            metadata,
            parent_id,
            triggered_by,
            heartbeat_timeout,
            error,
            has_attempts,
            steps,
            step_count,
        } = self;
        let attempt = attempt.or_else(|| has_attempts.then_some(1));
        let id = run_id(path_id, id)?;
        let version_id = version_id.unwrap_or_default();
        let version_display_name = kept_text::name(version_display_name.unwrap_or_default());
        let run_type = run_type.unwrap_or_else(|| UNKNOWN_TYPE.to_owned());
        check_text("workflow_id", &workflow_id, 1)?;
        check_text("version_id", &version_id, 0)?;
        check_text("type", &run_type, 1)?;
        check_count(step_count, steps.len())?;
        let is_as_old =
            |step: &StepExecutionInput| step.created_at.is_none() && step.started_at.is_none();
        let as_old = steps.iter().enumerate().filter(|(_, step)| is_as_old(step));
        let omitted = Omitted {
            attempt: attempt.is_none(),
            created_at: created_at.is_none(),
            step_created_at: as_old.map(|(position, _)| position).collect(),
        };
        let created_at = created_at.or(started_at).unwrap_or_else(Timestamp::now);
        let run = WorkflowRunMetadata {
            id,
            workflow_id,
            version_id,
            version_display_name,
            run_type,
            status: status.status,
            duration: duration.or_else(|| Seconds::elapsed(started_at, finished_at)),
            created_at,
            started_at,
            finished_at,
            attempt: attempt.unwrap_or(1),
            outcome: read_outcome("", outcome, Some(status))?.or_else(|| status.implied()),
            url: read_url("", url)?,
            metadata: read_metadata("", metadata)?,
            parent_id: optional_id("parent_id", parent_id)?,
            triggered_by: optional_name(triggered_by),
            heartbeat_timeout,
        };
        let steps = steps
            .into_iter()
            .enumerate()
            .map(|(at, step)| step.into_step(&format!("steps[{at}]."), created_at))
            .collect::<Result<Vec<_>, _>>()?;
        check_unique(&steps)?;
        let run = WorkflowRunDetail { error: kept_text::error(error), ..run.with_steps(steps) };
        Ok(Recording::new(run, omitted))
    }
}

impl StepExecutionInput {
    /// Checks the step and fills in what was omitted; `prefix` comes before the name of a field in
    /// an error message, and `run_created_at` is that of the run.
    fn into_step(self, prefix: &str, run_created_at: Timestamp) -> Result<StepExecution, ApiError> {
        let Self {
            id,
            step_name,
            step_type,
            status,
            attempt,
            error,
            duration,
            created_at,
            started_at,
            finished_at,
            outcome,
            url,
            metadata,
            parent_id,
            iteration,
        } = self;
        check_text(&format!("{prefix}id"), &id, 1)?;
        let step_name = read_step_name(prefix, step_name)?;
        let elapsed = Seconds::elapsed(started_at, finished_at);
        Ok(StepExecution {
            id,
            step_name,
            step_type: step_type.unwrap_or(StepType::Piece),
            status: status.status,
            attempt: attempt.unwrap_or(1),
            error: kept_text::error(error),
            duration: duration.or(elapsed).unwrap_or_default(),
            created_at: created_at.or(started_at).unwrap_or(run_created_at),
            started_at,
            finished_at,
            outcome: read_outcome(prefix, outcome, Some(status))?.or_else(|| status.implied()),
            url: read_url(prefix, url)?,
            metadata: read_metadata(prefix, metadata)?,
            parent_id: optional_id(&format!("{prefix}parent_id"), parent_id)?,
            iteration,
        })
    }
}

/// The name of a step; `prefix` comes before the name of the field in an error message.
pub(crate) fn read_step_name(prefix: &str, name: String) -> Result<String, ApiError> {
    if name.is_empty() {
        return Err(ApiError::validation(&format!("{prefix}step_name"), "must not be empty"));
    }
    Ok(kept_text::name(name))
}

/// Checks the id of a run in a request.
///
/// # Errors
/// 400 for an id that is empty, too long or has control characters.
pub fn check_id(id: &str) -> Result<(), ApiError> {
    check_text("id", id, 1)
}

pub(crate) fn run_id(path: Option<&str>, body: Option<String>) -> Result<String, ApiError> {
    let id = match (path, body) {
        (Some(path), Some(body)) if body != path => {
            check_id(path)?;
            check_id(&body)?;
            return Err(ApiError::unprocessable(format!(
                "id is {body:?} but the path says {path:?}; correct it or leave it out"
            )));
        }
        (Some(path), _) => path.to_owned(),
        (None, Some(id)) => id,
        (None, None) => return Err(ApiError::validation("id", "must be given in a batch")),
    };
    check_id(&id)?;
    if [".", ".."].contains(&id.as_str()) {
        return Err(ApiError::validation("id", "must not be \".\" or \"..\": no URL can name it"));
    }
    Ok(id)
}

fn check_count(step_count: Option<i32>, steps: usize) -> Result<(), ApiError> {
    match step_count {
        Some(count) if usize::try_from(count) != Ok(steps) => {
            Err(ApiError::unprocessable(format!(
                "step_count is {count} but steps has {steps} entries; correct it or leave it out"
            )))
        }
        _ => Ok(()),
    }
}

fn check_unique(steps: &[StepExecution]) -> Result<(), ApiError> {
    let mut seen = HashSet::with_capacity(steps.len());
    match steps.iter().position(|step| !seen.insert((step.id.as_str(), step.attempt))) {
        Some(at) => Err(ApiError::unprocessable(format!(
            "steps[{at}].id is {:?}, which another step of the run has already with the attempt {}",
            steps[at].id, steps[at].attempt
        ))),
        None => Ok(()),
    }
}
