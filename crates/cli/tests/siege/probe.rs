//! Somebody who wants nothing but an answer, on a connection of its own each time.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Interval, MissedTickBehavior, interval, timeout},
};

use crate::Shared;

/// How often it asks in the real siege; otherwise as often as it is answered.
const PERIOD: Duration = Duration::from_millis(100);
/// After how long it gives up, which is an error.
const PATIENCE: Duration = Duration::from_secs(60);

/// A probe and how long it waited.
pub struct Probe {
    target: Shared,
    waits: Vec<f64>,
    errors: usize,
    pace: Option<Interval>,
}

impl Probe {
    /// One that has not asked yet.
    pub fn new(target: &Shared) -> Self {
        let pace = target.scale.full.then(|| {
            let mut pace = interval(PERIOD);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            pace
        });
        Self { target: Shared::clone(target), waits: Vec::new(), errors: 0, pace }
    }

    /// Asks for the first page and for one run.
    pub async fn ask(&mut self) {
        if let Some(pace) = &mut self.pace {
            pace.tick().await;
        }
        for path in ["/v1/executions", "/v1/executions/run_def456"] {
            let start = Instant::now();
            let answer = timeout(PATIENCE, self.get(path)).await;
            self.waits.push(start.elapsed().as_secs_f64() * 1000.0);
            if !matches!(answer, Ok(Ok(answer)) if answer.starts_with(b"HTTP/1.1 200 ")) {
                self.errors += 1;
            }
        }
    }

    /// How many rounds there were.
    pub fn asked(&self) -> u32 {
        self.waits.len() as u32 / 2
    }

    /// The median and the longest wait in milliseconds, and the errors.
    pub fn result(mut self) -> (f64, f64, usize) {
        self.waits.sort_by(f64::total_cmp);
        let worst = self.waits.last().copied().unwrap_or_default();
        (self.waits.get(self.waits.len() / 2).copied().unwrap_or_default(), worst, self.errors)
    }

    async fn get(&self, path: &str) -> io::Result<Vec<u8>> {
        let mut connection = TcpStream::connect(self.target.address).await?;
        let key = &self.target.key;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\nconnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await?;
        Ok(answer)
    }
}
