//! What whoever runs the service decides.

use std::{num::NonZeroU32, time::Duration};

use axum::http::HeaderValue;

/// The service's settings; the defaults suit a small machine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The largest body that is taken, in bytes, after it has been decompressed.
    pub body_limit: usize,
    /// How many bytes of bodies may be in memory at a time, of all requests together; a body that does not find room
    /// is answered 503. At least `body_limit`, or the largest bodies never do.
    pub bodies_at_a_time: usize,
    /// How many bytes of large answers may be in memory at a time, of all requests together; a run that does not find
    /// room is answered 503. At least `body_limit`, or the largest runs never do.
    pub answers_at_a_time: usize,
    /// How long a body may take to arrive in all, and then a request to be done. It may have been done even so, and
    /// can be repeated.
    pub request_timeout: Duration,
    /// How long a body may pause while it arrives.
    pub body_timeout: Duration,
    /// How many requests may be under way at a time; further ones are answered 503 at once.
    pub requests_at_a_time: usize,
    /// How many connections may be open at a time; further ones wait until one of these closes.
    pub connections_at_a_time: usize,
    /// How many connections may wait for another request; where there are more, each ends with its answer.
    pub connections_kept: usize,
    /// How long a request's head may take to arrive; an idle connection is closed after as long.
    pub head_timeout: Duration,
    /// How many requests a key may send in a second; as many as it likes where this is `None`.
    pub rate_limit: Option<NonZeroU32>,
    /// The origins whose pages may call the API from a browser; none by default.
    pub cors_origins: Vec<HeaderValue>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_limit: 16 * 1024 * 1024,
            bodies_at_a_time: 24 * 1024 * 1024,
            answers_at_a_time: 24 * 1024 * 1024,
            request_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10),
            requests_at_a_time: 1024,
            connections_at_a_time: 20_000,
            connections_kept: 2000,
            head_timeout: Duration::from_secs(15),
            rate_limit: None,
            cors_origins: Vec::new(),
        }
    }
}
