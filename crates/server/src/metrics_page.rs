//! `/metrics`: what is counted and the state of the service, in the Prometheus text format.

use std::{fmt, sync::Arc, time::SystemTime};

use axum::{
    extract::State,
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, prometheus_text},
    metrics::{gauge::ConstGauge, info::Info},
    registry::Registry,
};
use runledger_model::ApiError;
use runledger_store::Usage;

use crate::{error::HttpError, metrics::Metrics, state::AppState};

/// The path of the metrics.
pub const PATH: &str = "/metrics";

/// Everything that `/metrics` returns.
pub struct MetricsPage(Registry);

impl MetricsPage {
    /// A page of these metrics and of the state of the service.
    pub fn new(metrics: &Metrics, state: &AppState) -> Self {
        let mut registry = Registry::default();
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("runledger_build", "The version of the program", version);
        let start = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        registry.register(
            "process_start_time_seconds",
            "When the server started, in seconds since 1970",
            ConstGauge::new(start.as_secs_f64()),
        );
        metrics.register(&mut registry);
        registry.register_collector(Box::new(StateCollector(state.clone())));
        Self(registry)
    }

    fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

/// The handler of [`PATH`].
pub async fn get_metrics(State(page): State<Arc<MetricsPage>>) -> Response {
    match page.text() {
        Ok(text) => ([(CONTENT_TYPE, prometheus_text::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            HttpError::from(ApiError::internal()).into_response()
        }
    }
}

/// Reads the state of the service at the moment when the metrics are requested.
struct StateCollector(AppState);

impl fmt::Debug for StateCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StateCollector(…)")
    }
}

impl Collector for StateCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Usage { queued_writes, database_bytes, log_bytes } = self.0.store.usage();
        let mut gauge = |name, help, value: u64| {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let kind = gauge.metric_type();
            gauge.encode(encoder.encode_descriptor(name, help, None, kind)?)
        };
        gauge(
            "runledger_event_streams",
            "Open streams of changes",
            self.0.event_slots.number_taken() as u64,
        )?;
        gauge(
            "runledger_write_queue_length",
            "Requests whose writes have not begun",
            queued_writes as u64,
        )?;
        gauge("runledger_database_bytes", "Size of the database file", database_bytes)?;
        gauge(
            "runledger_database_log_bytes",
            "Size of the write-ahead log beside the database file",
            log_bytes,
        )
    }
}
