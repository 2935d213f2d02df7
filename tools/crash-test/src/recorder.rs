//! A recorder: it records runs of its own until its connection ends, and remembers what was
//! acknowledged.

use std::{collections::BTreeMap, net::SocketAddr, sync::mpsc::Sender};

use program_harness::Connection;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use runledger_model::{RecordOutcome, WorkflowRunBatchResult, WorkflowRunDetail};

use crate::runs::{changed, new};

/// The most runs in one batch.
const MAX_BATCH: usize = 20;

/// A recorder and its runs.
pub struct Recorder {
    rng: ChaCha8Rng,
    number: usize,
    created: usize,
    /// The runs as they were last acknowledged.
    pub acknowledged: BTreeMap<String, WorkflowRunDetail>,
    /// The runs of the last request, until it has a response: either all are recorded, or none.
    pending: Vec<WorkflowRunDetail>,
    /// How many recordings were acknowledged.
    pub recordings: usize,
}

impl Recorder {
    /// A recorder that has recorded nothing; `number` tells its runs from those of the others.
    pub fn new(seed: u64, number: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1 + number as u64);
        let (acknowledged, pending) = (BTreeMap::new(), Vec::new());
        Self { rng, number, created: 0, acknowledged, pending, recordings: 0 }
    }

    /// Sends one request after another until the connection ends; reports each on `requests`.
    ///
    /// # Panics
    /// Where the server responds with anything but success.
    pub fn record(&mut self, address: SocketAddr, key: &str, requests: &Sender<()>) {
        let Ok(mut connection) = Connection::open(address) else { return };
        loop {
            let is_single = self.rng.random_bool(0.5);
            self.pending = self.compose(is_single);
            let (method, path, body) = self.request(is_single);
            if connection.send(method, &path, key, &body).is_err() {
                return;
            }
            let _ = requests.send(());
            let Ok(response) = connection.response() else { return };
            let text = String::from_utf8_lossy(&response.body);
            assert!(matches!(response.status, 200 | 201), "{}{text}", response.header_section);
            if !is_single {
                let result: WorkflowRunBatchResult =
                    serde_json::from_slice(&response.body).expect("a result");
                let mut items = result.items.iter();
                assert!(items.all(|item| item.outcome != RecordOutcome::Rejected), "{text}");
            }
            self.recordings += self.pending.len();
            self.acknowledge();
        }
    }

    /// Reads all runs back: each must be as it was acknowledged, or, where a request was pending
    /// when the server was killed, all of its runs as they were sent.
    ///
    /// # Panics
    /// Where one is not.
    pub fn verify(&mut self, connection: &mut Connection, key: &str) {
        let mut read = |id: &str| -> Option<WorkflowRunDetail> {
            let path = format!("/v1/executions/{id}");
            let response = connection.get(&path, key).expect("a response");
            assert!(matches!(response.status, 200 | 404), "{}", response.header_section);
            (response.status == 200).then(|| serde_json::from_slice(&response.body).expect("a run"))
        };
        let is_recorded = self.pending.first().map(|first| read(&first.id).as_ref() == Some(first));
        if is_recorded == Some(true) {
            self.acknowledge();
        }
        for (id, run) in &self.acknowledged {
            assert_eq!(read(id).as_ref(), Some(run), "an acknowledged run is missing or different");
        }
        for run in self.pending.drain(..) {
            let before = self.acknowledged.get(&run.id);
            assert_eq!(read(&run.id).as_ref(), before, "a request was recorded in part");
        }
    }

    /// One run, or the runs of a batch: new ones, and later states of acknowledged ones.
    fn compose(&mut self, is_single: bool) -> Vec<WorkflowRunDetail> {
        let count = if is_single { 1 } else { self.rng.random_range(1..=MAX_BATCH) };
        let mut runs = BTreeMap::new();
        for _ in 0..count {
            let known = self.rng.random_range(0..=self.acknowledged.len() * 2);
            let run = match self.acknowledged.values().nth(known) {
                Some(run) => changed(&mut self.rng, run),
                None => {
                    self.created += 1;
                    new(&mut self.rng, format!("{}-{}", self.number, self.created))
                }
            };
            runs.insert(run.id.clone(), run);
        }
        runs.into_values().collect()
    }

    /// The method, path and body that record the pending runs.
    fn request(&self, is_single: bool) -> (&'static str, String, Vec<u8>) {
        if is_single {
            let run = &self.pending[0];
            let body = serde_json::to_vec(run).expect("JSON");
            return ("PUT", format!("/v1/executions/{}", run.id), body);
        }
        let items = serde_json::to_vec(&self.pending).expect("JSON");
        let body = [&b"{\"items\":"[..], &items, b"}"].concat();
        ("POST", "/v1/executions/batch".to_owned(), body)
    }

    fn acknowledge(&mut self) {
        let runs = self.pending.drain(..);
        self.acknowledged.extend(runs.map(|run| (run.id.clone(), run)));
    }
}
