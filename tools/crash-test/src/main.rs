//! A crash test of `runledger`: what was acknowledged is there after SIGKILL at a random moment,
//! what was deleted does not return, and the counts are right.
//!
//! Recorders send runs to `runledger serve`, new ones, later states and further attempts of old
//! ones, whole and as facts to be merged, one at a time and in batches, and delete runs; they
//! remember what was acknowledged. The server is killed while it records or starts, and `runledger
//! prune` while it deletes. `runledger check` must find no fault in the database that they left,
//! and a new server must return every attempt as it was acknowledged; every request without a
//! response either took effect as a whole or not at all. Other servers are killed while they
//! migrate a database of an older version.
//!
//! `cargo xtask crash-test` ends 1,000 processes in this way, `cargo test` some dozens. The seed is
//! printed. It decides what is recorded and, as far as a test can decide it, when a process is
//! killed.

mod database;
mod known_run;
mod migration;
mod recorder;
mod runs;

use std::time::Instant;

use clap::Parser;
use rand::RngExt;

use crate::database::Database;

/// How many processes of one database are killed. Everything in it is checked after each.
const PROCESSES_PER_DATABASE: u32 = 10;
/// Acknowledged recordings per process below which hardly anything was tested.
const MIN_RECORDINGS_PER_PROCESS: usize = 10;
/// The number of runs in a database that is migrated.
const MIGRATED_RUNS: usize = 10_000;
/// Of so many processes, one migrates a database.
const PROCESSES_PER_MIGRATION: u32 = 10;
/// How many processes of one migration are killed.
const KILLED_PER_MIGRATION: u32 = 3;

/// Kill processes while they record, delete and migrate, and check that every acknowledged run is
/// there
#[derive(Parser)]
#[command(bin_name = "cargo xtask crash-test")]
struct Arguments {
    /// How many processes to kill
    #[arg(long, alias = "servers", value_name = "NUMBER", default_value_t = 1000)]
    processes: u32,
    /// Repeat the test that printed this seed [default: a random seed]
    #[arg(long)]
    seed: Option<u64>,
}

fn main() {
    let Arguments { processes, seed } = Arguments::parse();
    run(processes, MIGRATED_RUNS, seed.unwrap_or_else(|| rand::rng().random()));
}

/// Kill so many processes, one after another.
///
/// # Panics
/// Where a database has a fault, or a run is not as it was acknowledged.
fn run(processes: u32, migrated_runs: usize, seed: u64) {
    println!("the seed is {seed}");
    for number in 0..processes.div_ceil(PROCESSES_PER_MIGRATION * KILLED_PER_MIGRATION) {
        migration::kill_migrations(
            KILLED_PER_MIGRATION,
            migrated_runs,
            seed.wrapping_add(number.into()),
        );
    }
    let (start, mut done, mut recordings, mut verified) = (Instant::now(), 0, 0, 0);
    let mut pruned = 0;
    while done < processes {
        let processes_of_this = PROCESSES_PER_DATABASE.min(processes - done);
        let mut database = Database::new(seed.wrapping_add(done.into()));
        database.kill_processes(processes_of_this);
        done += processes_of_this;
        recordings += database.recordings();
        verified += database.verified;
        pruned += database.pruned;
        let seconds = start.elapsed().as_secs();
        println!(
            "{done} processes killed: {recordings} acknowledged recordings, {pruned} runs pruned, \
             {verified} runs verified, {seconds} s"
        );
    }
    let min_recordings = MIN_RECORDINGS_PER_PROCESS * processes as usize;
    assert!(recordings > min_recordings, "only {recordings} recordings were acknowledged");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_acknowledged_is_there_after_a_kill() {
        run(30, MIGRATED_RUNS / 10, rand::rng().random());
    }
}
