//! What happens in one run, step by step.

use rand::{RngExt, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use runledger_model::{
    Seconds, StepExecution, StepStatus, StepType, Timestamp, WorkflowRunDetail,
    WorkflowRunMetadata, WorkflowRunStatus,
};

use crate::{
    outage::Outage,
    service::Service,
    workflow::{WIDE, WORKFLOWS, Workflow},
};

/// How a run ends.
#[derive(Clone, Copy, PartialEq)]
pub enum Fate {
    /// It succeeds, or fails after a step has failed three times.
    Natural,
    /// A user cancels it.
    Cancelled,
    /// It is still pending, running or paused when the history ends.
    Live(WorkflowRunStatus),
}

/// The greatest number of attempts at a step.
const MAX_ATTEMPTS: i32 = 3;
/// The number of products that a wide run publishes concurrently.
const LANES: usize = 16;

/// A run that is being generated. Its times are microseconds since 1970.
pub struct Timeline<'a> {
    rng: &'a mut ChaCha8Rng,
    outages: &'a [Outage],
    created: i64,
    started: i64,
    now: i64,
    end: i64,
    steps: Vec<StepExecution>,
    status: WorkflowRunStatus,
}

impl<'a> Timeline<'a> {
    /// A run that is created at `created`, in a history that ends at `end` (milliseconds).
    pub fn new(rng: &'a mut ChaCha8Rng, outages: &'a [Outage], created: i64, end: i64) -> Self {
        let created = created * 1000;
        let started = created + 4_000 + (rng.random::<f64>().powi(4) * 3_000_000.0) as i64;
        Self {
            rng,
            outages,
            created,
            started,
            now: started,
            end: end * 1000 + 999,
            steps: Vec::new(),
            status: WorkflowRunStatus::Succeeded,
        }
    }

    /// Runs the workflow until its fate or the end of the history ends it.
    pub fn play(&mut self, workflow: &Workflow, wide: bool, fate: Fate) {
        self.course(workflow, wide);
        let over = self.steps.iter().position(|step| micros(step.finished_at) > self.end);
        let reached = over.unwrap_or(self.steps.len() - 1);
        match fate {
            _ if self.started > self.end => self.stop(0, WorkflowRunStatus::Pending),
            Fate::Live(WorkflowRunStatus::Pending) => self.stop(0, WorkflowRunStatus::Pending),
            Fate::Live(status) => {
                let at = self.rng.random_range(reached.min(1)..=reached);
                self.stop(at, status);
            }
            _ if over.is_some() => self.stop(reached, WorkflowRunStatus::Running),
            Fate::Cancelled => self.cancel(reached),
            Fate::Natural => {}
        }
    }

    /// The run without its ids, its workflow and its type, which the caller sets.
    pub fn into_run(self) -> WorkflowRunDetail {
        let started = self.status != WorkflowRunStatus::Pending;
        let finished = self.status.is_final();
        let run = WorkflowRunMetadata {
            duration: finished.then(|| seconds(self.now - self.started)),
            started_at: started.then(|| timestamp(self.started)),
            finished_at: finished.then(|| timestamp(self.now)),
            ..WorkflowRunMetadata::new("", "", "", "", "", self.status, timestamp(self.created))
        };
        run.with_steps(self.steps)
    }

    /// The run as it goes without interruption.
    fn course(&mut self, workflow: &Workflow, wide: bool) {
        self.now = self.attempt(workflow.trigger(), Service::Code, self.now, 1, None);
        if wide {
            return self.fan_out();
        }
        for (name, service) in workflow.pieces {
            if !self.piece(name, *service) {
                self.status = WorkflowRunStatus::Failed;
                return;
            }
            self.now += self.rng.random_range(200..4_000);
        }
    }

    /// A step with its retries; returns whether it succeeded in the end.
    fn piece(&mut self, name: &str, service: Service) -> bool {
        for attempt in 1..=MAX_ATTEMPTS {
            let error = self.error(service, attempt);
            let failed = error.is_some();
            self.now = self.attempt(name, service, self.now, attempt, error);
            if !failed {
                return true;
            }
            if attempt < MAX_ATTEMPTS {
                self.now +=
                    5_000_000 * i64::from(attempt * attempt) + self.rng.random_range(0..900_000);
            }
        }
        false
    }

