//! The writer: one thread with the only connection that writes, and its queue.

#[cfg(test)]
mod tests;
mod thread;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use crossbeam_channel::Sender;
use runledger_store::{ChangeFeed, Result, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

pub use self::thread::Batch;
use self::thread::{Acknowledge, Job};
use crate::{files::OpenFiles, migrations, tenants};

/// The running thread and its queue. Dropping it writes what is queued and ends the thread.
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    files: Arc<OpenFiles>,
    /// Whether a write has failed and none has been found to succeed since.
    failed: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread that owns this connection to the file at `path`. Committed changes are
    /// published to `feed`.
    ///
    /// # Errors
    /// [`StoreError::Engine`] if the file cannot be read or no thread can be started.
    pub fn start(connection: Connection, path: &Path, feed: Arc<ChangeFeed>) -> Result<Self> {
        // SQLite creates the log at the first reading.
        tenants::expect_readable(&connection)?;
        let files = Arc::new(OpenFiles::note(path)?);
        let (jobs, queue) = crossbeam_channel::unbounded();
        let failed = Arc::new(AtomicBool::new(false));
        let thread = std::thread::Builder::new()
            .name("runledger-writer".into())
            .spawn({
                let (files, failed) = (Arc::clone(&files), Arc::clone(&failed));
                move || thread::run(connection, &files, &queue, &failed, &feed)
            })
            .map_err(|error| StoreError::engine_from("the writer cannot be started", error))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), files, failed })
    }

    /// A sender to the queue. The thread ends only after all senders have been dropped.
    ///
    /// # Errors
    /// [`StoreError::Closed`].
    pub fn queue(&self) -> Result<WriteQueue> {
        Ok(WriteQueue(self.jobs.clone().ok_or(StoreError::Closed)?))
    }

    /// The number of writes that have not begun.
    pub fn queue_length(&self) -> usize {
        self.jobs.as_ref().map_or(0, Sender::len)
    }

    /// Checks that a write can succeed at this moment. After a failure this writes: a file, for the
    /// disk space, and a page of the database without a change. Otherwise it is enough to begin a
    /// transaction and to find the files.
    ///
    /// # Errors
    /// The reason why a write cannot succeed.
    pub async fn ready(&self) -> Result<()> {
        let (failed, recovered) = (Arc::clone(&self.failed), Arc::clone(&self.failed));
        let files = Arc::clone(&self.files);
        let work = move |batch: &mut Batch<'_>| {
            if failed.load(Ordering::Relaxed) {
                files.expect_disk_space()?;
                migrations::rewrite_version(batch.connection)?;
            }
            Ok(())
        };
        self.write(work, move |()| recovered.store(false, Ordering::Relaxed)).await
    }

    /// Runs `work` in the next transaction and returns when that is on disk; `committed` is called
    /// just before.
    ///
    /// # Errors
    /// Those of `work` and of the commit. If a job of a transaction fails, none of its jobs is
    /// written and all report a failure.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> crate::Result<T> + Send + 'static,
        committed: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T> {
        let (respond, response) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            let result = batch.map(work);
            let written = matches!(result, Some(Ok(_)));
            let acknowledge: Acknowledge = Box::new(move |failure| {
                let result = match (result, failure) {
                    (Some(Err(error)), _) => Err(error.into()),
                    (_, Some(failure)) => Err(failure.clone()),
                    (Some(Ok(value)), None) => {
                        committed(&value);
                        Ok(value)
                    }
                    (None, None) => Err(not_started()),
                };
                // The caller may have given up.
                let _ = respond.send(result);
            });
            (written, acknowledge)
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)?;
        response.await.unwrap_or_else(|_| Err(not_started()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A sender to the writer's queue for writes whose results are not awaited.
pub struct WriteQueue(Sender<Job>);

impl WriteQueue {
    /// Runs `work` in one of the next transactions. A failure is logged.
    pub fn write(&self, work: impl FnOnce(&mut Batch<'_>) -> crate::Result<()> + Send + 'static) {
        let job: Job = Box::new(move |batch| {
            let result = batch.map(work);
            let written = matches!(result, Some(Ok(())));
            let acknowledge: Acknowledge = Box::new(move |failure| {
                let error = result.and_then(Result::err).map(StoreError::from);
                if let Some(error) = error.as_ref().or(failure) {
                    tracing::error!(error = error.report(), "a background write failed");
                }
            });
            (written, acknowledge)
        });
        // If the writer has ended, there is nothing to keep up to date.
        let _ = self.0.send(job);
    }
}

fn not_started() -> StoreError {
    StoreError::engine("the write did not take place")
}
