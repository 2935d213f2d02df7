//! Somebody who wants nothing but an answer, on a connection of its own each time.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use tokio::{
    task::spawn_blocking,
    time::{Interval, MissedTickBehavior, interval},
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
        let target = Shared::clone(&self.target);
        // On a thread of its own, so that it waits for the server only, and not for the attackers.
        let asked = spawn_blocking(move || {
            ["/v1/executions", "/v1/executions/run_def456"].map(|path| {
                let start = Instant::now();
                let answer = get(&target, path);
                let answered = answer.is_ok_and(|answer| answer.starts_with(b"HTTP/1.1 200 "));
                (start.elapsed().as_secs_f64() * 1000.0, answered)
            })
        });
        for (wait, answered) in asked.await.expect("it asks") {
            self.waits.push(wait);
            self.errors += usize::from(!answered);
        }
    }

    /// How many rounds there were.
    pub fn asked(&self) -> u32 {
        self.waits.len() as u32 / 2
    }

    /// How often it was not answered as it must be.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// The median and the longest wait in milliseconds, and the errors.
    pub fn result(mut self) -> (f64, f64, usize) {
        self.waits.sort_by(f64::total_cmp);
        let worst = self.waits.last().copied().unwrap_or_default();
        (self.waits.get(self.waits.len() / 2).copied().unwrap_or_default(), worst, self.errors)
    }
}

fn get(target: &Shared, path: &str) -> io::Result<Vec<u8>> {
    let mut connection = TcpStream::connect(target.address)?;
    connection.set_read_timeout(Some(PATIENCE))?;
    let key = &target.key;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\nauthorization: Token {key}\r\nconnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer)?;
    Ok(answer)
}
