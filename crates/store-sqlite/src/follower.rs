//! The thread that keeps the key cache and the database in step: it reads the changes of other
//! processes and writes when keys were used.

use std::{
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use runledger_store::{KeyCache, Result, StoreError};
use rusqlite::Connection;

use crate::{connection, keys, writer::WriteQueue};

/// How often the thread looks for changed keys: a revocation must take effect within a second. A
/// new key is looked for when it is first used.
const PERIOD: Duration = Duration::from_millis(250);
/// The number of periods after which the uses of keys are written: every ten seconds.
const PERIODS_BETWEEN_WRITES: u32 = 40;

/// The running thread. Dropping it writes the last uses and ends the thread.
pub struct KeyFollower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl KeyFollower {
    /// Starts the thread, with a connection of its own to the file.
    ///
    /// # Errors
    /// [`StoreError::Engine`] if the file cannot be opened or no thread can be started.
    pub fn start(cache: Arc<KeyCache>, path: &Path, queue: WriteQueue) -> Result<Self> {
        let connection = connection::open_reader(path)?;
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = thread::Builder::new()
            .name("runledger-keys".into())
            .spawn(move || run(&connection, &cache, &queue, &stopped));
        let failed = |error| StoreError::engine_from("the key thread cannot be started", error);
        Ok(Self { stop: Some(stop), thread: Some(thread.map_err(failed)?) })
    }
}

impl Drop for KeyFollower {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, cache: &KeyCache, queue: &WriteQueue, stopped: &Receiver<()>) {
    let (mut failing, mut periods) = (false, 0);
    while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        let followed = keys::follow(connection, cache).map_err(StoreError::from);
        match &followed {
            Err(error) if !failing => {
                tracing::error!(error = error.report(), "changes of keys cannot be read");
            }
            Ok(()) if failing => tracing::info!("changes of keys are read again"),
            _ => {}
        }
        failing = followed.is_err();
        periods += 1;
        if periods % PERIODS_BETWEEN_WRITES == 0 {
            write_uses(cache, queue);
        }
    }
    write_uses(cache, queue);
}

fn write_uses(cache: &KeyCache, queue: &WriteQueue) {
    let uses = cache.take_uses();
    if !uses.is_empty() {
        queue.write(move |batch| keys::write_uses(batch.connection, &uses));
    }
}
