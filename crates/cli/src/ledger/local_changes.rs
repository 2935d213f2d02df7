//! Following the changes in a database file, which another process may write.

use anyhow::Result;
use runledger_model::WorkflowRunChange;
use tokio::sync::watch;

use super::{followed::Followed, local::LocalLedger};

/// The greatest number of changes that are read at a time.
const MAX_READ: usize = 100;

/// The changes of a tenant in a database file, which another process may write.
pub struct LocalChanges<'a> {
    ledger: &'a LocalLedger,
    /// `None` before the first call.
    moves: Option<watch::Receiver<u64>>,
    /// The number of the last change that was returned or existed before.
    after: u64,
    read: std::vec::IntoIter<WorkflowRunChange>,
}

impl<'a> LocalChanges<'a> {
    /// Begins with what changes from now on.
    pub fn new(ledger: &'a LocalLedger) -> Self {
        Self { ledger, moves: None, after: 0, read: Vec::new().into_iter() }
    }

    /// Waits for what comes next.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn next(&mut self) -> Result<Followed> {
        let Some(moves) = &mut self.moves else {
            // Watched before anything is read, so that no change is missed.
            self.moves = Some(self.ledger.watch_changes());
            self.after = self.ledger.last_change().await?;
            return Ok(Followed::Started);
        };
        loop {
            if let Some(change) = self.read.next() {
                self.after = change.number.cast_unsigned();
                return Ok(Followed::Change(Box::new(change)));
            }
            moves.mark_unchanged();
            self.read = self.ledger.changes(self.after, MAX_READ).await?.into_iter();
            if self.read.len() == 0 {
                moves.changed().await?;
            }
        }
    }
}
