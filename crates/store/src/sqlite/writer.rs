//! The one writer: what has queued up is written in one transaction and acknowledged after its commit.

use std::{collections::VecDeque, panic::AssertUnwindSafe, path::Path, thread};

use crossbeam_channel::{Receiver, Sender};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::{Result, counts::Deltas, dictionary::Dictionary, open_file::OpenFile};
use crate::StoreError;

/// The most jobs in one transaction; each is at most one request.
const MOST_JOBS: usize = 64;

/// What a job writes into: the open transaction and what is only written at its end.
pub struct Batch<'a> {
    /// The transaction's connection.
    pub connection: &'a Connection,
    /// What the writer remembers of the dictionaries.
    pub dictionary: &'a mut Dictionary,
    /// The changes of counts, written just before the commit.
    pub deltas: Deltas,
}

/// Tells a job's caller how its transaction ended: `None` for a commit, or why there was none.
type Acknowledge = Box<dyn FnOnce(Option<&StoreError>) + Send>;
/// Work to do in a transaction, or not to do where there is none; whether it was done, and how to tell its caller.
type Job = Box<dyn FnOnce(Option<&mut Batch<'_>>) -> (bool, Acknowledge) + Send>;

/// The writer's thread and the queue before it.
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread that owns this connection to this file.
    pub fn start(connection: Connection, path: &Path) -> Result<Self> {
        let file = OpenFile::at(path)?;
        let (jobs, queue) = crossbeam_channel::unbounded();
        let thread = thread::Builder::new()
            .name("runledger-writer".into())
            .spawn(move || run(connection, &file, &queue))
            .map_err(|error| StoreError::Engine(format!("no thread for writing: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// A way into the queue. The writer ends only after every such way has been dropped.
    pub fn post(&self) -> Result<Post> {
        Ok(Post(self.jobs.clone().ok_or(StoreError::Closed)?))
    }

    /// Does `work` in the next transaction and answers once that is on disk; `committed` is called before.
    /// Where any job of the transaction fails nothing of it is written, and all of them hear of it.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Batch<'_>) -> Result<T> + Send + 'static,
        committed: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            let result = batch.map(work);
            let done = matches!(result, Some(Ok(_)));
            let acknowledge: Acknowledge = Box::new(move |failure| {
                let result = match (result, failure) {
                    (Some(Ok(value)), None) => {
                        committed(&value);
                        Ok(value)
                    }
                    (Some(Err(error)), _) => Err(error),
                    (_, failure) => Err(failure.cloned().unwrap_or(StoreError::Closed)),
                };
                // Nobody waits any more where the request was given up.
                let _ = answer.send(result);
            });
            (done, acknowledge)
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)?;
        answered
            .await
            .unwrap_or_else(|_| Err(StoreError::Engine("the write did not take place".into())))
    }
}

/// Puts work into the writer's queue for whoever waits for nothing.
pub struct Post(Sender<Job>);

impl Post {
    /// Does `work` in one of the next transactions; what fails goes to the log.
    pub fn write(&self, work: impl FnOnce(&mut Batch<'_>) -> Result<()> + Send + 'static) {
        let job: Job = Box::new(move |batch| {
            let result = batch.map(work);
            let done = matches!(result, Some(Ok(())));
            let acknowledge: Acknowledge = Box::new(move |failure| {
                let failed = result.and_then(Result::err);
                if let Some(error) = failed.or(failure.cloned()) {
                    tracing::error!(%error, "a write of the ledger's own failed");
                }
            });
            (done, acknowledge)
        });
        // Where the writer has ended there is nothing to keep up to date.
        let _ = self.0.send(job);
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

fn run(mut connection: Connection, file: &OpenFile, queue: &Receiver<Job>) {
    let mut dictionary = Dictionary::default();
    while let Ok(first) = queue.recv() {
        let jobs = std::iter::once(first).chain(queue.try_iter().take(MOST_JOBS - 1));
        let mut jobs: VecDeque<Job> = jobs.collect();
        let mut acknowledgements = Vec::with_capacity(jobs.len());
        // A panic rolls the transaction back; its own caller's channel is dropped, which says so.
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
            transact(&mut connection, file, &mut dictionary, &mut jobs, &mut acknowledgements)
        }));
        let failure = match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error),
            Err(_) => Some(StoreError::Engine("a write panicked".to_owned())),
        };
        if failure.is_some() {
            dictionary = Dictionary::default();
            acknowledgements.extend(jobs.drain(..).map(|job| job(None).1));
        }
        for acknowledge in acknowledgements {
            acknowledge(failure.as_ref());
        }
    }
}

