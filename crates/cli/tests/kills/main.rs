//! What was acknowledged is there after SIGKILL at a random moment, and the counts are right.
//!
//! Recorders send runs to `runledger serve`, new ones and other states of old ones, one at a time and in batches, and
//! note what was acknowledged. The server is killed, in the midst of it or while it starts. `runledger check` must
//! find no fault in what it left, and a new server must answer every run as it was acknowledged, and each request that
//! got no answer wholly or not at all.
//!
//! The test command kills some dozens of servers. `cargo xtask kills --kills 1000` is the long run; it sets the
//! variables `RUNLEDGER_KILLS` and `RUNLEDGER_KILLS_SEED`, which do the same for `cargo test --test kills`. The seed
//! is printed. It decides what is recorded and when to kill, so far as these are ours to decide.

#[path = "../program/mod.rs"]
mod program;
mod recorder;
mod runs;

use std::{collections::BTreeMap, path::Path, sync::mpsc, thread, time::Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use program::{Server, check, log, make_key, serve};
use recorder::Recorder;

/// How many recorders there are at a time.
const RECORDERS: usize = 4;
/// After how many kills a new file is taken: all that is in it is looked at after each.
const KILLS_OF_A_FILE: usize = 10;

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().expect("a number"));
    let kills = number("RUNLEDGER_KILLS").unwrap_or(30) as usize;
    let seed = number("RUNLEDGER_KILLS_SEED").unwrap_or_else(|| rand::rng().random());
    println!("the seed is {seed}");
    let (start, mut done, mut recordings, mut found) = (Instant::now(), 0, 0, 0);
    while done < kills {
        let of_this_file = KILLS_OF_A_FILE.min(kills - done);
        let mut file = KilledFile::new(seed.wrapping_add(done as u64));
        file.kill(of_this_file);
        done += of_this_file;
        recordings += file.recorders.iter().map(|recorder| recorder.recordings).sum::<usize>();
        found += file.found;
        println!(
            "{done} kills: {recordings} acknowledged recordings, {found} runs looked up again, {} s",
            start.elapsed().as_secs()
        );
    }
    // Where hardly anything is acknowledged, nothing was tried.
    assert!(recordings > 10 * kills, "only {recordings} recordings were acknowledged");
}

/// A file whose servers are killed.
struct KilledFile {
    folder: tempfile::TempDir,
    rng: ChaCha8Rng,
    recorders: Vec<Recorder>,
    /// How many runs were looked up and found as they must be.
    found: usize,
}

impl KilledFile {
    fn new(seed: u64) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            rng: ChaCha8Rng::seed_from_u64(seed),
            recorders: (0..RECORDERS).map(|name| Recorder::new(seed, name)).collect(),
            found: 0,
        }
    }

    /// Kills so many servers of the file: the first while it makes the file, the others while they record, or start.
    fn kill(&mut self, times: usize) {
        let path = self.folder.path().join("runs.db");
        self.kill_at_start(&path);
        let key = make_key(&path);
        for _ in 1..times {
            check(&path);
            if self.rng.random_bool(0.1) {
                self.kill_at_start(&path);
                continue;
            }
            let server = Server::on_file(&path);
            self.verify(&server, &key);
            self.kill_recording(server, &key);
        }
        check(&path);
        let server = Server::on_file(&path);
        self.verify(&server, &key);
        assert_eq!(server.stop(), Some(0));
        check(&path);
        assert!(!log(&path).contains("panicked"), "{}", log(&path));
    }

    fn kill_at_start(&mut self, path: &Path) {
        let mut process = serve(path).spawn().expect("a process");
        pause(&mut self.rng, 24);
        let _ = process.kill();
        let _ = process.wait();
    }

    fn kill_recording(&mut self, server: Server, key: &str) {
        let address = server.address;
        let (sender, sent) = mpsc::channel();
        thread::scope(|scope| {
            for recorder in &mut self.recorders {
                let sender = sender.clone();
                scope.spawn(move || recorder.record(address, key, &sender));
            }
            drop(sender);
            for _ in 0..self.rng.random_range(1..150) {
                sent.recv().expect("the recorders go on until it is killed");
            }
            pause(&mut self.rng, 22);
            server.kill();
        });
    }

    /// Looks up all runs, and counts them: as often as there are runs, nothing else is there.
    fn verify(&mut self, server: &Server, key: &str) {
        thread::scope(|scope| {
            for recorder in &mut self.recorders {
                scope.spawn(|| recorder.verify(&mut server.connect(), key));
            }
        });
        let mut counts = BTreeMap::from([(String::new(), 0)]);
        for run in self.recorders.iter().flat_map(|recorder| recorder.acknowledged.values()) {
            self.found += 1;
            for filter in [
                String::new(),
                format!("&status={}", run.status),
                format!("&workflow_id={}", run.workflow_id.replace(' ', "%20")),
            ] {
                *counts.entry(filter).or_default() += 1;
            }
        }
        let mut connection = server.connect();
        for (filter, count) in counts {
            let path = format!("/v1/executions?limit=1{filter}");
            let list = connection.get(&path, key).expect("an answer").json();
            assert_eq!(list["total"], count, "{filter}");
        }
    }
}

/// Passes a random time by counting up to 2 to the `most`; small ones are as likely as large ones.
fn pause(rng: &mut ChaCha8Rng, most: u32) {
    let order = 1 << rng.random_range(0..most);
    for _ in 0..rng.random_range(order..2 * order) {
        std::hint::spin_loop();
    }
}
