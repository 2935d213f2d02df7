//! A tenant's ledger as import and export know it: in a database on this machine, or behind a server's URL.

use anyhow::bail;
use clap::{ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, parser::ValueSource};
use futures_util::{
    Stream, StreamExt, TryStreamExt,
    stream::{self, BoxStream},
};
use runledger_model::{
    ApiError, ErrorResponse, ListExecutionsQuery, RecordOutcome, Timestamp, WorkflowRunDetail,
    WorkflowRunMetadata,
};
use runledger_store::{Recorded, Store, TenantId, sqlite::SqliteStore};

use crate::{
    database::Database,
    keys::check_name,
    remote::{Access, Remote},
};

/// Which ledger: one in a database on this machine, or one behind a URL. Where the environment names the one and the
/// command line the other, the command line wins.
pub struct Source(Options);

#[derive(Args)]
struct Options {
    /// The tenant whose runs they are, in a database on this machine.
    #[arg(long, env = "RUNLEDGER_TENANT", value_name = "NAME")]
    tenant: Option<String>,

    #[command(flatten)]
    database: Database,

    #[command(flatten)]
    access: Access,
}

impl Args for Source {
    fn augment_args(command: Command) -> Command {
        Options::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Options::augment_args_for_update(command)
    }
}

impl FromArgMatches for Source {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Options::from_arg_matches(matches)?;
        let is_typed = |id| matches.value_source(id) == Some(ValueSource::CommandLine);
        let (here, elsewhere) = (is_typed("tenant"), is_typed("url") || is_typed("key"));
        match (&options.tenant, options.access.is_empty()) {
            (None, _) | (_, true) => {}
            _ if !elsewhere && (here || !options.access.is_whole()) => options.access.forget(),
            _ if elsewhere && !here => options.tenant = None,
            _ => {
                let both = "--tenant is a ledger on this machine, --url one behind a server: give one of them\n";
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, both));
            }
        }
        Ok(Self(options))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
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
            let store = self.0.database.open_or_make()?;
            let tenant = store.tenant(tenant).await?;
            return Ok(Ledger::Local(store, tenant));
        }
        Ok(Ledger::Remote(self.0.access.remote()?))
    }

    /// Opens the ledger for reading; it must be there.
    pub async fn open(&self) -> anyhow::Result<Ledger> {
        if let Some(name) = self.tenant()? {
            let store = self.0.database.open()?;
            let Some(tenant) = store.find_tenant(name).await? else {
                bail!("there is no tenant {name:?} in {}", self.0.database.database.display());
            };
            return Ok(Ledger::Local(store, tenant));
        }
        Ok(Ledger::Remote(self.0.access.remote()?))
    }

    fn tenant(&self) -> anyhow::Result<Option<&str>> {
        if self.0.tenant.is_none() && self.0.access.is_empty() {
            bail!(
                "say which ledger: --tenant NAME for the database on this machine, or --url URL and --key KEY for a \
                 server"
            );
        }
        if let Some(name) = &self.0.tenant {
            check_name("--tenant", name, 1)?;
        }
        Ok(self.0.tenant.as_deref())
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

    /// All runs that match, newest first. Those that are recorded meanwhile may be missing; none that was there before is,
    /// and none comes twice. `page` and `limit` do not count.
    pub fn runs(
        &self,
        query: &ListExecutionsQuery,
    ) -> anyhow::Result<BoxStream<'_, anyhow::Result<WorkflowRunMetadata>>> {
        Ok(match self {
            Self::Local(store, tenant) => local_runs(store, *tenant, query.clone()).boxed(),
            Self::Remote(remote) => remote.runs(query)?.map_err(Into::into).boxed(),
        })
    }

    /// One run; `None` where there is none.
    pub async fn get(&self, id: &str) -> anyhow::Result<Option<WorkflowRunDetail>> {
        match self {
            Self::Local(store, tenant) => Ok(store.get(*tenant, id).await?),
            Self::Remote(remote) => Ok(remote.get(id).await?),
        }
    }
}

fn local_runs(
    store: &SqliteStore,
    tenant: TenantId,
    query: ListExecutionsQuery,
) -> impl Stream<Item = anyhow::Result<WorkflowRunMetadata>> {
    let first = ListExecutionsQuery { page: 1, limit: ListExecutionsQuery::MAX_LIMIT, ..query };
    let pages = stream::try_unfold((Some(first), None), move |(query, last)| async move {
        let Some(mut query) = query else { return anyhow::Ok(None) };
        let mut runs = store.list(tenant, query.clone()).await?.items;
        let is_last = runs.len() < query.limit as usize;
        query.page += 1;
        // What newer runs have pushed to this page has been seen on the one before.
        runs.retain(|run| last.as_ref().is_none_or(|last| place(run) < *last));
        let last = runs.last().map(place).or(last);
        Ok(Some((stream::iter(runs.into_iter().map(Ok)), ((!is_last).then_some(query), last))))
    });
    pages.try_flatten()
}

/// Where a run stands in a list: the greatest comes first.
fn place(run: &WorkflowRunMetadata) -> (Timestamp, String) {
    (run.created_at, run.id.clone())
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
