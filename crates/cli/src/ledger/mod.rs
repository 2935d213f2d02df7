//! The ledger of one tenant, in a local database or on a server, as import, export and exec use it.

mod access;
mod key;
mod local;
mod outcome;
mod remote;

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use runledger_model::{ListExecutionsQuery, WorkflowRunDetail, WorkflowRunMetadata};

pub use access::Access;
pub use local::LocalLedger;
pub use outcome::Outcome;
pub use remote::{RemoteError, RemoteLedger};

/// The runs of one tenant.
pub enum Ledger {
    /// In a database file. A server may have it open, too.
    Local(LocalLedger),
    /// On a server.
    Remote(RemoteLedger),
}

impl Ledger {
    /// Records runs in this order. Returns one outcome for each, once all of them are on disk.
    ///
    /// # Errors
    /// If the database or the server fails. Earlier runs may have been recorded.
    pub async fn record(&self, runs: Vec<WorkflowRunDetail>) -> Result<Vec<Outcome>> {
        match self {
            Self::Local(ledger) => ledger.record(runs).await,
            Self::Remote(ledger) => ledger.record_all(runs).await,
        }
    }

    /// All runs that match the filters, newest first. A run that matches from the beginning to the
    /// end of the stream comes exactly once. `page`, `limit` and `cursor` are ignored.
    ///
    /// # Errors
    /// If the query cannot be sent. The stream ends after an error.
    pub fn runs(
        &self,
        query: &ListExecutionsQuery,
    ) -> Result<BoxStream<'_, Result<WorkflowRunMetadata>>> {
        Ok(match self {
            Self::Local(ledger) => ledger.runs(query.clone()).boxed(),
            Self::Remote(ledger) => ledger.runs(query)?.map_err(Into::into).boxed(),
        })
    }

    /// The run with this id; `None` if there is none.
    ///
    /// # Errors
    /// If the database or the server fails.
    pub async fn get(&self, id: &str) -> Result<Option<WorkflowRunDetail>> {
        match self {
            Self::Local(ledger) => ledger.get(id).await,
            Self::Remote(ledger) => Ok(ledger.get(id).await?),
        }
    }
}
