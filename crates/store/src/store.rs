//! The trait of an open ledger.

use async_trait::async_trait;

use crate::{AnalysisStore, ChangeStore, KeyStore, Result, RunStore};

/// An open ledger: the runs, their changes and the keys of all its tenants.
#[async_trait]
pub trait Store: RunStore + AnalysisStore + ChangeStore + KeyStore {
    /// Checks that the store can read and write at this moment.
    ///
    /// # Errors
    /// The reason why it cannot.
    async fn ready(&self) -> Result<()>;
}
