//! The writer's thread: what is queued is written in one transaction and acknowledged after its
//! commit.

use std::{
    panic::AssertUnwindSafe,
    sync::atomic::{AtomicBool, Ordering},
};

use crossbeam_channel::Receiver;
use runledger_store::{ChangeFeed, Result, StoreError, TenantId, counted_index::Changes};
use rusqlite::{Connection, TransactionBehavior};

use crate::{
    change_numbers::ChangeNumbers, counted_index, dictionary::Dictionary, files::OpenFiles,
};

/// The greatest number of jobs in one transaction. A job is at most one request.
const MAX_JOBS: usize = 64;

/// What a job writes to: the open transaction, and the changes that are written at its end.
pub struct Batch<'a> {
    /// The transaction's connection.
    pub connection: &'a Connection,
    /// The cache of the dictionaries.
    pub dictionary: &'a mut Dictionary,
    /// The changes of counts.
    pub changes: Changes,
    /// The numbers of the changes.
    pub numbers: ChangeNumbers,
}

/// Tells the caller of a job how its transaction ended: `None` after a commit, or else the reason.
pub type Acknowledge = Box<dyn FnOnce(Option<&StoreError>) + Send>;

/// Writes to the transaction, if there is one, and returns whether it has written.
pub type Job = Box<dyn FnOnce(Option<&mut Batch<'_>>) -> (bool, Acknowledge) + Send>;

/// Runs until the queue is closed. `failed` is set when a transaction fails; committed changes are
/// published to `feed`.
pub fn run(
    mut connection: Connection,
    files: &OpenFiles,
    queue: &Receiver<Job>,
    failed: &AtomicBool,
    feed: &ChangeFeed,
) {
    let mut dictionary = Dictionary::default();
    while let Ok(first) = queue.recv() {
        let jobs: Vec<Job> =
            std::iter::once(first).chain(queue.try_iter().take(MAX_JOBS - 1)).collect();
        let mut acknowledgements = Vec::with_capacity(jobs.len());
        // A panic drops the acknowledgements, which the callers see, and rolls the transaction
        // back.
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
            let mut jobs = jobs.into_iter();
            let written =
                transact(&mut connection, files, &mut dictionary, &mut jobs, &mut acknowledgements);
            acknowledgements.extend(jobs.map(|job| job(None).1));
            // The files may have been deleted during the commit: what is acknowledged must be found
            // again.
            let last_changes = written?;
            files.expect_unmoved()?;
            Ok(last_changes)
        }));
        let outcome = outcome.unwrap_or_else(|_| Err(StoreError::engine("a write panicked")));
        let failure = outcome.as_ref().err();
        if failure.is_some() {
            dictionary = Dictionary::default();
            failed.store(true, Ordering::Relaxed);
        }
        for (tenant, last) in outcome.iter().flatten() {
            feed.publish(*tenant, *last);
        }
        for acknowledge in acknowledgements {
            acknowledge(failure);
        }
    }
}

/// Runs the jobs in one transaction. If it fails, the jobs that are left have not been started.
/// Returns the last change of each tenant whose runs were changed.
fn transact(
    connection: &mut Connection,
    files: &OpenFiles,
    dictionary: &mut Dictionary,
    jobs: &mut impl Iterator<Item = Job>,
    acknowledgements: &mut Vec<Acknowledge>,
) -> Result<Vec<(TenantId, u64)>> {
    let transact = || -> crate::Result<_> {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut batch = Batch {
            connection: &transaction,
            dictionary,
            changes: Changes::default(),
            numbers: ChangeNumbers::default(),
        };
        for job in jobs {
            let (written, acknowledge) = job(Some(&mut batch));
            acknowledgements.push(acknowledge);
            // The rest must not start: after some errors, such as a full disk, SQLite has ended the
            // transaction itself, and what they write would be committed at once, without its
            // counts.
            if !written {
                let message = "another write of the same transaction failed";
                return Err(StoreError::engine(message).into());
            }
        }
        counted_index::apply(&transaction, batch.changes)?;
        let last_changes = batch.numbers.write(&transaction)?;
        files.expect_unmoved()?;
        transaction.commit()?;
        Ok(last_changes)
    };
    transact().map_err(StoreError::from)
}
