//! A crash test of `runledger serve`: what was acknowledged is there after SIGKILL at a random
//! moment, and the counts are right.
//!
//! Recorders send runs to `runledger serve`, new ones and later states of old ones, one at a time
//! and in batches, and remember what was acknowledged. The server is killed while it records or
//! starts. `runledger check` must find no fault in the database it left, and a new server must
//! return every run as it was acknowledged, and every request without a response either recorded
//! as a whole or not at all.
//!
//! `cargo xtask crash-test` ends 1,000 servers in this way, `cargo test` some dozens. The seed is
//! printed. It decides what is recorded and, as far as a test can decide it, when a server is
//! killed.

mod database;
mod recorder;
mod runs;

use std::time::Instant;

use clap::Parser;
use rand::RngExt;

use crate::database::Database;

/// How many servers of one database are killed. Everything in it is checked after each.
const SERVERS_PER_DATABASE: u32 = 10;
/// Acknowledged recordings per server below which hardly anything was tested.
const MIN_RECORDINGS_PER_SERVER: usize = 10;

/// Kill servers while they record, and check that every acknowledged run is there
#[derive(Parser)]
#[command(bin_name = "cargo xtask crash-test")]
struct Arguments {
    /// How many servers to kill
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    servers: u32,
    /// Repeat the test that printed this seed [default: a random seed]
    #[arg(long)]
    seed: Option<u64>,
}

fn main() {
    let Arguments { servers, seed } = Arguments::parse();
    run(servers, seed.unwrap_or_else(|| rand::rng().random()));
}

/// Kill so many servers, one after another.
///
/// # Panics
/// Where a database has a fault, or a run is not as it was acknowledged.
fn run(servers: u32, seed: u64) {
    println!("the seed is {seed}");
    let (start, mut done, mut recordings, mut verified) = (Instant::now(), 0, 0, 0);
    while done < servers {
        let servers_of_this = SERVERS_PER_DATABASE.min(servers - done);
        let mut database = Database::new(seed.wrapping_add(done.into()));
        database.kill_servers(servers_of_this);
        done += servers_of_this;
        recordings += database.recordings();
        verified += database.verified;
        let seconds = start.elapsed().as_secs();
        println!(
            "{done} servers killed: {recordings} acknowledged recordings, {verified} runs \
             verified, {seconds} s"
        );
    }
    let min_recordings = MIN_RECORDINGS_PER_SERVER * servers as usize;
    assert!(recordings > min_recordings, "only {recordings} recordings were acknowledged");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_acknowledged_is_there_after_a_kill() {
        run(30, rand::rng().random());
    }
}
