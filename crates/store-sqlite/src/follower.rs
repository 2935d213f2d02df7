//! The thread that keeps what is in memory and the database in step: it reads the changes of other
//! processes, those of keys and those of runs, and writes when keys were used.

use std::{
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use runledger_store::{ChangeFeed, KeyCache, Result, StoreError};
use rusqlite::Connection;

use crate::{changes, connection, keys, writer::WriteQueue};

/// How often the thread looks for changes: the revocation of a key must take effect within a
/// second, and who watches the runs of a tenant is told within this time. A new key is looked for
/// when it is first used.
const PERIOD: Duration = Duration::from_millis(250);
/// The number of periods after which the uses of keys are written: every ten seconds.
const PERIODS_BETWEEN_WRITES: u32 = 40;

/// The running thread. Dropping it writes the last uses and ends the thread.
pub struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts the thread, with a connection of its own to the file.
    ///
    /// # Errors
    /// [`StoreError::Engine`] if the file cannot be opened or no thread can be started.
    pub fn start(
        cache: Arc<KeyCache>,
        feed: Arc<ChangeFeed>,
        path: &Path,
        queue: WriteQueue,
    ) -> Result<Self> {
        let connection = connection::open_reader(path)?;
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = thread::Builder::new()
            .name("runledger-follower".into())
            .spawn(move || run(&connection, &cache, &feed, &queue, &stopped));
        let failed = |error| StoreError::engine_from("the follower cannot be started", error);
        Ok(Self { stop: Some(stop), thread: Some(thread.map_err(failed)?) })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(
    connection: &Connection,
    cache: &KeyCache,
    feed: &ChangeFeed,
    queue: &WriteQueue,
    stopped: &Receiver<()>,
) {
    let (mut failing, mut periods) = (false, 0);
    while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        let followed = keys::follow(connection, cache).and_then(|()| publish(connection, feed));
        let followed = followed.map_err(StoreError::from);
        match &followed {
            Err(error) if !failing => {
                tracing::error!(error = error.report(), "changes cannot be read");
            }
            Ok(()) if failing => tracing::info!("changes are read again"),
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

/// Tells those who watch a tenant about its last change.
fn publish(connection: &Connection, feed: &ChangeFeed) -> crate::Result<()> {
    for tenant in feed.watched() {
        feed.publish(tenant, changes::last(connection, tenant.0)?);
    }
    Ok(())
}

fn write_uses(cache: &KeyCache, queue: &WriteQueue) {
    let uses = cache.take_uses();
    if !uses.is_empty() {
        queue.write(move |batch| keys::write_uses(batch.connection, &uses));
    }
}
