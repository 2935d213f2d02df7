//! The rules for a recorded run beyond its JSON shape.

use std::collections::HashSet;

use crate::{
    ApiError, Seconds, StepExecution, StepExecutionInput, Timestamp, WorkflowRunDetail,
    WorkflowRunInput, WorkflowRunMetadata,
    limits::{MAX_ERROR_CHARACTERS, MAX_ID_CHARACTERS},
};

impl WorkflowRunInput {
    /// Checks the run and fills in what was omitted; `path_id` is the id in the path of the
    /// request, if it has one.
    ///
    /// # Errors
    /// 400 for a value out of bounds, with its location; 422 for a contradiction.
    pub fn into_run(self, path_id: Option<&str>) -> Result<WorkflowRunDetail, ApiError> {
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
            steps,
            step_count,
        } = self;
        let id = run_id(path_id, id)?;
        check_text("workflow_id", &workflow_id, 1)?;
        check_text("version_id", &version_id, 1)?;
        check_text("version_display_name", &version_display_name, 0)?;
        check_text("type", &run_type, 1)?;
        check_count(step_count, steps.len())?;
        check_order("", started_at, finished_at)?;
        let run = WorkflowRunMetadata {
            id,
            workflow_id,
            version_id,
            version_display_name,
            run_type,
            status,
            duration: duration.or_else(|| elapsed(started_at, finished_at)),
            created_at,
            started_at,
            finished_at,
        };
        let steps = steps
            .into_iter()
            .enumerate()
            .map(|(at, step)| step.into_step(&format!("steps[{at}].")))
            .collect::<Result<Vec<_>, _>>()?;
        check_unique(&steps)?;
        Ok(run.with_steps(steps))
    }
}

impl StepExecutionInput {
    /// Checks the step and fills in what was omitted; `prefix` comes before the name of a field in
    /// an error message.
    fn into_step(self, prefix: &str) -> Result<StepExecution, ApiError> {
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
        } = self;
        check_text(&format!("{prefix}id"), &id, 1)?;
        check_text(&format!("{prefix}step_name"), &step_name, 1)?;
        check_error(&format!("{prefix}error"), error.as_deref())?;
        check_order(prefix, started_at, finished_at)?;
        let elapsed = elapsed(started_at, finished_at);
        Ok(StepExecution {
            id,
            step_name,
            step_type,
            status,
            attempt: attempt.unwrap_or(1),
            error,
            duration: duration.or(elapsed).unwrap_or_default(),
            created_at,
            started_at,
            finished_at,
        })
    }
}

/// Checks the id of a run in a request.
///
/// # Errors
/// 400 for an id that is empty, too long or has control characters.
pub fn check_id(id: &str) -> Result<(), ApiError> {
    check_text("id", id, 1)
}

/// Checks that a text has `min` to [`MAX_ID_CHARACTERS`] characters and no control characters.
pub(crate) fn check_text(location: &str, text: &str, min: usize) -> Result<(), ApiError> {
    let length = text.len() >= min && !longer_than(text, MAX_ID_CHARACTERS);
    if length && !text.contains(char::is_control) {
        return Ok(());
    }
    let problem =
        format!("must have {min} to {MAX_ID_CHARACTERS} characters, no control characters");
    Err(ApiError::validation(location, problem))
}

fn run_id(path: Option<&str>, body: Option<String>) -> Result<String, ApiError> {
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

fn check_error(location: &str, error: Option<&str>) -> Result<(), ApiError> {
    match error {
        Some(text) if text.contains('\0') || longer_than(text, MAX_ERROR_CHARACTERS) => {
            let problem = format!("must have at most {MAX_ERROR_CHARACTERS} characters and no NUL");
            Err(ApiError::validation(location, problem))
        }
        _ => Ok(()),
    }
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

fn check_order(
    prefix: &str,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
) -> Result<(), ApiError> {
    match (started, finished) {
        (Some(started), Some(finished)) if finished < started => Err(ApiError::unprocessable(
            format!("{prefix}finished_at ({finished}) is before {prefix}started_at ({started})"),
        )),
        _ => Ok(()),
    }
}

fn check_unique(steps: &[StepExecution]) -> Result<(), ApiError> {
    let mut seen = HashSet::with_capacity(steps.len());
    match steps.iter().position(|step| !seen.insert(step.id.as_str())) {
        Some(at) => Err(ApiError::unprocessable(format!(
            "steps[{at}].id is {:?}, which another step of the run has already",
            steps[at].id
        ))),
        None => Ok(()),
    }
}

fn longer_than(text: &str, characters: usize) -> bool {
    text.len() > characters && text.chars().nth(characters).is_some()
}

fn elapsed(started: Option<Timestamp>, finished: Option<Timestamp>) -> Option<Seconds> {
    Some(Seconds::between(started?, finished?))
}
