//! Deleting the oldest runs while others read.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Instant,
};

use anyhow::Result;
use runledger_model::ListExecutionsQuery;
use runledger_store::{RunFilter, RunStore, TenantId};
use runledger_store_sqlite::SqliteStore;

use super::timed;
use crate::{
    data::{Ledger, delete_files, open, runtime},
    statistics::Summary,
};

/// The share of all runs that is deleted, as a divisor.
const SHARE: u64 = 10;
/// The greatest number of runs that are deleted.
const MAX_DELETED: u64 = 50_000;
/// The number of runs that are deleted in one transaction.
const MAX_RUNS: usize = 500;

/// The deletion of the oldest runs.
pub struct Prune {
    /// Deleted runs.
    pub runs: u64,
    /// Deleted runs per second.
    pub rate: f64,
    /// The time of a page that was read meanwhile, in milliseconds.
    pub read_ms: Summary,
    /// The longest of those, in milliseconds.
    pub longest_read_ms: f64,
}

/// Deletes a tenth of the runs of a copy, at most [`MAX_DELETED`].
///
/// # Errors
/// Where a run cannot be deleted, or a page cannot be read.
pub fn prune(ledger: &Ledger) -> Result<Prune> {
    let path = ledger.path.with_extension("pruned");
    delete_files(&path)?;
    fs::copy(&ledger.path, &path)?;
    let (store, tenant) = open(&runtime()?, &path)?;
    let ended = AtomicBool::new(false);
    let (deleted, reads) = thread::scope(|scope| {
        let reads = scope.spawn(|| read_until(&store, tenant, &ended));
        let deleted = delete(&store, tenant, MAX_DELETED.min(ledger.data.runs / SHARE));
        ended.store(true, Ordering::Relaxed);
        (deleted, reads.join().expect("the reading thread does not panic"))
    });
    let ((runs, rate), reads) = (deleted?, reads?);
    drop(store);
    delete_files(&path)?;
    let longest_read_ms = reads.iter().copied().fold(0.0, f64::max);
    Ok(Prune { runs, rate, read_ms: Summary::of(reads), longest_read_ms })
}

/// Deletes so many runs; returns how many, and how many per second.
fn delete(store: &SqliteStore, tenant: TenantId, runs: u64) -> Result<(u64, f64)> {
    let runtime = runtime()?;
    let start = Instant::now();
    let mut deleted = 0;
    while deleted < runs {
        let max = MAX_RUNS.min((runs - deleted) as usize);
        let batch = runtime.block_on(store.delete_oldest(tenant, RunFilter::default(), max))?;
        anyhow::ensure!(batch > 0, "{deleted} of {runs} runs were deleted");
        deleted += batch as u64;
    }
    Ok((deleted, deleted as f64 / start.elapsed().as_secs_f64()))
}

/// Reads the first page again and again; returns the times in milliseconds.
fn read_until(store: &SqliteStore, tenant: TenantId, ended: &AtomicBool) -> Result<Vec<f64>> {
    let runtime = runtime()?;
    let mut times = Vec::new();
    loop {
        let query = ListExecutionsQuery::default();
        let (time, page) = timed(|| runtime.block_on(store.list(tenant, query)));
        page?;
        times.push(time / 1000.0);
        if ended.load(Ordering::Relaxed) {
            return Ok(times);
        }
    }
}
