//! Deleting old runs in small transactions, between which other processes and requests write.

use std::{
    fmt,
    time::{Duration, Instant},
};

use bytesize::ByteSize;
use indicatif::HumanCount;
use runledger_store::{Result, RetentionPolicy, RunFilter, Store, TenantId};
use tokio::sync::watch;

/// The greatest number of runs that one transaction deletes.
const MAX_BATCH_RUNS: usize = 500;
/// The number of runs in the first transaction. Runs may have thousands of steps.
const FIRST_BATCH_RUNS: usize = 16;
/// How long a transaction should take. The number of runs is changed accordingly.
const BATCH_DURATION: Duration = Duration::from_millis(20);
/// The greatest size that one transaction gives back to the operating system.
const MAX_RELEASED_BYTES: u64 = 1024 * 1024;
/// The shortest pause after a transaction.
const MIN_PAUSE: Duration = Duration::from_millis(1);

/// What has been deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Number of runs.
    pub runs: u64,
    /// Disk space given back to the operating system, in bytes.
    pub bytes: u64,
}

impl fmt::Display for Pruned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, bytes } = self;
        let (count, noun) = (HumanCount(*runs), if *runs == 1 { "run" } else { "runs" });
        write!(f, "{count} {noun} deleted, {} of disk space given back", ByteSize(*bytes))
    }
}

/// Whether to stop: set to `true`, or its sender dropped.
pub type Stop = watch::Receiver<bool>;

/// Deletes runs and counts them.
pub struct Pruning<'a> {
    store: &'a dyn Store,
    stop: Stop,
    batch_runs: usize,
    /// What has been deleted so far. After an error, too.
    pub pruned: Pruned,
}

impl<'a> Pruning<'a> {
    /// Deletes nothing yet.
    pub fn new(store: &'a dyn Store, stop: Stop) -> Self {
        Self { store, stop, batch_runs: FIRST_BATCH_RUNS, pruned: Pruned::default() }
    }

    /// Deletes the runs of the tenant that the policy selects, the oldest first. `report` is called
    /// after each transaction. Returns `false` if it was stopped before the last of them.
    ///
    /// # Errors
    /// If the store fails. What was deleted before stays deleted.
    pub async fn prune(
        &mut self,
        tenant: TenantId,
        policy: &RetentionPolicy,
        mut report: impl FnMut(Pruned),
    ) -> Result<bool> {
        for filter in policy.filters() {
            loop {
                let wanted = self.batch_runs;
                let start = Instant::now();
                let deleted = self.delete(tenant, &filter).await?;
                report(self.pruned);
                if deleted < wanted {
                    break;
                }
                self.release_disk_space().await?;
                if !self.pause(start.elapsed()).await {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Gives back the disk space that is free. Returns `false` if it was stopped before.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn finish(&mut self) -> Result<bool> {
        loop {
            let start = Instant::now();
            if self.release_disk_space().await? == 0 {
                return Ok(true);
            }
            if !self.pause(start.elapsed()).await {
                return Ok(false);
            }
        }
    }

    async fn delete(&mut self, tenant: TenantId, filter: &RunFilter) -> Result<usize> {
        let start = Instant::now();
        let deleted = self.store.delete_oldest(tenant, filter.clone(), self.batch_runs).await?;
        self.pruned.runs += deleted as u64;
        self.batch_runs = next_batch(self.batch_runs, start.elapsed());
        Ok(deleted)
    }

    async fn release_disk_space(&mut self) -> Result<u64> {
        let bytes = self.store.release_disk_space(MAX_RELEASED_BYTES).await?;
        self.pruned.bytes += bytes;
        Ok(bytes)
    }

    /// Waits as long as the transactions took, so that others have half of the time. Returns
    /// `false` if it was stopped.
    async fn pause(&mut self, took: Duration) -> bool {
        tokio::select! {
            biased;
            _ = self.stop.wait_for(|stop| *stop) => false,
            () = tokio::time::sleep(took.max(MIN_PAUSE)) => true,
        }
    }
}

/// The number of runs of the next transaction, after one of so many took so long.
fn next_batch(runs: usize, took: Duration) -> usize {
    let next = if took > BATCH_DURATION * 2 {
        runs / 2
    } else if took < BATCH_DURATION / 2 {
        runs * 2
    } else {
        runs
    };
    next.clamp(1, MAX_BATCH_RUNS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_become_smaller_where_they_take_long() {
        let after = |runs, millis| next_batch(runs, Duration::from_millis(millis));
        assert_eq!([after(16, 1), after(16, 20), after(16, 100)], [32, 16, 8]);
        assert_eq!([after(1, 10_000), after(400, 1), after(500, 1)], [1, 500, 500]);
    }

    #[test]
    fn the_summary_counts_runs_and_bytes() {
        let summary = |runs, bytes| Pruned { runs, bytes }.to_string();
        assert_eq!(summary(1, 0), "1 run deleted, 0 B of disk space given back");
        let many = "12,345 runs deleted, 2.0 MiB of disk space given back";
        assert_eq!(summary(12_345, 2 << 20), many);
    }
}
