//! The rules that a recorded run is held to, beyond its shape.

use crate::{
    ApiError, Seconds, StepExecution, StepExecutionInput, Timestamp, WorkflowRunDetail,
    WorkflowRunInput, WorkflowRunMetadata,
};

/// The greatest length of ids and names in characters.
pub const MAX_ID_CHARACTERS: usize = 255;
/// What is said about a batch of none, or of more than [`WorkflowRunInput::MAX_BATCH`].
pub(crate) const BATCH_ENTRIES: &str = "must have 1 to 1000 entries";
/// What is said about more than [`WorkflowRunInput::MAX_STEPS`] steps.
pub(crate) const STEPS_ENTRIES: &str = "must have at most 10000 entries";

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
        let id = run_id(path_id, self.id)?;
        check_text("workflow_id", &self.workflow_id, 1)?;
        check_text("version_id", &self.version_id, 1)?;
        check_text("version_display_name", &self.version_display_name, 0)?;
        check_text("type", &self.run_type, 1)?;
        check_count(self.step_count, self.steps.len())?;
        check_order("", self.started_at, self.finished_at)?;
        let steps = self
            .steps
            .into_iter()
            .enumerate()
            .map(|(at, step)| step.into_step(&format!("steps[{at}].")))
            .collect::<Result<Vec<_>, _>>()?;
        check_unique(&steps)?;
        let run = WorkflowRunMetadata {
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
        };
        Ok(run.with_steps(steps))
    }
}

impl StepExecutionInput {
    /// `place` is where the step stands in the body, with what parts it from a field's name.
    fn into_step(self, place: &str) -> Result<StepExecution, ApiError> {
        let field = |name: &str| format!("{place}{name}");
        check_text(&field("id"), &self.id, 1)?;
        check_text(&field("step_name"), &self.step_name, 1)?;
        let most = WorkflowRunInput::MAX_ERROR_CHARACTERS;
        if self.error.as_ref().is_some_and(|text| text.contains('\0') || longer_than(text, most)) {
            let problem = format!("must have at most {most} characters and no NUL");
            return Err(ApiError::validation(&field("error"), problem));
        }
        check_order(place, self.started_at, self.finished_at)?;
        let elapsed = elapsed(self.started_at, self.finished_at);
        Ok(StepExecution {
            id: self.id,
            step_name: self.step_name,
            step_type: self.step_type,
            status: self.status,
            attempt: self.attempt.unwrap_or(1),
            error: self.error,
            duration: self.duration.or(elapsed).unwrap_or_default(),
            created_at: self.created_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
        })
    }
}

/// Holds a run's id to what the contract says of it.
///
/// # Errors
/// 400 for an id that no run can have.
pub fn check_id(id: &str) -> Result<(), ApiError> {
    check_text("id", id, 1)
}

/// Holds an id or a name to its length: `least` to [`MAX_ID_CHARACTERS`] characters, none of them a control
/// character.
pub(crate) fn check_text(place: &str, text: &str, least: usize) -> Result<(), ApiError> {
    if text.len() < least || longer_than(text, MAX_ID_CHARACTERS) || text.contains(char::is_control)
    {
        let problem =
            format!("must have {least} to {MAX_ID_CHARACTERS} characters, no control characters");
        return Err(ApiError::validation(place, problem));
    }
    Ok(())
}

fn run_id(path: Option<&str>, body: Option<String>) -> Result<String, ApiError> {
    let id = match (path, body) {
        (Some(path), body) => {
            check_id(path)?;
            if let Some(body) = body.filter(|body| body != path) {
                check_id(&body)?;
                return Err(ApiError::unprocessable(format!(
                    "id is {body:?} but the path says {path:?}; correct it or leave it out"
                )));
            }
            path.to_owned()
        }
        (None, Some(id)) => id,
        (None, None) => return Err(ApiError::validation("id", "must be given in a batch")),
    };
    check_id(&id)?;
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

fn longer_than(text: &str, characters: usize) -> bool {
    text.len() > characters && text.chars().nth(characters).is_some()
}

fn elapsed(started: Option<Timestamp>, finished: Option<Timestamp>) -> Option<Seconds> {
    Some(Seconds::between(started?, finished?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_is_enforced() {
        let (batch, steps) = (WorkflowRunInput::MAX_BATCH, WorkflowRunInput::MAX_STEPS);
        assert_eq!(BATCH_ENTRIES, format!("must have 1 to {batch} entries"));
        assert_eq!(STEPS_ENTRIES, format!("must have at most {steps} entries"));
    }
}
