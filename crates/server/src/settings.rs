//! The settings of the service.

use std::{num::NonZeroU32, time::Duration};

use axum::http::HeaderValue;

/// The settings of the service; the defaults suit a small machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The maximum size of a request body in bytes, after decompression, and of a run in the form
    /// in which it is returned. By default 100,000 steps fit, if their texts are short.
    pub max_body_bytes: usize,
    /// The maximum total size in bytes of the request bodies in memory. A request whose body
    /// exceeds it gets a 503. At least `max_body_bytes`, or the largest bodies are never accepted.
    pub max_buffered_body_bytes: usize,
    /// The maximum total size in bytes of the large response bodies in memory. A response that
    /// exceeds it is replaced by a 503. At least `max_body_bytes`, or the largest runs are never
    /// returned.
    pub max_buffered_response_bytes: usize,
    /// The maximum size in bytes of the recent responses that are kept in memory, and returned
    /// until a run of their tenant changes; 0 keeps none.
    pub max_cached_response_bytes: usize,
    /// The time allowed to receive a whole request body, and again to process the request. A
    /// request that exceeds it may have been processed; it can be repeated.
    pub request_timeout: Duration,
    /// The time for which a request body may pause while it is received.
    pub body_timeout: Duration,
    /// The maximum number of requests in progress; further ones get a 503 at once.
    pub max_concurrent_requests: usize,
    /// The maximum number of event streams; further ones get a 503. They do not count as requests
    /// in progress.
    pub max_event_streams: usize,
    /// The maximum number of event streams with one key; further ones get a 429.
    pub max_event_streams_per_key: usize,
    /// The time after which an event stream without events has a comment, so that both sides notice
    /// a broken connection.
    pub event_heartbeat: Duration,
    /// The maximum number of open connections; further ones wait to be accepted.
    pub max_connections: usize,
    /// The maximum number of idle connections. While there are more, each response closes its
    /// connection.
    pub max_idle_connections: usize,
    /// The time allowed to receive a header section; an idle connection is closed after it.
    pub header_timeout: Duration,
    /// The maximum number of requests per second with one key; `None` for no limit.
    pub rate_limit: Option<NonZeroU32>,
    /// Whether the service has `/metrics`, which requires no key.
    pub serve_metrics: bool,
    /// The origins whose pages may call the API from a browser; none by default.
    pub cors_origins: Vec<HeaderValue>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body_bytes: 19 * 1024 * 1024,
            max_buffered_body_bytes: 24 * 1024 * 1024,
            max_buffered_response_bytes: 24 * 1024 * 1024,
            max_cached_response_bytes: 16 * 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            max_concurrent_requests: 1024,
            max_event_streams: 1000,
            max_event_streams_per_key: 100,
            event_heartbeat: Duration::from_secs(15),
            max_connections: 20_000,
            max_idle_connections: 2000,
            header_timeout: Duration::from_secs(15),
            rate_limit: None,
            serve_metrics: true,
            cors_origins: Vec::new(),
        }
    }
}
