//! The server under test.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{Semaphore, watch};

use crate::scale::Scale;

/// How many clients may be connecting at the same time.
const MAX_CONNECTING: usize = 500;

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
    /// Its process id.
    pub process: u32,
    established: AtomicUsize,
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

    /// Counts established clients from 0 again.
    pub fn reset_established(&self) {
        self.established.store(0, Ordering::Relaxed);
    }

    /// How many clients have reached their final state.
    pub fn established(&self) -> usize {
        self.established.load(Ordering::Relaxed)
    }
}
