//! How many inputs were taken, and how they were answered.

use std::{collections::BTreeMap, time::Instant};

/// How often a long run says that it still runs.
const SAID_EVERY: u64 = 100_000;

/// What was counted so far.
pub struct Tally {
    of: &'static str,
    taken: u64,
    statuses: BTreeMap<u16, u64>,
    since: Instant,
}

impl Tally {
    /// Nothing yet.
    pub fn new(of: &'static str) -> Self {
        Self { of, taken: 0, statuses: BTreeMap::new(), since: Instant::now() }
    }

    /// Counts an input and the statuses that it was answered with.
    pub fn took(&mut self, statuses: &[u16]) {
        self.taken += 1;
        for status in statuses {
            *self.statuses.entry(*status).or_default() += 1;
        }
        if self.taken.is_multiple_of(SAID_EVERY) {
            self.print();
        }
    }

    /// Says it.
    pub fn print(&self) {
        let (seconds, statuses) = (self.since.elapsed().as_secs_f64(), &self.statuses);
        println!("{} {} in {seconds:.1} s, answered by status: {statuses:?}", self.taken, self.of);
    }
}
