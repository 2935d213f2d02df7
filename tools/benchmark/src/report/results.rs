//! Everything that was measured.

use crate::{
    data::Data,
    machine::Machine,
    measure::{Bytes, InProcess, OverHttp, Prune, RecordingRow, SingleRecordings, Start},
};

/// Everything that was measured.
pub struct Report {
    /// What measures it again.
    pub command: String,
    /// Where and when.
    pub machine: Machine,
    /// Each number of runs in each shape, in the order of measurement.
    pub ledgers: Vec<LedgerReport>,
    /// Recording in batches.
    pub recordings: Vec<RecordingReport>,
    /// Recording single runs.
    pub single_recordings: SingleRecordings,
}

/// What was measured on one ledger.
pub struct LedgerReport {
    /// What is in it.
    pub data: Data,
    /// Bytes on disk.
    pub bytes: Bytes,
    /// Reads in one process.
    pub in_process: InProcess,
    /// Starting a server.
    pub start: Start,
    /// Reads over HTTP.
    pub over_http: OverHttp,
    /// Deleting the oldest runs.
    pub prune: Prune,
}

/// Recording so many runs.
pub struct RecordingReport {
    /// The number of runs.
    pub runs: u64,
    /// Each order.
    pub rows: Vec<RecordingRow>,
}

impl Report {
    /// The ledgers with the largest number of runs.
    pub fn largest(&self) -> impl Iterator<Item = &LedgerReport> {
        let largest = self.ledgers.iter().map(|ledger| ledger.data.runs).max();
        self.ledgers.iter().filter(move |ledger| Some(ledger.data.runs) == largest)
    }
}
