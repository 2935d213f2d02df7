//! Counts of the inputs and of the statuses of their responses.

use std::{collections::BTreeMap, time::Instant};

/// The number of inputs after which a long run prints its counts.
const PRINT_INTERVAL: u64 = 100_000;

/// The counts so far.
pub struct Tally {
    kind: &'static str,
    inputs: u64,
    statuses: BTreeMap<u16, u64>,
    start: Instant,
}

impl Tally {
    /// No inputs of this kind yet.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, inputs: 0, statuses: BTreeMap::new(), start: Instant::now() }
    }

    /// Counts an input and the statuses of its responses.
    pub fn add(&mut self, statuses: &[u16]) {
        self.inputs += 1;
        for status in statuses {
            *self.statuses.entry(*status).or_default() += 1;
        }
        if self.inputs.is_multiple_of(PRINT_INTERVAL) {
            self.print();
        }
    }

    /// Prints the counts, and checks that enough inputs succeeded and enough were refused: a test
    /// whose requests are all refused shows nothing.
    pub fn finish(&self) {
        self.print();
        for status in [200, 400] {
            let count = self.statuses.get(&status).copied().unwrap_or_default();
            let (inputs, kind) = (self.inputs, self.kind);
            assert!(count * 20 >= inputs, "{count} of {inputs} {kind} had status {status}");
        }
    }

    fn print(&self) {
        let (seconds, statuses) = (self.start.elapsed().as_secs_f64(), &self.statuses);
        println!("{} {} in {seconds:.1} s, by status: {statuses:?}", self.inputs, self.kind);
    }
}
