//! An attack: so many attackers of each kind, and a probe beside them.

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

use crate::{Scale, Shared, memory::Memory, probe::Probe};

/// The most rounds of the probe, however slowly an attack goes.
const MOST_ROUNDS: u32 = 300_000;
/// After how many errors of the probe it is clear how it ends.
const MOST_ERRORS: usize = 20;
/// How many attackers connect at the same moment.
const CONNECTING: usize = 500;

/// Some attackers.
pub struct Attack {
    /// What they do, for people.
    pub name: &'static str,
    /// How many do what.
    pub parts: Vec<(usize, Part)>,
}

/// What one attacker does; it ends where it has done all that it can do.
pub type Part = fn(Shared) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// The server, and what is the matter with it.
pub struct Target {
    /// Where it listens.
    pub address: SocketAddr,
    /// A key to it.
    pub key: String,
    /// How large the siege is.
    pub scale: Scale,
    /// How often the probe has asked: what is done now and then is done in step with it.
    pub rounds: watch::Sender<u32>,
    /// A place among those that connect at the same moment.
    pub connecting: Semaphore,
    process: u32,
    standing: AtomicUsize,
}

/// What the probe saw during an attack.
pub struct Outcome {
    /// Its median wait in milliseconds.
    pub median: f64,
    /// Its longest wait.
    pub worst: f64,
    /// How often it was not answered as it must be.
    pub errors: usize,
    /// The most memory that the server took, in bytes.
    pub peak: u64,
    /// How much of what it took at the end is its own, and not pages of files.
    pub own: u64,
}

impl Attack {
    /// One of these parts.
    pub fn of(name: &'static str, parts: Vec<(usize, Part)>) -> Self {
        Self { name, parts }
    }

    /// How many connections it has at a time.
    pub fn connections(&self) -> usize {
        self.parts.iter().map(|(number, _)| number).sum()
    }
}

impl Target {
    /// The server with this number.
    pub fn new(address: SocketAddr, process: u32, key: String, scale: Scale) -> Shared {
        Arc::new(Self {
            address,
            key,
            scale,
            rounds: watch::channel(0).0,
            connecting: Semaphore::new(CONNECTING),
            process,
            standing: AtomicUsize::new(0),
        })
    }

    /// Says that an attacker has got to where it stays.
    pub fn stand(&self) {
        self.standing.fetch_add(1, Ordering::Relaxed);
    }
}

/// Attacks, and probes until all attackers stand or are done, and for some rounds more.
pub async fn besiege(target: &Shared, attack: &Attack) -> Outcome {
    let memory = Memory::of(target.process);
    memory.forget_peak();
    target.standing.store(0, Ordering::Relaxed);
    let mut attackers = JoinSet::new();
    for (number, part) in &attack.parts {
        for _ in 0..*number {
            attackers.spawn(part(Arc::clone(target)));
        }
    }
    let (mut probe, mut rounds, mut own) = (Probe::new(target), 0, 0);
    while rounds < target.scale.rounds && probe.errors() < MOST_ERRORS {
        probe.ask().await;
        target.rounds.send_modify(|round| *round += 1);
        while let Some(done) = attackers.try_join_next() {
            done.expect("an attacker who does what it does");
        }
        own = own.max(memory.own());
        if target.standing.load(Ordering::Relaxed) >= attackers.len() {
            rounds += 1;
        }
        assert!(probe.asked() < MOST_ROUNDS, "{}: it does not end", attack.name);
    }
    let (median, worst, errors) = probe.result();
    let outcome = Outcome { median, worst, errors, peak: memory.peak(), own };
    attackers.shutdown().await;
    outcome
}