    /// Hundreds of products in concurrent lanes. A product that fails three times does not fail the
    /// run.
    fn fan_out(&mut self) {
        let pieces = WORKFLOWS[WIDE].pieces;
        for (name, service) in &pieces[..2] {
            self.now = self.attempt(name, *service, self.now, 1, None);
        }
        let mut lanes = [self.now; LANES];
        for product in 1..=self.rng.random_range(220..900) {
            let name = format!("publish_product_{product:03}");
            let lane = product % LANES;
            for attempt in 1..=MAX_ATTEMPTS {
                let error = self.error(Service::Shop, attempt);
                let failed = error.is_some();
                lanes[lane] = self.attempt(&name, Service::Shop, lanes[lane], attempt, error) + 900;
                if !failed {
                    break;
                }
            }
        }
        self.now = lanes.into_iter().max().unwrap_or(self.now);
        let (name, service) = pieces[pieces.len() - 1];
        self.now = self.attempt(name, service, self.now, 1, None);
    }

    /// The error of an attempt, if it fails. A retry often succeeds, except during an outage.
    fn error(&mut self, service: Service, attempt: i32) -> Option<String> {
        let moment = self.now / 1000;
        if self.outages.iter().any(|outage| outage.hits(service, moment)) {
            return self.rng.random_bool(0.8).then(|| service.outage_error().into());
        }
        let probability = if attempt == 1 { 0.02 } else { 0.5 };
        let fails = self.rng.random_bool(probability);
        fails.then(|| service.errors().choose(self.rng).map(|error| (*error).into())).flatten()
    }

    /// One attempt that starts at `start`; returns its end.
    fn attempt(
        &mut self,
        name: &str,
        service: Service,
        start: i64,
        attempt: i32,
        error: Option<String>,
    ) -> i64 {
        let slowness =
            0.4 + 6.0 * self.rng.random::<f64>().powi(5) + 0.5 * self.rng.random::<f64>();
        let duration = (service.usual_micros() as f64 * slowness) as i64;
        let first = self.steps.is_empty();
        let step_type = if first { StepType::Trigger } else { StepType::Piece };
        let status = if error.is_some() { StepStatus::Failed } else { StepStatus::Succeeded };
        self.steps.push(StepExecution {
            attempt,
            error,
            duration: seconds(duration),
            started_at: Some(timestamp(start)),
            finished_at: Some(timestamp(start + duration)),
            ..StepExecution::new("", name, step_type, status, timestamp(start))
        });
        start + duration
    }

    /// Leaves the run live: the steps before `at` are finished, that step is running if the run is,
    /// and the later ones are pending.
    fn stop(&mut self, at: usize, status: WorkflowRunStatus) {
        self.status = status;
        let mut later = 0;
        // A pending step has no attempts yet: one entry is kept of each step with retries.
        self.steps.retain(|step| {
            later += 1;
            later <= at + 1 || step.attempt == 1
        });
        let since = match status {
            WorkflowRunStatus::Pending => timestamp(self.created),
            _ => self.steps[at].created_at,
        };
        for (n, step) in self.steps.iter_mut().enumerate().skip(at) {
            let running = n == at && status == WorkflowRunStatus::Running;
            step.status = if running { StepStatus::Running } else { StepStatus::Pending };
            step.created_at = since;
            step.started_at = running.then_some(since);
            step.finished_at = None;
            step.duration = Seconds::default();
            step.error = None;
        }
    }

    /// Cancels the run at step `reached` at the latest and removes the later steps.
    fn cancel(&mut self, reached: usize) {
        let at = self.rng.random_range(0..=reached);
        self.steps.truncate(at + 1);
        self.status = WorkflowRunStatus::Cancelled;
        self.now = self.steps.iter().map(|step| micros(step.finished_at)).max().unwrap_or(self.now);
        self.now = self.now.max(self.started);
        let last = &mut self.steps[at];
        last.status = StepStatus::Failed;
        last.error = Some("The run was cancelled by a user".into());
    }
}

fn seconds(micros: i64) -> Seconds {
    Seconds::from_micros(micros.max(0)).unwrap_or_default()
}

fn timestamp(micros: i64) -> Timestamp {
    Timestamp::from_millis(micros.div_euclid(1000))
        .expect("the history is between the years 1 and 9999")
}

fn micros(moment: Option<Timestamp>) -> i64 {
    moment.map_or(0, |moment| moment.millis() * 1000)
}
