//! Random runs, and random later states of them.

use rand::{Rng, RngExt};
use runledger_model::{
    Metadata, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail, WorkflowRunInput,
    WorkflowRunMetadata, WorkflowRunStatus,
};
use runledger_store::step_order;

/// The key of the pair by which runs are counted.
pub const KEY: &str = "environment";
/// In seconds: longer than the test of a database, so that the server ends no run.
const HEARTBEAT_TIMEOUT: i32 = 86_400;

/// A new run, live or finished.
pub fn new(rng: &mut impl Rng, id: String) -> WorkflowRunDetail {
    let status = WorkflowRunStatus::ALL[rng.random_range(0..WorkflowRunStatus::ALL.len())];
    let created_at = random_time(rng);
    let workflow = format!("workflow {}", rng.random_range(0..5));
    let version = format!("version {}", rng.random_range(0..20));
    let (name, run_type) = ("A version", "WEBHOOK_ASYNC");
    let run = WorkflowRunMetadata {
        started_at: Some(created_at),
        finished_at: status.is_final().then_some(created_at),
        metadata: metadata(rng),
        heartbeat_timeout: rng.random_bool(0.4).then_some(HEARTBEAT_TIMEOUT),
        ..WorkflowRunMetadata::new(id, workflow, version, name, run_type, status, created_at)
    };
    as_returned(run.with_steps(steps(rng)))
}

/// A later state of this attempt, in which everything that may change can differ.
pub fn changed(rng: &mut impl Rng, run: &WorkflowRunDetail) -> WorkflowRunDetail {
    let next = WorkflowRunDetail { attempt: run.attempt, ..new(rng, run.id.clone()) };
    if run.status.is_final() && !next.status.is_final() {
        return as_returned(WorkflowRunDetail { status: run.status, ..next });
    }
    next
}

/// The run as the server returns it, with the fields that it derives.
fn as_returned(run: WorkflowRunDetail) -> WorkflowRunDetail {
    WorkflowRunInput::from(run).into_run(None).expect("a valid run")
}

/// No pair, one or two.
fn metadata(rng: &mut impl Rng) -> Metadata {
    let mut pairs = Metadata::new();
    if rng.random_bool(0.5) {
        pairs.insert(KEY.to_owned(), format!("value {}", rng.random_range(0..5)));
    }
    if rng.random_bool(0.3) {
        pairs.insert("host".to_owned(), format!("host {}", rng.random_range(0..200)));
    }
    pairs
}

fn steps(rng: &mut impl Rng) -> Vec<StepExecution> {
    let count = rng.random_range(0..6);
    let mut steps: Vec<_> = (0..count)
        .map(|number| {
            let step_type = StepType::ALL[rng.random_range(0..StepType::ALL.len())];
            let status = StepStatus::ALL[rng.random_range(0..StepStatus::ALL.len())];
            let (id, name) = (format!("step {number}"), format!("step number {number}"));
            StepExecution {
                attempt: rng.random_range(1..4),
                error: rng.random_bool(0.3).then(|| "x".repeat(rng.random_range(0..4000))),
                ..StepExecution::new(id, name, step_type, status, random_time(rng))
            }
        })
        .collect();
    // A merge then sorts all steps, whatever was recorded before.
    steps.sort_by(step_order);
    steps
}

/// A time within five days, so that the counts of several hours and days change.
pub fn random_time(rng: &mut impl Rng) -> Timestamp {
    let start = 1_735_689_600_000;
    let millis = start + rng.random_range(0..5 * 86_400_000);
    Timestamp::from_millis(millis).expect("a time")
}
