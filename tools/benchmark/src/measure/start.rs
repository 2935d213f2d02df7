//! How long a server takes until it is ready.

use std::time::Instant;

use anyhow::Result;
use program_harness::make_key;

use super::server;
use crate::{data::Ledger, statistics::Summary};

/// How often a server is started.
const STARTS: usize = 5;

/// The time until a server was ready.
pub struct Start {
    /// Until it printed so, in milliseconds.
    pub ready_ms: Summary,
    /// Until it had sent the first page, in milliseconds.
    pub first_page_ms: Summary,
}

/// Starts a server that was killed before, several times.
///
/// # Errors
/// Where the first page is not sent.
pub fn start(ledger: &Ledger) -> Result<Start> {
    let key = make_key(&ledger.path);
    server::start(&ledger.path, &[]).kill();
    let (mut ready, mut first_page) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let start = Instant::now();
        let milliseconds = || start.elapsed().as_secs_f64() * 1e3;
        let server = server::start(&ledger.path, &[]);
        ready.push(milliseconds());
        server.connect().get("/v1/executions", &key)?;
        first_page.push(milliseconds());
        server.kill();
    }
    Ok(Start { ready_ms: Summary::of(ready), first_page_ms: Summary::of(first_page) })
}
