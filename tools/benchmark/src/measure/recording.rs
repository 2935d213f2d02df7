//! Recording in batches, beside a bare table.

use std::{fmt, path::Path};

use anyhow::Result;
use runledger_store::RunStore;

use super::{Effort, timed};
use crate::{
    data::{BATCH, Data, Shape, delete_files, open, runtime},
    sql::BareTable,
    statistics::Summary,
};

/// The order of time in which runs are recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The oldest first.
    Time,
    /// Any.
    Random,
}

/// Recording in one order.
pub struct RecordingRow {
    /// The order.
    pub order: Order,
    /// How many runs were recorded into each of the files.
    pub runs: u64,
    /// Runs per second of each batch through the store.
    pub ours: Summary,
    /// Runs per second of each batch into the bare table.
    pub bare: Summary,
    /// The whole time of the bare table divided by that of the store.
    pub ratio: f64,
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Time => "in the order of time",
            Self::Random => "in random order",
        })
    }
}

/// Records into new files, batch by batch in turn.
///
/// # Errors
/// Where a batch cannot be recorded.
pub fn recording(folder: &Path, runs: u64, effort: &Effort) -> Result<Vec<RecordingRow>> {
    let data = Data { shape: Shape::Even, runs: runs.min(effort.max_recorded) };
    [Order::Time, Order::Random].map(|order| record(folder, data, order)).into_iter().collect()
}

fn record(folder: &Path, data: Data, order: Order) -> Result<RecordingRow> {
    let files = ["recorded.db", "bare.db"].map(|name| folder.join(name));
    files.iter().try_for_each(|file| delete_files(file))?;
    let runtime = runtime()?;
    let (store, tenant) = open(&runtime, &files[0])?;
    let mut bare = BareTable::create(&files[1])?;
    let mut times = [const { Vec::new() }; 2];
    for first in (0..data.runs).step_by(BATCH as usize) {
        let numbers = first..data.runs.min(first + BATCH);
        let batch: Vec<_> = numbers.map(|at| data.run(order.number(at, data.runs))).collect();
        let length = batch.len() as f64;
        let (time, written) = timed(|| bare.record(&batch));
        written?;
        times[1].push((length, time));
        let (time, recorded) = timed(|| runtime.block_on(store.record(tenant, batch)));
        recorded?;
        times[0].push((length, time));
    }
    drop((store, bare));
    files.iter().try_for_each(|file| delete_files(file))?;
    let total = |times: &[(f64, f64)]| times.iter().map(|(_, time)| time).sum::<f64>();
    let rates = |times: &[(f64, f64)]| Summary::of(times.iter().map(|(n, time)| n / time * 1e6));
    Ok(RecordingRow {
        order,
        runs: data.runs,
        ours: rates(&times[0]),
        bare: rates(&times[1]),
        ratio: total(&times[1]) / total(&times[0]),
    })
}

impl Order {
    /// The number of the run that is recorded as the one at this place; each number occurs once.
    fn number(self, place: u64, runs: u64) -> u64 {
        /// A prime, which no number of runs in use is a multiple of.
        const STEP: u128 = 2_654_435_761;
        match self {
            Self::Time => place,
            Self::Random => (u128::from(place) * STEP % u128::from(runs)) as u64,
        }
    }
}
