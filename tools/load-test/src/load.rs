//! A load: so many clients of each kind, and a probe beside them.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    sync::{Semaphore, watch},
    task::JoinSet,
};

use crate::{memory::Memory, probe::Probe, scale::Scale};

/// Ends the test where a load is never established; no load takes nearly as many rounds.
const MAX_ROUNDS: u32 = 300_000;
/// Errors of the probe after which the outcome is clear.
const MAX_ERRORS: usize = 20;
/// How many clients may be connecting at the same time.
const MAX_CONNECTING: usize = 500;

/// Clients that act at the same time.
pub struct Load {
    /// What they do.
    pub name: &'static str,
    /// How many clients do what.
    pub clients: Vec<(usize, Client)>,
}

/// What one client does; it ends where it has nothing left to do.
pub type Client = fn(Arc<Target>) -> Behavior;

/// What a client does until its load ends.
pub type Behavior = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The server under test, as the clients of a load share it.
pub struct Target {
    /// The address it listens on.
    pub address: SocketAddr,
    /// An API key.
    pub key: String,
    /// How large the test is.
    pub scale: Scale,
    /// How many rounds the probe has made; clients act every so many rounds.
    pub rounds: watch::Sender<u32>,
    /// Permits to be connecting.
    pub connecting: Semaphore,
    process: u32,
    established: AtomicUsize,
}

/// What was measured under a load.
pub struct Outcome {
    /// The probe's median waiting time in milliseconds.
    pub median_ms: f64,
    /// The probe's longest waiting time in milliseconds.
    pub longest_ms: f64,
    /// How many requests of the probe failed.
    pub errors: usize,
    /// Peak of the server's resident memory, in bytes.
    pub peak_bytes: u64,
    /// Highest observed anonymous (not file-backed) resident memory, in bytes.
    pub anonymous_bytes: u64,
}

impl Load {
    /// So many clients of each kind.
    pub fn of(name: &'static str, clients: Vec<(usize, Client)>) -> Self {
        Self { name, clients }
    }

    /// How many connections it has at a time.
    pub fn connections(&self) -> usize {
        self.clients.iter().map(|(count, _)| count).sum()
    }
}

impl Target {
    /// The server of this process.
    pub fn new(address: SocketAddr, process: u32, key: String, scale: Scale) -> Arc<Self> {
        Arc::new(Self {
            address,
            key,
            scale,
            rounds: watch::channel(0).0,
            connecting: Semaphore::new(MAX_CONNECTING),
            process,
            established: AtomicUsize::new(0),
        })
    }

    /// Counts one more client that has reached its final state.
    pub fn count_established(&self) {
        self.established.fetch_add(1, Ordering::Relaxed);
    }
}

/// Applies a load, probes until every client is established or has ended, and for some rounds more.
///
/// # Panics
/// Where a client panics, or the load is not established after very many rounds.
pub async fn apply(target: &Arc<Target>, load: &Load) -> Outcome {
    let memory = Memory::of(target.process);
    memory.reset_peak();
    target.established.store(0, Ordering::Relaxed);
    let mut clients = JoinSet::new();
    for (count, client) in &load.clients {
        for _ in 0..*count {
            clients.spawn(client(Arc::clone(target)));
        }
    }
    let (mut probe, mut rounds, mut anonymous_bytes) = (Probe::new(target), 0, 0);
    while rounds < target.scale.rounds && probe.errors() < MAX_ERRORS {
        probe.request().await;
        target.rounds.send_modify(|round| *round += 1);
        while let Some(ended) = clients.try_join_next() {
            ended.expect("a client does not panic");
        }
        anonymous_bytes = anonymous_bytes.max(memory.anonymous());
        if target.established.load(Ordering::Relaxed) >= clients.len() {
            rounds += 1;
        }
        assert!(probe.rounds() < MAX_ROUNDS, "{}: the load is not established", load.name);
    }
    let (median_ms, longest_ms, errors) = probe.result();
    let peak_bytes = memory.peak();
    clients.shutdown().await;
    Outcome { median_ms, longest_ms, errors, peak_bytes, anonymous_bytes }
}
