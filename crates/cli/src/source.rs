//! The options that name a ledger: a tenant in a local database, or a server and an API key.

use anyhow::bail;
use clap::{ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, parser::ValueSource};
use runledger_client::Retry;

use crate::{
    database::DatabaseFile,
    ledger::{Access, Ledger, LocalLedger},
    names,
};

/// A ledger in a local database or on a server. If the command line names one and the environment
/// the other, the command line takes precedence.
pub struct Source(Options);

#[derive(Args)]
struct Options {
    /// Tenant in the local database. Cannot be used together with --url.
    #[arg(long, env = "RUNLEDGER_TENANT", value_name = "NAME")]
    tenant: Option<String>,

    #[command(flatten)]
    database: DatabaseFile,

    #[command(flatten)]
    access: Access,
}

impl Source {
    /// Opens the ledger for recording. Creates the database and the tenant if they do not exist.
    ///
    /// # Errors
    /// If no ledger is named, an option is invalid, or the database cannot be opened.
    pub async fn open_or_create(&self) -> anyhow::Result<Ledger> {
        let Some(tenant) = self.tenant()? else { return self.remote() };
        let store = self.0.database.open_or_create().await?;
        let tenant = store.find_or_create_tenant(tenant).await?;
        Ok(Ledger::Local(LocalLedger::new(store, tenant)))
    }

    /// Opens the existing ledger for reading.
    ///
    /// # Errors
    /// If no ledger is named, an option is invalid, or the database or the tenant does not exist.
    pub async fn open(&self) -> anyhow::Result<Ledger> {
        let Some(name) = self.tenant()? else { return self.remote() };
        let store = self.0.database.open_for_reading().await?;
        let Some(tenant) = store.find_tenant(name).await? else {
            bail!("there is no tenant {name:?} in {}", self.0.database.path.display());
        };
        Ok(Ledger::Local(LocalLedger::new(store, tenant)))
    }

    /// The name of the tenant; `None` if the ledger is on a server.
    fn tenant(&self) -> anyhow::Result<Option<&str>> {
        if self.0.tenant.is_none() && self.0.access.is_empty() {
            bail!(
                "no ledger is named\n\
                 Give --tenant NAME for a local database, or --url URL and --key KEY for a server"
            );
        }
        if let Some(name) = &self.0.tenant {
            names::check("--tenant", name, names::REQUIRED)?;
        }
        Ok(self.0.tenant.as_deref())
    }

    fn remote(&self) -> anyhow::Result<Ledger> {
        Ok(Ledger::Remote(self.0.access.ledger(Retry::default())?))
    }
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
        let (typed_local, typed_remote) = (is_typed("tenant"), is_typed("url") || is_typed("key"));
        if options.tenant.is_some() && !options.access.is_empty() {
            if !typed_remote && (typed_local || !options.access.is_complete()) {
                options.access.clear();
            } else if typed_remote && !typed_local {
                options.tenant = None;
            } else {
                let message = "--tenant (a local database) and --url (a server) cannot be used \
                               together\n";
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
            }
        }
        Ok(Self(options))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
