//! The runs of the documentation's examples.

use runledger_model::{
    Seconds, StepExecution, StepStatus, Timestamp, WorkflowRunDetail, WorkflowRunStatus, examples,
};

/// The 250 runs of the documented list, oldest first, all of one workflow: 200 succeeded, 30
/// failed, and 20 are pending, running, paused or cancelled. The newest is the documented run
/// itself.
pub fn documented_runs() -> Vec<WorkflowRunDetail> {
    let newest = examples::execution();
    let mut failures_left = 30;
    let mut runs = vec![newest.clone()];
    for age in 1..250 {
        let status = match age {
            _ if age % 3 == 0 && age <= 60 => UNUSUAL[(age / 3 % 4) as usize],
            _ if age % 7 == 2 && failures_left > 0 => {
                failures_left -= 1;
                WorkflowRunStatus::Failed
            }
            _ => WorkflowRunStatus::Succeeded,
        };
        runs.push(older(&newest, age, status));
    }
    runs.reverse();
    runs
}

const UNUSUAL: [WorkflowRunStatus; 4] = [
    WorkflowRunStatus::Pending,
    WorkflowRunStatus::Running,
    WorkflowRunStatus::Paused,
    WorkflowRunStatus::Cancelled,
];

/// The documented run, `age` half-hours earlier and with this status.
fn older(newest: &WorkflowRunDetail, age: i64, status: WorkflowRunStatus) -> WorkflowRunDetail {
    let shift = |at: Timestamp| {
        Timestamp::from_millis(at.millis() - age * 30 * 60 * 1000).expect("a few days earlier")
    };
    let mut run = newest.clone();
    run.id = format!("run_def{}", 456 - age);
    run.status = status;
    run.created_at = shift(run.created_at);
    run.started_at = run.started_at.map(shift);
    run.finished_at = run.finished_at.map(shift);
    for (at, step) in run.steps.iter_mut().enumerate() {
        step.id = format!("step_exec_{}", 1000 - age * 2 + at as i64);
        step.created_at = shift(step.created_at);
        step.started_at = step.started_at.map(shift);
        step.finished_at = step.finished_at.map(shift);
    }
    let last = run.steps.len() - 1;
    match status {
        WorkflowRunStatus::Succeeded => {}
        WorkflowRunStatus::Failed => {
            run.steps[last].status = StepStatus::Failed;
            run.steps[last].error =
                Some("SMTP 421: mail.example.com is not available, try again later".into());
        }
        WorkflowRunStatus::Cancelled => {
            run.steps[last].status = StepStatus::Failed;
            run.steps[last].error = Some("The run was cancelled by a user".into());
        }
        WorkflowRunStatus::Paused => unstart(&mut run.steps[last], StepStatus::Pending),
        WorkflowRunStatus::Running => {
            let started = run.steps[last].started_at;
            unstart(&mut run.steps[last], StepStatus::Running);
            run.steps[last].started_at = started;
        }
        WorkflowRunStatus::Pending => {
            run.started_at = None;
            for step in &mut run.steps {
                step.created_at = run.created_at;
                unstart(step, StepStatus::Pending);
            }
        }
    }
    if !status.is_final() {
        run.finished_at = None;
        run.duration = None;
    }
    run
}

fn unstart(step: &mut StepExecution, status: StepStatus) {
    step.status = status;
    step.started_at = None;
    step.finished_at = None;
    step.duration = Seconds::default();
}
