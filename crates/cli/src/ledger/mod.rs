//! The ledger of one tenant, in a local database or on a server, as the commands use it.

mod access;
mod changes;
mod event_reader;
mod followed;
mod key;
mod local;
mod local_changes;
mod outcome;
mod remote;
mod remote_changes;
mod remote_error;

use anyhow::Result;
use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use runledger_model::{
    ListExecutionsQuery, ListWorkflowRunsResponse, Recording, WorkflowRunDetail,
    WorkflowRunMetadata,
};

use self::{local_changes::LocalChanges, remote_changes::RemoteChanges};
pub use access::Access;
pub use changes::Changes;
pub use followed::Followed;
pub use local::LocalLedger;
pub use outcome::Outcome;
pub use remote::{Destination, RemoteLedger};
pub use remote_error::RemoteError;

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
    pub async fn record(&self, runs: Vec<Recording>) -> Result<Vec<Outcome>> {
        match self {
            Self::Local(ledger) => ledger.record(runs).await,
            Self::Remote(ledger) => ledger.record_all(runs).await,
        }
    }

    /// One page of runs, as the API lists them.
    ///
    /// # Errors
    /// If the database or the server fails.
    pub async fn page(&self, query: &ListExecutionsQuery) -> Result<ListWorkflowRunsResponse> {
        match self {
            Self::Local(ledger) => ledger.page(query).await,
            Self::Remote(ledger) => Ok(ledger.page(query).await?),
        }
    }

    /// The changes from now on.
    pub fn follow(&self) -> Changes<'_> {
        match self {
            Self::Local(ledger) => Changes::Local(LocalChanges::new(ledger)),
            Self::Remote(ledger) => Changes::Remote(RemoteChanges::new(ledger.client())),
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

    /// This attempt of a run; `None` if it is not recorded.
    ///
    /// # Errors
    /// If the database or the server fails.
    pub async fn get_attempt(&self, id: &str, attempt: i32) -> Result<Option<WorkflowRunDetail>> {
        match self {
            Self::Local(ledger) => ledger.get_attempt(id, attempt).await,
            Self::Remote(ledger) => Ok(ledger.get_attempt(id, attempt).await?),
        }
    }
}
