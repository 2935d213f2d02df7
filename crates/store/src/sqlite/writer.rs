//! The one writer: what has queued up is written in one transaction and acknowledged after its commit.

use std::{
    panic::AssertUnwindSafe,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crossbeam_channel::{Receiver, Sender};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::oneshot;

use super::{Result, counts::Deltas, dictionary::Dictionary, files::Files, schema};
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
/// Writes into a transaction, where there is one, and says whether it could.
type Job = Box<dyn FnOnce(Option<&mut Batch<'_>>) -> (bool, Acknowledge) + Send>;

/// The writer's thread and the queue before it.
pub struct Writer {
    jobs: Option<Sender<Job>>,
    thread: Option<thread::JoinHandle<()>>,
    files: Arc<Files>,
    /// Whether a write has failed since it was last found that writes succeed.
    failed: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread that owns this connection to the file at `path`.
    pub fn start(connection: Connection, path: &Path) -> Result<Self> {
        // With the first reading the log is there.
        connection.query_row("SELECT count(*) FROM tenant", [], |_| Ok(()))?;
        let files = Arc::new(Files::noted(path)?);
        let (jobs, queue) = crossbeam_channel::unbounded();
        let failed = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new()
            .name("runledger-writer".into())
            .spawn({
                let (files, failed) = (Arc::clone(&files), Arc::clone(&failed));
                move || run(connection, &files, &queue, &failed)
            })
            .map_err(|error| StoreError::Engine(format!("no thread for writing: {error}")))?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread), files, failed })
    }

    /// A way into the queue. The writer ends only after every such way has been dropped.
    pub fn post(&self) -> Result<Post> {
        Ok(Post(self.jobs.clone().ok_or(StoreError::Closed)?))
    }

    /// Whether something can be written at this moment. Where a write has failed, that is tried, with some room and with
    /// a write that changes nothing; otherwise it is enough that the files are there and nobody else holds them.
    pub async fn ready(&self) -> Result<()> {
        let (failed, over) = (Arc::clone(&self.failed), Arc::clone(&self.failed));
        let files = Arc::clone(&self.files);
        let work = move |batch: &mut Batch<'_>| {
            if failed.load(Ordering::Relaxed) {
                files.try_room()?;
                schema::write_nothing(batch.connection)?;
            }
            Ok(())
        };
        self.write(work, move |()| over.store(false, Ordering::Relaxed)).await
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
                    (Some(Err(error)), _) => Err(error),
                    (_, Some(failure)) => Err(failure.clone()),
                    (Some(Ok(value)), None) => {
                        committed(&value);
                        Ok(value)
                    }
                    (None, None) => Err(not_done()),
                };
                // Nobody waits any more where the request was given up.
                let _ = answer.send(result);
            });
            (done, acknowledge)
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(job).map_err(|_| StoreError::Closed)?;
        answered.await.unwrap_or_else(|_| Err(not_done()))
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
                if let Some(error) = result.and_then(Result::err).or(failure.cloned()) {
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

fn run(mut connection: Connection, files: &Files, queue: &Receiver<Job>, failed: &AtomicBool) {
    let mut dictionary = Dictionary::default();
    while let Ok(first) = queue.recv() {
        let jobs: Vec<Job> =
            std::iter::once(first).chain(queue.try_iter().take(MOST_JOBS - 1)).collect();
        let mut acknowledgements = Vec::with_capacity(jobs.len());
        // A panic drops the acknowledgements and rolls the transaction back; the callers hear of it.
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut jobs = jobs.into_iter();
            let done =
                transact(&mut connection, files, &mut dictionary, &mut jobs, &mut acknowledgements);
            acknowledgements.extend(jobs.map(|job| job(None).1));
            // They may have been deleted while the commit went on: what is acknowledged can be found again.
            done.and_then(|()| files.check())
        }));
        let failure = outcome
            .unwrap_or_else(|_| Err(StoreError::Engine("a write panicked".to_owned())))
            .err();
        if failure.is_some() {
            dictionary = Dictionary::default();
            failed.store(true, Ordering::Relaxed);
        }
        for acknowledge in acknowledgements {
            acknowledge(failure.as_ref());
        }
    }
}

/// Does the jobs in one transaction. Where it fails, those that are left have not been started.
fn transact(
    connection: &mut Connection,
    files: &Files,
    dictionary: &mut Dictionary,
    jobs: &mut impl Iterator<Item = Job>,
    acknowledgements: &mut Vec<Acknowledge>,
) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut batch = Batch { connection: &transaction, dictionary, deltas: Deltas::default() };
    for job in jobs {
        let (done, acknowledge) = job(Some(&mut batch));
        acknowledgements.push(acknowledge);
        // The rest must not start: after some errors (a full disk, say) SQLite has ended the transaction itself,
        // and what they wrote would stay, uncounted.
        if !done {
            return Err(StoreError::Engine("another write of the same transaction failed".into()));
        }
    }
    batch.deltas.write(&transaction)?;
    files.check()?;
    transaction.commit()?;
    Ok(())
}

fn not_done() -> StoreError {
    StoreError::Engine("the write did not take place".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that a failed transaction gave to words were never written.
    #[test]
    fn words_of_a_failed_transaction_are_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let connection = schema::open_writer(&path).expect("a file");
        let writer = Writer::start(connection, &path);
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
        let connection = schema::open_writer(&folder.path().join("t.db"));
        let level = connection
            .expect("a file")
            .pragma_query_value(None, "synchronous", |row| row.get::<_, i32>(0));
        assert_eq!(level.expect("a level"), 2, "FULL");
    }

    #[test]
    fn a_panic_undoes_its_transaction_and_the_writer_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let connection = schema::open_writer(&path).expect("a file");
        connection.execute_batch("CREATE TABLE t (x)").expect("a table");
        let writer = Writer::start(connection, &path).expect("a thread");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let write = |x: i32| {
            let work = move |batch: &mut Batch<'_>| {
                batch.connection.execute("INSERT INTO t VALUES (?1)", [x])?;
                if x == 1 { panic!("on purpose") } else { Ok(()) }
            };
            runtime.block_on(writer.write(work, |()| {}))
        };
        for _ in 0..3 {
            assert!(matches!(write(1), Err(StoreError::Engine(_))));
            assert!(write(2).is_ok());
        }
        drop(writer);
        let connection = Connection::open(&path).expect("a file");
        let sum = connection.query_row("SELECT sum(x) FROM t", [], |row| row.get::<_, i32>(0));
        assert_eq!(sum.expect("a row"), 6, "nothing of what panicked is there");
    }

    /// After a full disk, say, SQLite has ended the transaction itself.
    #[test]
    fn nothing_is_written_after_a_job_that_ended_the_transaction() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.db");
        let connection = schema::open_writer(&path).expect("a file");
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
