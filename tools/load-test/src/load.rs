//! A load: so many clients of each kind, and a probe beside them.

use std::{future::Future, pin::Pin, sync::Arc};

use tokio::task::JoinSet;

use crate::{memory::Memory, probe::Probe, target::Target};

/// Ends the test where a load is never established; no load takes nearly as many rounds.
const MAX_ROUNDS: u32 = 300_000;
/// Errors of the probe after which the outcome is clear.
const MAX_ERRORS: usize = 20;

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

/// Applies a load, probes until every client is established or has ended, and for some rounds more.
///
/// # Panics
/// Where a client panics, or the load is not established after very many rounds.
pub async fn apply(target: &Arc<Target>, load: &Load) -> Outcome {
    let memory = Memory::of(target.process);
    memory.reset_peak();
    target.reset_established();
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
        if target.established() >= clients.len() {
            rounds += 1;
        }
        assert!(probe.rounds() < MAX_ROUNDS, "{}: the load is not established", load.name);
    }
    let (median_ms, longest_ms, errors) = probe.result();
    let peak_bytes = memory.peak();
    clients.shutdown().await;
    Outcome { median_ms, longest_ms, errors, peak_bytes, anonymous_bytes }
}
