//! The trait of an open ledger.

use async_trait::async_trait;

use crate::{AnalysisStore, ChangeStore, KeyStore, Result, RunStore, UpdateStore};

/// An open ledger: the runs, their changes and the keys of all its tenants.
#[async_trait]
pub trait Store: RunStore + UpdateStore + AnalysisStore + ChangeStore + KeyStore {
    /// Checks that the store can read and write at this moment.
    ///
    /// # Errors
    /// The reason why it cannot.
    async fn ready(&self) -> Result<()>;

    /// What the store takes at this moment. It is read without I/O on the database's content, so
    /// it can be called often.
    fn usage(&self) -> Usage;
}

/// What a store takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The number of writes that wait to begin.
    pub queued_writes: usize,
    /// The size of the database file in bytes; 0 if there is none.
    pub database_bytes: u64,
    /// The size in bytes of the log that the engine keeps beside the file; 0 if there is none.
    pub log_bytes: u64,
}
