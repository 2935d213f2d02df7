//! The runs that are measured, which any program finds again from their number.

mod ledger;
mod shape;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail,
    WorkflowRunMetadata, WorkflowRunStatus,
};
use runledger_sample::{Kind, id};

pub use self::{
    ledger::{BATCH, Ledger, delete_files, open, runtime},
    shape::Shape,
};

/// The steps of each run: the trigger, and one that follows it.
pub const STEPS: u64 = 2;
/// When the data ends, exclusive: 2025-10-09T08:53:20Z, in milliseconds since 1970.
const END: i64 = 1_760_000_000_000;
/// The newest runs, some of which are live.
const NEWEST: u64 = 100;
const SEED: u64 = 1;

/// Runs that are the same whenever they are made.
#[derive(Clone, Copy)]
pub struct Data {
    /// How they are spread over time and workflows.
    pub shape: Shape,
    /// How many they are.
    pub runs: u64,
}

impl Data {
    /// The run with this number; the oldest is 0.
    pub fn run(&self, number: u64) -> WorkflowRunDetail {
        self.run_with_id(number, self.id(number))
    }

    /// The same run under another id.
    pub fn run_with_id(&self, number: u64, id: String) -> WorkflowRunDetail {
        let mut rng = rng(number);
        let workflow = self.workflow_number(rng.random());
        let status = self.status(number, rng.random_range(0..1000));
        let duration = rng.random_range(50_000..20_000_000);
        let created = self.created_at(number);
        let at = |offset: i64| time(created + offset);
        let started = status != WorkflowRunStatus::Pending;
        let finished = status.is_final();
        let run = WorkflowRunMetadata {
            duration: finished.then(|| seconds(duration)),
            started_at: started.then(|| at(120)),
            finished_at: finished.then(|| at(120 + duration / 1000)),
            ..WorkflowRunMetadata::new(
                id,
                workflow_id(workflow),
                runledger_sample::id(Kind::Version, SEED, workflow),
                "Version 1",
                if workflow.is_multiple_of(3) { "SCHEDULE" } else { "WEBHOOK_ASYNC" },
                status,
                at(0),
            )
        };
        run.with_steps(steps(number, status, created, duration))
    }

    /// The id of the run with this number.
    pub fn id(&self, number: u64) -> String {
        id(Kind::Run, SEED, number)
    }

    /// The UID of the workflow of a random run.
    pub fn random_workflow(&self, rng: &mut ChaCha8Rng) -> String {
        workflow_id(self.workflow_number(rng.random()))
    }

    /// When the oldest run was created, in milliseconds since 1970.
    pub fn start(&self) -> i64 {
        END - self.shape.span_ms()
    }

    /// From when the oldest run was created to when the data ends, in milliseconds.
    pub fn span_ms(&self) -> i64 {
        self.shape.span_ms()
    }

    fn created_at(&self, number: u64) -> i64 {
        let offset = u128::from(number) * u128::from(self.span_ms().cast_unsigned());
        self.start() + (offset / u128::from(self.runs)) as i64
    }

    /// The workflow at this share (0 to 1) of all runs: some workflows have far more than others.
    fn workflow_number(&self, share: f64) -> u64 {
        (share * share * self.shape.workflows() as f64) as u64
    }

    fn status(&self, number: u64, permille: u32) -> WorkflowRunStatus {
        let age = self.runs.saturating_sub(number);
        match permille {
            ..300 if age <= NEWEST => WorkflowRunStatus::Running,
            300..400 if age <= NEWEST => WorkflowRunStatus::Pending,
            ..880 => WorkflowRunStatus::Succeeded,
            880..980 => WorkflowRunStatus::Failed,
            _ => WorkflowRunStatus::Cancelled,
        }
    }
}

/// Random numbers that are the same for the same seed.
pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// This number of milliseconds since 1970 as a time.
pub fn time(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).expect("the data is of the year 2025")
}

fn steps(
    number: u64,
    status: WorkflowRunStatus,
    created: i64,
    duration: i64,
) -> Vec<StepExecution> {
    let failed = status == WorkflowRunStatus::Failed;
    let names = [("webhook", StepType::Trigger), ("send_confirmation", StepType::Piece)];
    let steps = names.into_iter().zip(0..).map(|((name, step_type), position)| {
        let state = match status {
            _ if position == 0 => StepStatus::Succeeded,
            WorkflowRunStatus::Succeeded => StepStatus::Succeeded,
            WorkflowRunStatus::Failed | WorkflowRunStatus::Cancelled => StepStatus::Failed,
            _ => StepStatus::Pending,
        };
        let start = created + 120 + position * duration / 2000;
        let finished = state != StepStatus::Pending;
        let id = id(Kind::Step, SEED, number * STEPS + position.cast_unsigned());
        StepExecution {
            error: (failed && position > 0)
                .then(|| "The mail server did not respond within 30 seconds".into()),
            duration: if finished { seconds(duration / 2) } else { Seconds::default() },
            started_at: finished.then(|| time(start)),
            finished_at: finished.then(|| time(start + duration / 2000)),
            ..StepExecution::new(id, name, step_type, state, time(start))
        }
    });
    steps.collect()
}

fn workflow_id(number: u64) -> String {
    format!("workflow_{number:05}")
}

fn seconds(micros: i64) -> Seconds {
    Seconds::from_micros(micros).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_in_the_order_of_their_numbers_and_can_be_made_again() {
        for shape in Shape::ALL {
            let data = Data { shape, runs: 1000 };
            let runs: Vec<_> = (0..data.runs).map(|number| data.run(number)).collect();
            assert!(runs.is_sorted_by_key(|run| run.created_at), "{shape}");
            assert!(runs.iter().all(|run| run.steps.len() as u64 == STEPS), "{shape}");
            assert_eq!(runs[500], data.run(500), "{shape}");
            let last = runs.last().map(|run| run.created_at.millis());
            assert!(last.is_some_and(|last| (data.start()..END).contains(&last)), "{shape}");
        }
    }
}