fn transact(
    connection: &mut Connection,
    file: &OpenFile,
    dictionary: &mut Dictionary,
    jobs: &mut VecDeque<Job>,
    acknowledgements: &mut Vec<Acknowledge>,
) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut batch = Batch { connection: &transaction, dictionary, deltas: Deltas::default() };
    while let Some(job) = jobs.pop_front() {
        let (done, acknowledge) = job(Some(&mut batch));
        acknowledgements.push(acknowledge);
        // The rest must not start: after some errors (a full disk, say) SQLite has ended the transaction itself,
        // and what they wrote would stay, uncounted.
        if !done {
            return Err(StoreError::Engine("another write of the same transaction failed".into()));
        }
    }
    batch.deltas.write(&transaction)?;
    file.check()?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that a failed transaction gave to words were never written.
    #[test]
    fn words_of_a_failed_transaction_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let writer =
            Writer::start(super::super::schema::open_writer(&path).expect("a file"), &path);
        let writer = writer.expect("a thread");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let number = |uid: &'static str, fails: bool| {
            let work = move |batch: &mut Batch<'_>| {
                let number = batch.dictionary.workflow(batch.connection, 1, uid)?;
                if fails { Err(StoreError::Closed) } else { Ok(number) }
            };
            runtime.block_on(writer.write(work, |_| {}))
        };
        assert!(number("lost", true).is_err());
        let other = number("other", false).expect("written");
        let lost = number("lost", false).expect("written");
        assert_ne!(lost, other, "two workflows have one number");
    }

    #[test]
    fn what_is_acknowledged_is_on_disk() {
        let folder = tempfile::tempdir().expect("a folder");
        let connection = super::super::schema::open_writer(&folder.path().join("t.db"));
        let level = connection
            .expect("a file")
            .pragma_query_value(None, "synchronous", |row| row.get::<_, i32>(0));
        assert_eq!(level.expect("a level"), 2, "FULL");
    }

    /// After a full disk, say, SQLite has ended the transaction itself.
    #[test]
    fn nothing_is_written_after_a_job_that_ended_the_transaction() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let connection = super::super::schema::open_writer(&path).expect("a file");
        connection.execute_batch("CREATE TABLE t (x)").expect("a table");
        let writer = Writer::start(connection, &path).expect("a thread");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        // Holds the writer until the others stand in the queue, so that they share a transaction.
        let (release, held) = crossbeam_channel::bounded::<()>(1);
        let (begin, begun) = crossbeam_channel::bounded::<()>(1);
        let hold = writer.write(move |_| Ok(begin.send(()).is_ok() && held.recv().is_ok()), |_| {});
        let fail = writer.write(
            |batch| {
                batch.connection.execute_batch("INSERT INTO t VALUES (1); ROLLBACK;")?;
                Err::<(), _>(StoreError::Engine("the disk is full".into()))
            },
            |_| {},
        );
        let insert = writer
            .write(|batch| Ok(batch.connection.execute("INSERT INTO t VALUES (2)", [])?), |_| {});
        let (held, (failed, inserted, ())) = runtime.block_on(async {
            tokio::join!(hold, async {
                begun.recv().expect("the writer is at it");
                tokio::join!(fail, insert, async { release.send(()).expect("the writer waits") })
            })
        });
        assert!(held.is_ok_and(|done| done));
        assert!(failed.is_err() && inserted.is_err(), "{failed:?} {inserted:?}");

        let insert =
            |batch: &mut Batch<'_>| Ok(batch.connection.execute("INSERT INTO t VALUES (3)", [])?);
        assert!(runtime.block_on(writer.write(insert, |_| {})).is_ok(), "the writer goes on");
        drop(writer);
        let connection = Connection::open(&path).expect("a file");
        let all: String = connection
            .query_row("SELECT group_concat(x) FROM t", [], |row| row.get(0))
            .expect("a row");
        assert_eq!(all, "3");
    }
}
