//! A recorder: it records and deletes runs of its own until its connection ends, and remembers what
//! was acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::mpsc::Sender,
};

use program_harness::Connection;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use runledger_model::{
    RecordOutcome, RunPatch, Timestamp, WorkflowRunBatchResult, WorkflowRunDetail,
};
use runledger_store::merge;
use serde_json::json;

use crate::runs::{changed, new};

/// The most runs in one batch.
const MAX_BATCH: usize = 20;

/// What a request asks for.
enum Request {
    /// To record a run.
    Single(Box<WorkflowRunDetail>),
    /// To merge this body into a run, which is then this one.
    Patch(Vec<u8>, Box<WorkflowRunDetail>),
    /// To record these runs.
    Batch(Vec<WorkflowRunDetail>),
    /// To delete the run with this id.
    Delete(String),
}

impl Request {
    /// The method, path and body.
    fn parts(&self) -> (&'static str, String, Vec<u8>) {
        let json = |runs: &[WorkflowRunDetail]| serde_json::to_vec(runs).expect("JSON");
        match self {
            Self::Single(run) => {
                let body = serde_json::to_vec(run).expect("JSON");
                ("PUT", format!("/v1/executions/{}", run.id), body)
            }
            Self::Patch(body, run) => ("PATCH", format!("/v1/executions/{}", run.id), body.clone()),
            Self::Batch(runs) => {
                let body = [&b"{\"items\":"[..], &json(runs), b"}"].concat();
                ("POST", "/v1/executions/batch".to_owned(), body)
            }
            Self::Delete(id) => ("DELETE", format!("/v1/executions/{id}"), Vec::new()),
        }
    }
}

/// A recorder and its runs.
pub struct Recorder {
    rng: ChaCha8Rng,
    number: usize,
    created: usize,
    /// The runs as they were last acknowledged.
    pub acknowledged: BTreeMap<String, WorkflowRunDetail>,
    /// The ids of the runs that were deleted and not recorded again.
    pub deleted: BTreeSet<String>,
    /// The last request, until it has a response: all of it took effect, or nothing.
    pending: Option<Request>,
    /// How many recordings were acknowledged.
    pub recordings: usize,
}

impl Recorder {
    /// A recorder that has recorded nothing; `number` tells its runs from those of the others.
    pub fn new(seed: u64, number: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(1 + number as u64);
        Self {
            rng,
            number,
            created: 0,
            acknowledged: BTreeMap::new(),
            deleted: BTreeSet::new(),
            pending: None,
            recordings: 0,
        }
    }

    /// Sends one request after another until the connection ends; reports each on `requests`.
    ///
    /// # Panics
    /// Where the server responds with anything but success.
    pub fn record(&mut self, address: SocketAddr, key: &str, requests: &Sender<()>) {
        let Ok(mut connection) = Connection::open(address) else { return };
        loop {
            let request = self.compose();
            let (method, path, body) = request.parts();
            self.pending = Some(request);
            if connection.send(method, &path, key, &body).is_err() {
                return;
            }
            let _ = requests.send(());
            let Ok(response) = connection.response() else { return };
            let text = String::from_utf8_lossy(&response.body);
            assert!(matches!(response.status, 200 | 201 | 204), "{}", response.header_section);
            if method == "POST" {
                let result: WorkflowRunBatchResult =
                    serde_json::from_slice(&response.body).expect("a result");
                let mut items = result.items.iter();
                assert!(items.all(|item| item.outcome != RecordOutcome::Rejected), "{text}");
            }
            self.recordings += match &self.pending {
                Some(Request::Single(_) | Request::Patch(..)) => 1,
                Some(Request::Batch(runs)) => runs.len(),
                Some(Request::Delete(_)) | None => 0,
            };
            self.acknowledge();
        }
    }

