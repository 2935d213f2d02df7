//! One recorder: it records runs of its own until its connection ends, and knows what was acknowledged.

use std::{collections::BTreeMap, net::SocketAddr, sync::mpsc::Sender};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use runledger_model::{RecordOutcome, WorkflowRunBatchResult, WorkflowRunDetail};

use crate::{
    program::Connection,
    runs::{changed, new},
};

/// The most runs in one batch.
const MOST_RUNS: usize = 20;

/// A recorder and its runs.
pub struct Recorder {
    rng: ChaCha8Rng,
    name: usize,
    made: usize,
    /// The runs as they were acknowledged last.
    pub acknowledged: BTreeMap<String, WorkflowRunDetail>,
    /// What was sent last, where no answer came: all of it is recorded, or nothing.
    under_way: Vec<WorkflowRunDetail>,
    /// How many recordings were acknowledged.
    pub recordings: usize,
}

impl Recorder {
    /// One that has recorded nothing yet; `name` tells its runs from the others'.
    pub fn new(seed: u64, name: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1 + name as u64);
        let (acknowledged, under_way) = (BTreeMap::new(), Vec::new());
        Self { rng, name, made: 0, acknowledged, under_way, recordings: 0 }
    }

    /// Records one thing after another until the connection ends; tells of each that was sent.
    ///
    /// # Panics
    /// Where the server answers anything but that it has recorded what it was sent.
    pub fn record(&mut self, address: SocketAddr, key: &str, sent: &Sender<()>) {
        let Ok(mut connection) = Connection::open(address) else { return };
        loop {
            let single = self.rng.random_bool(0.5);
            self.under_way = self.compose(single);
            let items = serde_json::to_vec(&self.under_way).expect("JSON");
            let (method, path, body) = if single {
                let path = format!("/v1/executions/{}", self.under_way[0].id);
                ("PUT", path, items[1..items.len() - 1].to_vec())
            } else {
                let body = [&b"{\"items\":"[..], &items, b"}"].concat();
                ("POST", "/v1/executions/batch".to_owned(), body)
            };
            if connection.send(method, &path, key, &body).is_err() {
                return;
            }
            let _ = sent.send(());
            let Ok(answer) = connection.answer() else { return };
            let text = String::from_utf8_lossy(&answer.body);
            assert!(matches!(answer.status, 200 | 201), "{}{text}", answer.head);
            if !single {
                let result: WorkflowRunBatchResult =
                    serde_json::from_slice(&answer.body).expect("a result");
                let rejected =
                    result.items.iter().any(|item| item.outcome == RecordOutcome::Rejected);
                assert!(!rejected, "{text}");
            }
            self.recordings += self.under_way.len();
            self.acknowledge();
        }
    }

    /// Looks all runs up: each must be as it was acknowledged, but for what was under way when the server was killed.
    ///
    /// # Panics
    /// Where one is not.
    pub fn verify(&mut self, connection: &mut Connection, key: &str) {
        let mut look_up = |id: &str| -> Option<WorkflowRunDetail> {
            let answer = connection.get(&format!("/v1/executions/{id}"), key).expect("an answer");
            assert!(matches!(answer.status, 200 | 404), "{}", answer.head);
            (answer.status == 200).then(|| serde_json::from_slice(&answer.body).expect("a run"))
        };
        let arrived =
            self.under_way.first().map(|first| look_up(&first.id).as_ref() == Some(first));
        if arrived == Some(true) {
            self.acknowledge();
        }
        for (id, run) in &self.acknowledged {
            assert_eq!(look_up(id).as_ref(), Some(run), "what was acknowledged is not there");
        }
        for run in self.under_way.drain(..) {
            let there = look_up(&run.id);
            let before = self.acknowledged.get(&run.id);
            assert_eq!(there.as_ref(), before, "of what was not acknowledged there is a part");
        }
    }

    /// One run to `PUT`, or some for a batch: new ones, and others' next states.
    fn compose(&mut self, single: bool) -> Vec<WorkflowRunDetail> {
        let number = if single { 1 } else { self.rng.random_range(1..=MOST_RUNS) };
        let mut runs = BTreeMap::new();
        for _ in 0..number {
            let known = self.rng.random_range(0..=self.acknowledged.len() * 2);
            let run = match self.acknowledged.values().nth(known) {
                Some(run) => changed(&mut self.rng, run),
                None => {
                    self.made += 1;
                    new(&mut self.rng, format!("{}-{}", self.name, self.made))
                }
            };
            runs.insert(run.id.clone(), run);
        }
        runs.into_values().collect()
    }

    fn acknowledge(&mut self) {
        let runs = self.under_way.drain(..);
        self.acknowledged.extend(runs.map(|run| (run.id.clone(), run)));
    }
}
