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
use serde_json::{Value, json};

use crate::{
    known_run::KnownRun,
    runs::{changed, new},
};

/// The most runs in one batch.
const MAX_BATCH: usize = 20;

/// What a request asks for.
enum Request {
    /// To record an attempt of a run.
    Single(Box<WorkflowRunDetail>),
    /// To merge this body into a run, of which an attempt is then this one.
    Patch(Vec<u8>, Box<WorkflowRunDetail>),
    /// To record these runs.
    Batch(Vec<WorkflowRunDetail>),
    /// To delete the run with this id.
    Delete(String),
}

impl Request {
    /// The method, path and body.
    fn parts(&self) -> (&'static str, String, Vec<u8>) {
        match self {
            Self::Single(run) => {
                let body = body(run).to_string().into_bytes();
                ("PUT", format!("/v1/executions/{}", run.id), body)
            }
            Self::Patch(body, run) => ("PATCH", format!("/v1/executions/{}", run.id), body.clone()),
            Self::Batch(runs) => {
                let body = json!({ "items": runs.iter().map(body).collect::<Vec<_>>() });
                ("POST", "/v1/executions/batch".to_owned(), body.to_string().into_bytes())
            }
            Self::Delete(id) => ("DELETE", format!("/v1/executions/{id}"), Vec::new()),
        }
    }
}

/// The body that records this attempt, the first one as well, which responses do not number.
fn body(run: &WorkflowRunDetail) -> Value {
    let mut body = json!(run);
    body["attempt"] = json!(run.attempt);
    body
}

/// A recorder and its runs.
pub struct Recorder {
    rng: ChaCha8Rng,
    number: usize,
    created: usize,
    /// The runs as they were last acknowledged.
    pub acknowledged: BTreeMap<String, KnownRun>,
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
        let mut read = |id: &str, attempt| read(connection, key, id, attempt);
        let took_effect = match &self.pending {
            None => false,
            Some(Request::Single(run) | Request::Patch(_, run)) => {
                read(&run.id, Some(run.attempt)) == self.returned_after(run)
            }
            Some(Request::Batch(runs)) => {
                read(&runs[0].id, Some(runs[0].attempt)) == self.returned_after(&runs[0])
            }
            Some(Request::Delete(id)) => read(id, None).is_none(),
        };
        if took_effect {
            self.acknowledge();
        }
        for (id, run) in &self.acknowledged {
            let attempts = run.returned();
            assert_eq!(read(id, None).as_ref(), attempts.last(), "a run is missing or different");
            for earlier in &attempts[..attempts.len() - 1] {
                let found = read(id, Some(earlier.attempt));
                assert_eq!(found.as_ref(), Some(earlier), "an attempt is missing or different");
            }
        }
        for id in &self.deleted {
            assert_eq!(read(id, None), None, "a deleted run is there again");
        }
        if let Some(Request::Batch(runs)) = self.pending.take() {
            for run in runs {
                let before = self.acknowledged.get(&run.id);
                let before = before.and_then(|known| known.returned().pop());
                assert_eq!(read(&run.id, None), before, "a request was recorded in part");
            }
        }
    }

    /// How the server returns this attempt once it is recorded.
    fn returned_after(&self, run: &WorkflowRunDetail) -> Option<WorkflowRunDetail> {
        let known = KnownRun::after(self.acknowledged.get(&run.id), run.clone());
        known.returned().into_iter().find(|returned| returned.attempt == run.attempt)
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
            let run = run.newest();
            if !run.status.is_final() || run.created_at >= before {
                return true;
            }
            let is_left = read(connection, key, id, None).is_some();
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

    /// What is known by now of a new run or of an acknowledged one; at times no more than that it
    /// is alive.
    fn compose_patch(&mut self) -> Request {
        let facts = self.compose_run();
        let known = self.acknowledged.get(&facts.id);
        let mut body = json!({ "workflow_id": facts.workflow_id });
        if known.is_none() || self.rng.random_bool(0.8) {
            body["attempt"] = json!(facts.attempt);
            body["created_at"] = json!(facts.created_at);
            body["status"] = json!(facts.status);
            body["steps"] = json!(facts.steps);
        }
        if self.rng.random_bool(0.5) {
            body["metadata"] = json!(facts.metadata);
            body["heartbeat_timeout"] = json!(facts.heartbeat_timeout);
        }
        let body = body.to_string().into_bytes();
        let patch = RunPatch::from_json(&facts.id, &body).expect("a valid patch");
        Request::Patch(body, Box::new(KnownRun::merged(known, &patch)))
    }

    /// A new run, a later state or another attempt of an acknowledged one, or a deleted one that is
    /// recorded again.
    fn compose_run(&mut self) -> WorkflowRunDetail {
        let known = self.rng.random_range(0..=self.acknowledged.len() * 2);
        if let Some(known) = self.acknowledged.values().nth(known) {
            let newest = known.newest();
            let attempt = match self.rng.random_range(0..10) {
                0 => newest.attempt + 1,
                1 => self.rng.random_range(1..=newest.attempt),
                _ => newest.attempt,
            };
            return match known.attempt(attempt) {
                Some(run) => changed(&mut self.rng, run),
                None => WorkflowRunDetail { attempt, ..new(&mut self.rng, newest.id.clone()) },
            };
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
            let known = KnownRun::after(self.acknowledged.get(&run.id), run);
            self.acknowledged.insert(known.newest().id.clone(), known);
        }
    }
}

/// The run with this id, if it is there; the newest attempt of it, if none is named.
fn read(
    connection: &mut Connection,
    key: &str,
    id: &str,
    attempt: Option<i32>,
) -> Option<WorkflowRunDetail> {
    let query = attempt.map(|number| format!("?attempt={number}")).unwrap_or_default();
    let response = connection.get(&format!("/v1/executions/{id}{query}"), key).expect("a response");
    assert!(matches!(response.status, 200 | 404), "{}", response.header_section);
    (response.status == 200).then(|| serde_json::from_slice(&response.body).expect("a run"))
}
