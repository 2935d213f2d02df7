//! The load generator.

use std::{
    net::SocketAddr,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use tokio::task::JoinSet;

use super::connection::{Connection, Response};
use crate::data::runtime;

/// The threads of the load generator.
const MAX_THREADS: usize = 2;

/// Requests that some connections send in turn.
#[derive(Clone)]
pub struct Exchange {
    /// The server.
    pub address: SocketAddr,
    /// Whole requests. After the last one, the first one is sent again.
    pub requests: Arc<Vec<Vec<u8>>>,
    /// The status of every response.
    pub status: u16,
}

/// What a number of requests took.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// The number of requests.
    pub requests: u64,
    /// From the first request to the last response.
    pub elapsed: Duration,
    /// The content of all responses, in bytes.
    pub content_bytes: u64,
}

impl Slice {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.elapsed.as_secs_f64()
    }

    /// The mean length of a response's content, in bytes.
    pub fn mean_bytes(&self) -> u64 {
        self.content_bytes / self.requests.max(1)
    }
}

/// Sends at least `count` requests over so many connections, each of which has one request in
/// progress. They are opened before the time is taken.
///
/// # Errors
/// Where a connection ends, or a response has another status.
pub fn exchange(exchange: &Exchange, connections: usize, count: u64) -> Result<Slice> {
    let threads = connections.min(MAX_THREADS);
    let each = count.div_ceil(connections as u64).max(1);
    let barrier = Barrier::new(threads);
    let results: Vec<Result<(Instant, Instant, u64)>> = thread::scope(|scope| {
        let barrier = &barrier;
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                let own = (thread..connections).step_by(threads);
                scope.spawn(move || run_thread(exchange, own, connections, each, barrier))
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(|result| result.expect("a thread does not panic")).collect()
    });
    let results: Vec<_> = results.into_iter().collect::<Result<_>>()?;
    let start = results.iter().map(|(start, ..)| *start).min();
    let end = results.iter().map(|(_, end, _)| *end).max();
    let (Some(start), Some(end)) = (start, end) else { bail!("no connections") };
    Ok(Slice {
        requests: each * connections as u64,
        elapsed: end - start,
        content_bytes: results.iter().map(|(.., bytes)| bytes).sum(),
    })
}

/// Runs some of the connections. Returns when they started and ended, and the bytes of content.
fn run_thread(
    exchange: &Exchange,
    own: impl Iterator<Item = usize>,
    connections: usize,
    each: u64,
    barrier: &Barrier,
) -> Result<(Instant, Instant, u64)> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut open = Vec::new();
        for number in own {
            open.push(Connection::open(exchange.address).await.map(|it| (number, it)));
        }
        // Every thread gets here, also one whose connections were refused.
        barrier.wait();
        let start = Instant::now();
        let mut tasks = JoinSet::new();
        for connection in open {
            let (number, connection) = connection?;
            tasks.spawn(run_connection(connection, exchange.clone(), number, connections, each));
        }
        let mut content_bytes = 0;
        while let Some(task) = tasks.join_next().await {
            content_bytes += task??;
        }
        Ok((start, Instant::now(), content_bytes))
    })
}

async fn run_connection(
    mut connection: Connection,
    exchange: Exchange,
    number: usize,
    connections: usize,
    each: u64,
) -> Result<u64> {
    let Exchange { address: _, requests, status } = exchange;
    let mut content_bytes = 0;
    for turn in 0..each as usize {
        let request = &requests[(turn * connections + number) % requests.len()];
        let response: Response = connection.send(request).await?;
        ensure!(
            response.status == status,
            "{} instead of {status} for {}",
            response.status,
            String::from_utf8_lossy(&request[..request.len().min(300)])
        );
        content_bytes += response.content_bytes;
    }
    Ok(content_bytes)
}
