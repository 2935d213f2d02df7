//! Ending live runs whose recorders are silent.
//!
//! Time is measured with the monotonic clock from when this process first sees a heartbeat. So a
//! run has its whole `heartbeat_timeout` after a start of the server, since nothing could be
//! recorded before, and a change of the system's clock ends no run.

use std::{collections::HashMap, sync::Arc, time::Duration};

use runledger_store::{Heartbeat, Store, StoreError, TenantId};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::metrics::Metrics;

/// How often the heartbeats are read. A heartbeat is seen at most this much later than it came, and
/// a run is ended at most this much later than its timeout after that.
const PERIOD: Duration = Duration::from_millis(500);

/// Ends live runs whose recorders are silent, while it runs.
pub struct HeartbeatMonitor {
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    /// The heartbeats at the last reading, and since when each is known.
    known: HashMap<(TenantId, String), (Heartbeat, Instant)>,
    /// Whether the last reading failed.
    failed: bool,
}

impl HeartbeatMonitor {
    /// A monitor of the runs of this store, which has to be [run](Self::run).
    pub(crate) fn new(store: Arc<dyn Store>, metrics: Arc<Metrics>) -> Self {
        Self { store, metrics, known: HashMap::new(), failed: false }
    }

    /// Ends lost runs, forever.
    pub async fn run(mut self) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let checked = self.check().await;
            if let Err(error) = &checked
                && !self.failed
            {
                tracing::error!(error = error.report(), "lost runs cannot be ended");
            }
            self.failed = checked.is_err();
        }
    }

    /// Reads all heartbeats, and ends the runs that have been silent for their timeout.
    async fn check(&mut self) -> Result<(), StoreError> {
        let heartbeats = self.store.heartbeats().await?;
        let now = Instant::now();
        let mut known = HashMap::with_capacity(heartbeats.len());
        let mut lost = Vec::new();
        for heartbeat in heartbeats {
            let key = (heartbeat.tenant, heartbeat.id.clone());
            let since = match self.known.get(&key) {
                Some((before, since)) if *before == heartbeat => *since,
                _ => now,
            };
            let timeout = Duration::from_secs(heartbeat.timeout.unsigned_abs().into());
            if now.duration_since(since) >= timeout {
                lost.push(heartbeat.clone());
            }
            known.insert(key, (heartbeat, since));
        }
        self.known = known;
        if lost.is_empty() { Ok(()) } else { self.end(lost).await }
    }

    /// Ends these runs, unless they are recorded meanwhile.
    async fn end(&self, lost: Vec<Heartbeat>) -> Result<(), StoreError> {
        let (mut runs, mut result) = (0, Ok(()));
        for heartbeat in lost {
            match self.store.end_lost(heartbeat).await {
                Ok(true) => {
                    self.metrics.run_lost();
                    runs += 1;
                }
                Ok(false) => {}
                Err(error) => {
                    result = Err(error);
                    break;
                }
            }
        }
        if runs > 0 {
            tracing::warn!(runs, "runs were ended as LOST: nothing was heard of them in time");
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use runledger_model::{RunPatch, WorkflowRunDetail};
    use runledger_store::memory::MemoryStore;
    use tokio::time::{advance, sleep};

    use super::*;

    struct World {
        store: Arc<dyn Store>,
        tenant: TenantId,
    }

    impl World {
        async fn new() -> Self {
            let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
            let tenant = store.find_or_create_tenant("t").await.unwrap();
            Self { store, tenant }
        }

        fn watch(&self) -> tokio::task::JoinHandle<()> {
            let monitor = HeartbeatMonitor::new(Arc::clone(&self.store), Arc::default());
            tokio::spawn(monitor.run())
        }

        async fn patch(&self, id: &str, body: &str) {
            let patch = RunPatch::from_json(id, body.as_bytes()).unwrap();
            self.store.patch(self.tenant, patch, None, 1_000_000).await.unwrap().unwrap();
        }

        async fn run(&self, id: &str) -> WorkflowRunDetail {
            self.store.get(self.tenant, id).await.unwrap().unwrap()
        }

        /// The statuses of these runs.
        async fn statuses(&self, ids: &[&str]) -> String {
            let mut statuses = Vec::new();
            for id in ids {
                statuses.push(self.run(id).await.status.to_string());
            }
            statuses.join(" ")
        }
    }

    /// Lets this many seconds pass.
    async fn pass(seconds: u64) {
        for _ in 0..seconds {
            advance(Duration::from_secs(1)).await;
            // The monitor runs meanwhile.
            sleep(Duration::ZERO).await;
            tokio::task::yield_now().await;
        }
    }

    const BEGIN: &str = r#"{"workflow_id":"w","heartbeat_timeout":10}"#;

    #[tokio::test(start_paused = true)]
    async fn a_silent_run_is_lost_after_its_timeout_and_any_report_revives_it() {
        let world = World::new().await;
        world.patch("silent", BEGIN).await;
        world.patch("alive", BEGIN).await;
        world.patch("ended", BEGIN).await;
        world.patch("ended", r#"{"status":"SUCCEEDED"}"#).await;
        world.patch("patient", r#"{"workflow_id":"w"}"#).await;
        let ids = ["silent", "alive", "ended", "patient"];
        let monitor = world.watch();
        for _ in 0..2 {
            pass(8).await;
            assert_eq!(world.statuses(&ids[1..]).await, "RUNNING SUCCEEDED RUNNING");
            world.patch("alive", "{}").await;
        }
        assert_eq!(world.statuses(&ids).await, "FAILED RUNNING SUCCEEDED RUNNING");
        let lost = world.run("silent").await;
        assert_eq!(lost.outcome.as_deref(), Some("LOST"));
        let error = lost.error.unwrap();
        assert!(error.starts_with("The run was last heard of at 2"), "{error}");
        assert!(lost.finished_at.is_some());
        world.patch("silent", "{}").await;
        let revived = world.run("silent").await;
        assert_eq!((revived.outcome, revived.error), (None, None));
        assert_eq!(world.statuses(&ids[..1]).await, "RUNNING");
        pass(12).await;
        assert_eq!(world.statuses(&ids[..2]).await, "FAILED FAILED", "again");
        monitor.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_start_a_run_has_its_whole_timeout() {
        let world = World::new().await;
        world.patch("r", BEGIN).await;
        pass(1000).await;
        for _ in 0..3 {
            let monitor = world.watch();
            pass(8).await;
            assert_eq!(world.statuses(&["r"]).await, "RUNNING");
            monitor.abort();
        }
        let monitor = world.watch();
        pass(12).await;
        assert_eq!(world.statuses(&["r"]).await, "FAILED");
        monitor.abort();
    }
}
