//! What is counted for Prometheus.
//!
//! The labels have few values: templates of routes, methods, statuses and outcomes. No value comes
//! from a request.

mod labels;

use std::time::Duration;

use axum::http::{Method, StatusCode};
use prometheus_client::{
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};
use runledger_model::RecordOutcome;

pub use self::labels::CacheResult;
use self::labels::{CacheLabels, RecordingLabels, RequestLabels};

/// The upper bounds of the buckets of durations, in seconds. Most requests take less than a
/// millisecond, and none more than a minute.
const BUCKETS: [f64; 14] =
    [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];

/// What is counted.
pub struct Metrics {
    requests: Family<RequestLabels, Histogram, fn() -> Histogram>,
    recordings: Family<RecordingLabels, Counter>,
    cached: Family<CacheLabels, Counter>,
    lost_runs: Counter,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            requests: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            recordings: Family::default(),
            cached: Family::default(),
            lost_runs: Counter::default(),
        };
        // A series that begins with its first event hides that event from a rate.
        for outcome in [
            RecordOutcome::Recorded,
            RecordOutcome::Updated,
            RecordOutcome::Unchanged,
            RecordOutcome::Rejected,
        ] {
            drop(metrics.recordings.get_or_create(&RecordingLabels { outcome }));
        }
        for result in [CacheResult::Hit, CacheResult::Miss] {
            drop(metrics.cached.get_or_create(&CacheLabels { result }));
        }
        metrics
    }
}

impl Metrics {
    /// Counts a request to which a response was begun after this time. `route` is the template of
    /// its path.
    pub fn request(&self, method: &Method, route: &str, status: StatusCode, after: Duration) {
        let labels = RequestLabels::new(method, route, status);
        self.requests.get_or_create(&labels).observe(after.as_secs_f64());
    }

    /// Counts the recording of a run.
    pub fn recording(&self, outcome: RecordOutcome) {
        self.recordings.get_or_create(&RecordingLabels { outcome }).inc();
    }

    /// Counts a request whose response may be kept.
    pub fn cached(&self, result: CacheResult) {
        self.cached.get_or_create(&CacheLabels { result }).inc();
    }

    /// Counts a run that was ended because its recorder was silent.
    pub fn run_lost(&self) {
        self.lost_runs.inc();
    }

    /// Adds what is counted to a registry.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "runledger_http_request_duration_seconds",
            "Time until the response to a request began, by method, route and status; the count is \
             the number of requests",
            self.requests.clone(),
        );
        registry.register(
            "runledger_recordings",
            "Runs that clients sent, by what was done with them",
            self.recordings.clone(),
        );
        registry.register(
            "runledger_response_cache_requests",
            "Requests whose responses may be kept in memory, by whether one was",
            self.cached.clone(),
        );
        registry.register(
            "runledger_lost_runs",
            "Runs that were ended as LOST, because nothing was heard of them in time",
            self.lost_runs.clone(),
        );
    }
}
