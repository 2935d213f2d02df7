//! A tenant's ledger as import and export know it: in a database on this machine, or behind a server's URL.

use anyhow::bail;
use clap::Args;
use runledger_model::{
    ApiError, ErrorResponse, ListExecutionsQuery, ListWorkflowRunsResponse, RecordOutcome,
    WorkflowRunDetail,
};
use runledger_store::{Recorded, Store, TenantId, sqlite::SqliteStore};

use crate::{
    database::Database,
    keys::check_name,
    remote::{Access, Remote},
};

/// Which ledger.
#[derive(Args)]
pub struct Source {
    /// The tenant whose runs they are, in a database on this machine.
    #[arg(long, env = "RUNLEDGER_TENANT", value_name = "NAME", conflicts_with_all = ["url", "key"])]
    tenant: Option<String>,

    #[command(flatten)]
    database: Database,

    #[command(flatten)]
    access: Access,
}

/// An open ledger of one tenant.
pub enum Ledger {
    /// In a file; a server may have it open, too.
    Local(SqliteStore, TenantId),
    /// Behind a URL, with a key.
    Remote(Remote),
}

/// What became of a run that was to be recorded.
pub enum Outcome {
    /// As the API tells it; never [`RecordOutcome::Rejected`].
    Done(RecordOutcome),
    /// It was not taken.
    Rejected(ErrorResponse),
}

impl Source {
    /// Opens the ledger for recording; a database and a tenant are made where there are none.
    pub async fn open_or_make(&self) -> anyhow::Result<Ledger> {
        if let Some(tenant) = self.tenant()? {
            let store = self.database.open_or_make()?;
            let tenant = store.tenant(tenant).await?;
            return Ok(Ledger::Local(store, tenant));
        }
        Ok(Ledger::Remote(self.access.remote()?))
    }

    /// Opens the ledger for reading; it must be there.
    pub async fn open(&self) -> anyhow::Result<Ledger> {
        if let Some(name) = self.tenant()? {
            let store = self.database.open()?;
            let Some(tenant) = store.find_tenant(name).await? else {
                bail!("there is no tenant {name:?} in {}", self.database.database.display());
            };
            return Ok(Ledger::Local(store, tenant));
        }
        Ok(Ledger::Remote(self.access.remote()?))
    }

    fn tenant(&self) -> anyhow::Result<Option<&str>> {
        if self.tenant.is_none() && self.access.is_empty() {
            bail!(
                "say which ledger: --tenant NAME for the database on this machine, or --url URL and --key KEY for a \
                 server"
            );
        }
        if let Some(name) = &self.tenant {
            check_name("--tenant", name, 1)?;
        }
        Ok(self.tenant.as_deref())
    }
}

impl Ledger {
    /// Records runs in this order; one outcome each. All of them are on disk when this answers.
    pub async fn record(&self, runs: Vec<WorkflowRunDetail>) -> anyhow::Result<Vec<Outcome>> {
        match self {
            Self::Local(store, tenant) => {
                let recorded = store.record(*tenant, runs).await?;
                Ok(recorded.into_iter().map(Outcome::from).collect())
            }
            Self::Remote(remote) => remote.record_all(runs).await,
        }
    }

    /// One page of runs.
    pub async fn list(
        &self,
        query: &ListExecutionsQuery,
    ) -> anyhow::Result<ListWorkflowRunsResponse> {
        match self {
            Self::Local(store, tenant) => Ok(store.list(*tenant, query.clone()).await?),
            Self::Remote(remote) => Ok(remote.list(query).await?),
        }
    }

    /// One run; `None` where there is none.
    pub async fn get(&self, id: &str) -> anyhow::Result<Option<WorkflowRunDetail>> {
        match self {
            Self::Local(store, tenant) => Ok(store.get(*tenant, id).await?),
            Self::Remote(remote) => Ok(remote.get(id).await?),
        }
    }
}

impl From<Recorded> for Outcome {
    fn from(recorded: Recorded) -> Self {
        match recorded {
            Recorded::Created => Self::Done(RecordOutcome::Recorded),
            Recorded::Updated => Self::Done(RecordOutcome::Updated),
            Recorded::Unchanged => Self::Done(RecordOutcome::Unchanged),
            Recorded::Conflict { from, to } => Self::Rejected(*ApiError::conflict(from, to).body),
        }
    }
}
