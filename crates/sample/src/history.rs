//! A large history from a seed, one run at a time.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use runledger_model::{Timestamp, WorkflowRunDetail, WorkflowRunStatus};

use crate::{
    ids::{Kind, id},
    outage::Outage,
    rhythm::Rhythm,
    timeline::{Fate, Timeline},
    workflow::{VERSION_NAMES, WIDE, WORKFLOWS, Workflow},
};

/// This number of runs of 40 workflows over the 90 days before `end`, oldest first; the last one is
/// created at `end`.
///
/// The runs are generated one at a time in constant memory, and the same arguments give the same
/// runs. Some of the latest few hundred runs are live, and one of every thousand (one, if there are
/// fewer) has hundreds of steps.
pub fn history(
    seed: u64,
    runs: usize,
    end: Timestamp,
) -> impl Iterator<Item = WorkflowRunDetail> + Send {
    let mut history = History::new(seed, runs, end.millis());
    (0..runs).map(move |at| history.run(at))
}

struct History {
    seed: u64,
    runs: usize,
    end: i64,
    rng: ChaCha8Rng,
    rhythm: Rhythm,
    outages: Vec<Outage>,
    /// For each workflow the shares of the history at which its later versions begin.
    versions: Vec<Vec<f64>>,
    /// The total weights of the workflows without and with a schedule.
    weights: [u32; 2],
}

impl History {
    fn new(seed: u64, runs: usize, end: i64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let outages = Outage::all(&mut rng, end);
        let versions = WORKFLOWS
            .iter()
            .map(|_| {
                let later = rng.random_range(1..VERSION_NAMES.len());
                let mut starts: Vec<f64> = (0..later).map(|_| rng.random()).collect();
                starts.sort_by(f64::total_cmp);
                starts
            })
            .collect();
        let weights = [false, true].map(|scheduled| {
            WORKFLOWS.iter().filter(|w| w.is_scheduled() == scheduled).map(|w| w.weight).sum()
        });
        let rhythm = Rhythm::ending_at(end);
        Self { seed, runs, end, rng, rhythm, outages, versions, weights }
    }

    fn run(&mut self, at: usize) -> WorkflowRunDetail {
        let newest = at + 1 == self.runs;
        let jitter: f64 = self.rng.random();
        let share = if newest { 1.0 } else { (at as f64 + jitter) / self.runs as f64 };
        let created = self.rhythm.moment(share).min(self.end);
        let wide = at % 1000 == (self.runs / 2).min(500);
        let which = if wide { WIDE } else { self.pick(created) };
        let workflow = &WORKFLOWS[which];
        let version = self.versions[which].partition_point(|start| *start <= share);
        let fate = match self.fate(self.runs - 1 - at) {
            // A wide run that is cancelled early is not wide.
            Fate::Cancelled if wide => Fate::Natural,
            fate => fate,
        };
        let test = !wide && self.rng.random_ratio(1, 50);

        let mut timeline = Timeline::new(&mut self.rng, &self.outages, created, self.end);
        timeline.play(workflow, wide, fate);
        let mut run = timeline.into_run();
        run.id = id(Kind::Run, self.seed, at as u64);
        for (n, step) in run.steps.iter_mut().enumerate() {
            step.id = id(Kind::Step, self.seed, at as u64 * 10_000 + n as u64);
        }
        run.workflow_id = workflow.id.into();
        run.version_id =
            id(Kind::Version, self.seed, (which * VERSION_NAMES.len() + version) as u64);
        run.version_display_name = VERSION_NAMES[version].into();
        run.run_type = if test { "TEST" } else { workflow.run_type }.into();
        run
    }

    /// The workflow of a run at this time; at night it is mostly a scheduled one.
    fn pick(&mut self, created: i64) -> usize {
        let scheduled = self.rng.random_bool(self.rhythm.scheduled(created));
        let mut left = self.rng.random_range(0..self.weights[usize::from(scheduled)]);
        let of_kind = |workflow: &Workflow| workflow.is_scheduled() == scheduled;
        for (at, workflow) in WORKFLOWS.iter().enumerate().filter(|(_, w)| of_kind(w)) {
            match left.checked_sub(workflow.weight) {
                Some(rest) => left = rest,
                None => return at,
            }
        }
        unreachable!("the weights add up")
    }

    /// The fate of the run that `age` newer runs follow.
    fn fate(&mut self, age: usize) -> Fate {
        let head = (self.runs / 4).min(400);
        let live =
            age < head && (age < 3 || self.rng.random_bool(0.6 * (1.0 - age as f64 / head as f64)));
        match age {
            0 if live => Fate::Live(WorkflowRunStatus::Pending),
            2 if live => Fate::Live(WorkflowRunStatus::Paused),
            _ if live && age < head / 8 && self.rng.random_ratio(1, 2) => {
                Fate::Live(WorkflowRunStatus::Pending)
            }
            _ if live && self.rng.random_ratio(1, 4) => Fate::Live(WorkflowRunStatus::Paused),
            _ if live => Fate::Live(WorkflowRunStatus::Running),
            _ if self.rng.random_ratio(1, 90) => Fate::Cancelled,
            _ => Fate::Natural,
        }
    }
}
