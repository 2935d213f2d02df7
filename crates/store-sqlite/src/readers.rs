//! The reader threads and their queue.

use std::{panic::AssertUnwindSafe, path::Path, thread};

use crossbeam_channel::{Receiver, Sender};
use runledger_store::{Result, StoreError};
use tokio::sync::oneshot;

use crate::Reader;

type Job = Box<dyn FnOnce(&Reader) + Send>;

/// A thread for each core. Each has a connection that stays on it, so that its caches stay warm.
pub struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Readers {
    /// Opens the connections with `open` and starts the threads.
    ///
    /// # Errors
    /// [`StoreError::Engine`] if the file cannot be opened or no thread can be started.
    pub fn start(path: &Path, open: fn(&Path) -> Result<Reader>) -> Result<Self> {
        let count = thread::available_parallelism().map_or(2, |n| n.get().max(2));
        let (jobs, queue) = crossbeam_channel::unbounded::<Job>();
        let mut readers = Self { jobs: Some(jobs), threads: Vec::with_capacity(count) };
        for _ in 0..count {
            let reader = open(path)?;
            let queue: Receiver<Job> = queue.clone();
            let thread = thread::Builder::new().name("runledger-reader".into()).spawn(move || {
                for job in queue {
                    // A job that panics drops its channel, which its caller sees. The thread goes
                    // on.
                    let _ = std::panic::catch_unwind(AssertUnwindSafe(|| job(&reader)));
                }
            });
            let failed = |error| StoreError::engine_from("a reader cannot be started", error);
            readers.threads.push(thread.map_err(failed)?);
        }
        Ok(readers)
    }

    /// Runs `work` on the next free reader.
    ///
    /// # Errors
    /// Those of `work`, [`StoreError::Closed`], and [`StoreError::Engine`] if `work` panics.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (respond, response) = oneshot::channel();
        let job: Job = Box::new(move |reader| {
            // Skipped if the caller has given up: a queue of such jobs takes no time.
            if !respond.is_closed() {
                let _ = respond.send(work(reader));
            }
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)?;
        response.await.unwrap_or_else(|_| Err(StoreError::engine("a reader panicked")))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_panic_the_thread_serves_the_next_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let _writer = crate::connection::open_writer(&path, false).expect("a file");
        let readers = Readers::start(&path, Reader::open).expect("threads");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        // More reads than threads, so that each thread serves one after a panic.
        for _ in 0..2 * readers.threads.len() {
            let read = runtime.block_on(readers.read::<()>(|_| panic!("on purpose")));
            assert!(matches!(read, Err(StoreError::Engine { .. })), "{read:?}");
            assert!(runtime.block_on(readers.read(Reader::expect_readable)).is_ok());
        }
    }
}
