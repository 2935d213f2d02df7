//! Why a run failed.

use runledger_model::{StepExecution, StepStatus, WorkflowRunDetail, WorkflowRunStatus};

/// The step that failed last; `None` if the run succeeded. A failed attempt of a step that
/// succeeded later explains nothing.
pub fn step(run: &WorkflowRunDetail) -> Option<&StepExecution> {
    if run.status == WorkflowRunStatus::Succeeded {
        return None;
    }
    let succeeded: Vec<_> = with_status(run, StepStatus::Succeeded).collect();
    let has_succeeded_later = |failed: &StepExecution| {
        let is_later = |step: &&StepExecution| {
            step.step_name == failed.step_name && step.attempt > failed.attempt
        };
        succeeded.iter().copied().any(|step| is_later(&step))
    };
    let failed = with_status(run, StepStatus::Failed).filter(|step| !has_succeeded_later(step));
    failed.max_by_key(|step| {
        let is_cause = !step.outcome.as_deref().is_some_and(|outcome| EFFECTS.contains(&outcome));
        (is_cause, step.finished_at, step.created_at, step.attempt)
    })
}

/// Outcomes of steps that did not fail by themselves.
const EFFECTS: [&str; 3] = ["UPSTREAM_FAILED", "CANCELLED", "SKIPPED"];

/// The step that failed last, and the first line of its error; or that of the run's own error.
pub fn reason(run: &WorkflowRunDetail) -> Option<String> {
    let own = || run.error.as_deref().and_then(first_line).map(str::to_owned);
    let Some(step) = step(run) else { return own() };
    let line = step.error.as_deref().and_then(first_line).map(str::to_owned).or_else(own);
    Some(line.map_or_else(|| step.step_name.clone(), |line| format!("{}: {line}", step.step_name)))
}

/// The first line of a text that is not empty.
pub fn first_line(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| !line.is_empty())
}

fn with_status(
    run: &WorkflowRunDetail,
    status: StepStatus,
) -> impl Iterator<Item = &StepExecution> {
    run.steps.iter().filter(move |step| step.status == status)
}
