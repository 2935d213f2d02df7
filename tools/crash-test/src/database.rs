//! A database whose servers are killed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

use program_harness::{Server, check, log, make_key, program, serve};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use runledger_model::Timestamp;

use crate::{
    recorder::Recorder,
    runs::{KEY, random_time},
};

/// How many recorders record at the same time.
const RECORDERS: usize = 4;

/// A database in a temporary folder, and what its recorders know.
pub struct Database {
    folder: tempfile::TempDir,
    rng: ChaCha8Rng,
    recorders: Vec<Recorder>,
    /// How many runs were read back and found as they were acknowledged.
    pub verified: usize,
    /// How many runs `runledger prune` has deleted.
    pub pruned: usize,
}

impl Database {
    /// A database that does not exist yet.
    pub fn new(seed: u64) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            rng: ChaCha8Rng::seed_from_u64(seed),
            recorders: (0..RECORDERS).map(|number| Recorder::new(seed, number)).collect(),
            verified: 0,
            pruned: 0,
        }
    }

    /// How many recordings were acknowledged.
    pub fn recordings(&self) -> usize {
        self.recorders.iter().map(|recorder| recorder.recordings).sum()
    }

    /// Ends so many processes with SIGKILL: the first server while it creates the database, the
    /// others while they record, delete or start, and `runledger prune`, in part beside a server.
    ///
    /// # Panics
    /// Where the database has a fault, or a run is not as it was acknowledged.
    pub fn kill_processes(&mut self, processes: u32) {
        let path = self.path();
        self.kill_at_start(&path);
        let key = make_key(&path);
        for _ in 1..processes {
            check(&path);
            match self.rng.random_range(0..10) {
                0 => self.kill_at_start(&path),
                1..4 => self.kill_pruning(&path, &key),
                _ => {
                    let server = Server::on_file(&path);
                    self.verify(&server, &key);
                    self.kill_recording(server, &key);
                }
            }
        }
        check(&path);
        let server = Server::on_file(&path);
        self.verify(&server, &key);
        assert_eq!(server.stop(), Some(0));
        check(&path);
        assert!(!log(&path).contains("panicked"), "{}", log(&path));
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("runs.db")
    }

    fn kill_at_start(&mut self, path: &Path) {
        let mut process = serve(path).spawn().expect("a process");
        pause(&mut self.rng, 24);
        let _ = process.kill();
        let _ = process.wait();
    }

    /// Ends `runledger prune` with SIGKILL, and the server beside it, if there is one. The oldest
    /// runs may be gone then, and no others.
    fn kill_pruning(&mut self, path: &Path, key: &str) {
        let server = Server::on_file(path);
        self.verify(&server, key);
        let server = self.rng.random_bool(0.5).then_some(server);
        let before = random_time(&mut self.rng);
        let mut prune = prune(path, before).spawn().expect("a process");
        if self.rng.random_bool(0.8) {
            pause(&mut self.rng, 25);
            let _ = prune.kill();
        }
        let is_complete = prune.wait().expect("an exit code").success();
        if let Some(server) = server {
            server.kill();
        }
        check(path);
        let server = Server::on_file(path);
        let mut connection = server.connect();
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        for recorder in &mut self.recorders {
            let (of_this, kept) = recorder.note_pruned(&mut connection, key, before);
            gone.extend(of_this);
            left.extend(kept);
        }
        assert!(gone.iter().max() <= left.iter().min() || left.is_empty(), "not the oldest");
        assert!(left.is_empty() || !is_complete, "{} runs were not deleted", left.len());
        self.pruned += gone.len();
        self.verify(&server, key);
        assert_eq!(server.stop(), Some(0));
    }

    fn kill_recording(&mut self, server: Server, key: &str) {
        let address = server.address;
        let (sender, requests) = mpsc::channel();
        thread::scope(|scope| {
            for recorder in &mut self.recorders {
                let sender = sender.clone();
                scope.spawn(move || recorder.record(address, key, &sender));
            }
            drop(sender);
            for _ in 0..self.rng.random_range(1..150) {
                requests.recv().expect("the recorders go on until the server is killed");
            }
            pause(&mut self.rng, 22);
            server.kill();
        });
    }

    /// Reads all runs back, and compares their number with the totals of the list: where both are
    /// equal, nothing else is there.
    fn verify(&mut self, server: &Server, key: &str) {
        thread::scope(|scope| {
            for recorder in &mut self.recorders {
                scope.spawn(|| recorder.verify(&mut server.connect(), key));
            }
        });
        let mut connection = server.connect();
        for (filter, total) in self.totals() {
            let path = format!("/v1/executions?limit=1{filter}");
            let list = connection.get(&path, key).expect("a response").json();
            assert_eq!(list["total"], total, "{filter}");
        }
        self.verified +=
            self.recorders.iter().map(|recorder| recorder.acknowledged.len()).sum::<usize>();
    }

    /// The totals that the list must have, by filter.
    fn totals(&self) -> BTreeMap<String, usize> {
        let mut totals = BTreeMap::from([(String::new(), 0)]);
        for run in self.recorders.iter().flat_map(|recorder| recorder.acknowledged.values()) {
            let run = run.newest();
            let pair = run.metadata.get(KEY).map(|value| format!("&metadata={KEY}:{value}"));
            let in_state = pair.as_ref().map(|pair| format!("{pair}&status={}", run.status));
            let filters = [
                String::new(),
                format!("&status={}", run.status),
                format!("&workflow_id={}", run.workflow_id),
            ];
            for filter in filters.into_iter().chain(pair).chain(in_state) {
                *totals.entry(filter.replace(' ', "%20")).or_default() += 1;
            }
        }
        totals
    }
}

/// A command that deletes the finished runs from before a time.
fn prune(path: &Path, before: Timestamp) -> Command {
    let mut command = program(&["prune", "--before", &before.to_string(), "--database"]);
    command.arg(path).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Passes a random time by counting, at most to 2 to the power of `max_order`; each order of
/// magnitude is equally likely.
pub fn pause(rng: &mut ChaCha8Rng, max_order: u32) {
    let order = 1 << rng.random_range(0..max_order);
    for _ in 0..rng.random_range(order..2 * order) {
        std::hint::spin_loop();
    }
}
