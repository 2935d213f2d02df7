//! A well-behaved client that opens a connection for each request and measures how long it waits.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    task::spawn_blocking,
    time::{Interval, MissedTickBehavior, interval},
};

use crate::target::Target;

/// Time between two rounds at full scale; at a small scale there is none.
const PERIOD: Duration = Duration::from_millis(100);
/// Time after which a request counts as failed.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A probe and its waiting times.
pub struct Probe {
    target: Arc<Target>,
    waits_ms: Vec<f64>,
    errors: usize,
    period: Option<Interval>,
}

impl Probe {
    /// A probe that has made no request yet.
    pub fn new(target: &Arc<Target>) -> Self {
        let period = target.scale.full.then(|| {
            let mut period = interval(PERIOD);
            period.set_missed_tick_behavior(MissedTickBehavior::Delay);
            period
        });
        Self { target: Arc::clone(target), waits_ms: Vec::new(), errors: 0, period }
    }

    /// Makes one round: requests the first page and one run.
    pub async fn request(&mut self) {
        if let Some(period) = &mut self.period {
            period.tick().await;
        }
        let target = Arc::clone(&self.target);
        // On a thread of its own, so that it waits only for the server, not for the other clients.
        let requests = spawn_blocking(move || {
            ["/v1/executions", "/v1/executions/run_def456"].map(|path| {
                let start = Instant::now();
                let response = get(&target, path);
                let is_ok = response.is_ok_and(|bytes| bytes.starts_with(b"HTTP/1.1 200 "));
                (start.elapsed().as_secs_f64() * 1000.0, is_ok)
            })
        });
        for (wait_ms, is_ok) in requests.await.expect("the probe does not panic") {
            self.waits_ms.push(wait_ms);
            self.errors += usize::from(!is_ok);
        }
    }

    /// How many rounds it has made.
    pub fn rounds(&self) -> u32 {
        self.waits_ms.len() as u32 / 2
    }

    /// How many of its requests failed.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// The median and the longest waiting time in milliseconds, and the errors.
    pub fn result(mut self) -> (f64, f64, usize) {
        self.waits_ms.sort_by(f64::total_cmp);
        let longest = self.waits_ms.last().copied().unwrap_or_default();
        let median = self.waits_ms.get(self.waits_ms.len() / 2).copied().unwrap_or_default();
        (median, longest, self.errors)
    }
}

fn get(target: &Target, path: &str) -> io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(target.address)?;
    connection.set_read_timeout(Some(TIMEOUT))?;
    let key = &target.key;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\nconnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes())?;
    let mut response = Vec::new();
    connection.read_to_end(&mut response)?;
    Ok(response)
}
