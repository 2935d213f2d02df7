//! The options that name a ledger: a tenant in a local database, or a server and an API key.

use anyhow::bail;
use clap::{ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, parser::ValueSource};
use runledger_client::Retry;
use runledger_store::{Store, TenantId};

use crate::{
    database::DatabaseFile,
    ledger::{Access, Ledger, LocalLedger},
    message::message,
    names,
    usage::bail_usage,
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
        let tenant = find_or_create_tenant(&*store, tenant).await?;
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
            let file = self.0.database.path.display();
            let tenants = store.list_tenants().await?;
            let names = tenants.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>();
            bail!("there is no tenant {name:?} in {file}\n{}", known(&names));
        };
        Ok(Ledger::Local(LocalLedger::new(store, tenant)))
    }

    /// The name of the tenant; `None` if the ledger is on a server.
    fn tenant(&self) -> anyhow::Result<Option<&str>> {
        if self.0.tenant.is_none() && self.0.access.is_empty() {
            bail_usage!(
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

/// The tenant with this name. Creating one is announced, because the name may be misspelt.
///
/// # Errors
/// If the store fails.
pub async fn find_or_create_tenant(store: &dyn Store, name: &str) -> anyhow::Result<TenantId> {
    if let Some(tenant) = store.find_tenant(name).await? {
        return Ok(tenant);
    }
    let tenant = store.find_or_create_tenant(name).await?;
    message!("Created the tenant {name:?}.");
    Ok(tenant)
}

/// Greatest number of tenants that a message names.
const MAX_NAMED_TENANTS: usize = 10;

/// Says which tenants there are.
fn known(names: &[&str]) -> String {
    match names.len() {
        0 => "It has no tenants; the first key or import creates one".to_owned(),
        count if count > MAX_NAMED_TENANTS => {
            format!("It has {count} others; `runledger keys list` shows them")
        }
        _ => format!("Its tenants: {}", names.join(", ")),
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
        let typed_local = is_typed("tenant") || is_typed("database");
        let typed_remote = Access::is_typed(matches);
        let names_both = options.tenant.is_some() && !options.access.is_empty();
        match (typed_local, typed_remote) {
            (true, false) => options.access.clear(),
            (false, true) => options.tenant = None,
            (false, false) if names_both && !options.access.is_complete() => options.access.clear(),
            (false, false) if !names_both => {}
            (false, false) | (true, true) => {
                let message = "--tenant and --database (a local database) and --url (a server) \
                               cannot be used together\n";
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
