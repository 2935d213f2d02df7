//! Keeps keys in step with the file: what other processes change of them is read, and when they were used is written.

use std::{
    path::Path,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rusqlite::Connection;

use super::{
    Result,
    keys::{self, Keys},
    schema,
    writer::Post,
};
use crate::StoreError;

/// How often to look whether another process has changed a key; a revocation must reach this one within a second. (A
/// new key is looked for when it is first used.)
const PERIOD: Duration = Duration::from_millis(250);
/// After how many periods the uses of keys are written: every ten seconds.
const PERIODS_BETWEEN_USES: u32 = 40;

/// The thread that does it, which ends with this value, and writes the last uses before.
pub struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Starts the thread, which has a connection of its own to the file.
    pub fn start(keys: Arc<Keys>, path: &Path, post: Post) -> Result<Self> {
        let connection = schema::open_reader(path)?;
        let (stop, stopped) = crossbeam_channel::bounded(0);
        let thread = thread::Builder::new()
            .name("runledger-keys".into())
            .spawn(move || run(&connection, &keys, &post, &stopped));
        let failed = |error| StoreError::Engine(format!("no thread for the keys: {error}"));
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

fn run(connection: &Connection, keys: &Keys, post: &Post, stopped: &Receiver<()>) {
    let (mut seen, mut failing, mut periods) = (None, false, 0);
    while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        let followed = follow(connection, keys, &mut seen);
        match &followed {
            Err(error) if !failing => tracing::error!(%error, "changes of keys cannot be seen"),
            Ok(()) if failing => tracing::info!("changes of keys are seen again"),
            _ => {}
        }
        failing = followed.is_err();
        periods += 1;
        if periods % PERIODS_BETWEEN_USES == 0 {
            write_uses(keys, post);
        }
    }
    write_uses(keys, post);
}

fn follow(connection: &Connection, keys: &Keys, seen: &mut Option<i64>) -> Result<()> {
    let sql = "SELECT n FROM key_change";
    let now = connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    if *seen != Some(now) {
        keys.reload(connection)?;
        *seen = Some(now);
    }
    Ok(())
}

fn write_uses(keys: &Keys, post: &Post) {
    let uses = keys.take_uses();
    if !uses.is_empty() {
        post.write(move |batch| keys::write_uses(batch.connection, &uses));
    }
}