    /// Reads all runs back: each must be as it was acknowledged, or, where a request was pending
    /// when the server was killed, all of it must have taken effect. A deleted run must be gone.
    ///
    /// # Panics
    /// Where one is not.
    pub fn verify(&mut self, connection: &mut Connection, key: &str) {
        let mut read = |id: &str| read(connection, key, id);
        let took_effect = match &self.pending {
            None => false,
            Some(Request::Single(run) | Request::Patch(_, run)) => {
                read(&run.id).as_ref() == Some(&**run)
            }
            Some(Request::Batch(runs)) => read(&runs[0].id).as_ref() == Some(&runs[0]),
            Some(Request::Delete(id)) => read(id).is_none(),
        };
        if took_effect {
            self.acknowledge();
        }
        for (id, run) in &self.acknowledged {
            assert_eq!(read(id).as_ref(), Some(run), "an acknowledged run is missing or different");
        }
        for id in &self.deleted {
            assert_eq!(read(id), None, "a deleted run is there again");
        }
        if let Some(Request::Batch(runs)) = self.pending.take() {
            for run in runs {
                let before = self.acknowledged.get(&run.id);
                assert_eq!(read(&run.id).as_ref(), before, "a request was recorded in part");
            }
        }
    }

    /// Notes which finished runs from before a time are gone. Returns the creation times of those
    /// that are gone and of those that are left.
    pub fn note_pruned(
        &mut self,
        connection: &mut Connection,
        key: &str,
        before: Timestamp,
    ) -> (Vec<Timestamp>, Vec<Timestamp>) {
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        let deleted = &mut self.deleted;
        self.acknowledged.retain(|id, run| {
            if !run.status.is_final() || run.created_at >= before {
                return true;
            }
            let is_left = read(connection, key, id).is_some();
            if is_left {
                left.push(run.created_at);
            } else {
                gone.push(run.created_at);
                deleted.insert(id.clone());
            }
            is_left
        });
        (gone, left)
    }

    /// A run, the runs of a batch, or a deletion: new runs, and later states of acknowledged ones.
    fn compose(&mut self) -> Request {
        if !self.acknowledged.is_empty() && self.rng.random_bool(0.15) {
            let nth = self.rng.random_range(0..self.acknowledged.len());
            return Request::Delete(self.acknowledged.keys().nth(nth).expect("a run").clone());
        }
        if self.rng.random_bool(0.4) {
            return self.compose_patch();
        }
        if self.rng.random_bool(0.5) {
            return Request::Single(Box::new(self.compose_run()));
        }
        let count = self.rng.random_range(1..=MAX_BATCH);
        let runs = (0..count).map(|_| self.compose_run()).map(|run| (run.id.clone(), run));
        Request::Batch(runs.collect::<BTreeMap<_, _>>().into_values().collect())
    }

    /// What is known by now of a new run or of an acknowledged one.
    fn compose_patch(&mut self) -> Request {
        let facts = self.compose_run();
        let body = json!({
            "workflow_id": facts.workflow_id,
            "created_at": facts.created_at,
            "status": facts.status,
            "steps": facts.steps,
        });
        let body = serde_json::to_vec(&body).expect("JSON");
        let patch = RunPatch::from_json(&facts.id, &body).expect("a valid patch");
        let stored = self.acknowledged.get(&facts.id).cloned();
        let run = merge(stored, 0, &patch, facts.created_at).expect("it can be merged");
        Request::Patch(body, Box::new(run))
    }

    /// A new run, a later state of an acknowledged one, or a deleted one that is recorded again.
    fn compose_run(&mut self) -> WorkflowRunDetail {
        let known = self.rng.random_range(0..=self.acknowledged.len() * 2);
        if let Some(run) = self.acknowledged.values().nth(known) {
            return changed(&mut self.rng, run);
        }
        if self.rng.random_bool(0.1)
            && let Some(id) = self.deleted.first()
        {
            return new(&mut self.rng, id.clone());
        }
        self.created += 1;
        new(&mut self.rng, format!("{}-{}", self.number, self.created))
    }

    /// Notes that the pending request took effect.
    fn acknowledge(&mut self) {
        let recorded = match self.pending.take() {
            None => Vec::new(),
            Some(Request::Single(run) | Request::Patch(_, run)) => vec![*run],
            Some(Request::Batch(runs)) => runs,
            Some(Request::Delete(id)) => {
                self.acknowledged.remove(&id);
                self.deleted.insert(id);
                Vec::new()
            }
        };
        for run in recorded {
            self.deleted.remove(&run.id);
            self.acknowledged.insert(run.id.clone(), run);
        }
    }
}

/// The run with this id, if it is there.
fn read(connection: &mut Connection, key: &str, id: &str) -> Option<WorkflowRunDetail> {
    let response = connection.get(&format!("/v1/executions/{id}"), key).expect("a response");
    assert!(matches!(response.status, 200 | 404), "{}", response.header_section);
    (response.status == 200).then(|| serde_json::from_slice(&response.body).expect("a run"))
}
