//! The readers' threads and the queue before them.

use std::{panic::AssertUnwindSafe, path::Path, thread};

use crossbeam_channel::{Receiver, Sender};
use tokio::sync::oneshot;

use super::{Reader, Result};
use crate::StoreError;

type Job = Box<dyn FnOnce(&Reader) + Send>;

/// One thread per core, each with a connection that never leaves it: what is cached stays warm.
pub struct Readers {
    jobs: Option<Sender<Job>>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Readers {
    /// Opens the connections and starts the threads.
    pub fn start(path: &Path) -> Result<Self> {
        let count = thread::available_parallelism().map_or(2, |n| n.get().max(2));
        let (jobs, queue) = crossbeam_channel::unbounded::<Job>();
        let mut readers = Self { jobs: Some(jobs), threads: Vec::with_capacity(count) };
        for _ in 0..count {
            let reader = Reader::open(path)?;
            let queue: Receiver<Job> = queue.clone();
            let thread = thread::Builder::new().name("runledger-reader".into()).spawn(move || {
                for job in queue {
                    // A job that panics answers nothing, which its caller sees; the thread goes on.
                    let _ = std::panic::catch_unwind(AssertUnwindSafe(|| job(&reader)));
                }
            });
            let failed = |error| StoreError::Engine(format!("no thread for reading: {error}"));
            readers.threads.push(thread.map_err(failed)?);
        }
        Ok(readers)
    }

    /// Does this on the next free reader.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |reader| {
            // Nobody waits any more where the request was given up: a queue of those is no work.
            if !answer.is_closed() {
                let _ = answer.send(work(reader));
            }
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)?;
        answered.await.unwrap_or_else(|_| Err(StoreError::Engine("a reader panicked".into())))
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
    fn a_panic_is_an_error_of_one_read_and_its_thread_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let _writer = super::super::schema::open_writer(&path).expect("a file");
        let readers = Readers::start(&path).expect("threads");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        // More often than there are threads: none of them may be left out afterwards.
        for _ in 0..2 * readers.threads.len() {
            let read = runtime.block_on(readers.read::<()>(|_| panic!("on purpose")));
            assert!(matches!(read, Err(StoreError::Engine(_))), "{read:?}");
            assert!(runtime.block_on(readers.read(Reader::check)).is_ok());
        }
    }
}
