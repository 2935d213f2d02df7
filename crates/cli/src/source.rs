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
    screen::shell_word,
    usage::bail_usage,
};

/// A ledger in a local database or on a server. If the command line names one and the environment
/// the other, the command line takes precedence.
pub struct Source {
    options: Options,
    /// The options that were typed, for commands to type next; begins with a space.
    typed: String,
}

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
    /// # Errors
    /// If no ledger is named, or the name is invalid.
    pub fn check(&self) -> anyhow::Result<()> {
        self.tenant().map(drop)
    }

    /// Opens the ledger for recording. Creates the database and the tenant if they do not exist.
    ///
    /// # Errors
    /// If no ledger is named, an option is invalid, or the database cannot be opened.
    pub async fn open_or_create(&self) -> anyhow::Result<Ledger> {
        let Some(tenant) = self.tenant()? else { return self.remote() };
        let store = self.options.database.open_or_create().await?;
        let tenant = find_or_create_tenant(&*store, tenant).await?;
        Ok(Ledger::Local(LocalLedger::new(store, tenant)))
    }

    /// Opens the existing ledger for reading. A request to a server is sent once; the caller
    /// decides whether it is repeated.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_without_retries(&self) -> anyhow::Result<Ledger> {
        match self.tenant()? {
            Some(_) => self.open().await,
            None => Ok(Ledger::Remote(self.options.access.ledger(Retry::NEVER)?)),
        }
    }

    /// Opens the existing ledger for reading.
    ///
    /// # Errors
    /// If no ledger is named, an option is invalid, or the database or the tenant does not exist.
    pub async fn open(&self) -> anyhow::Result<Ledger> {
        let Some(name) = self.tenant()? else { return self.remote() };
        let store = self.options.database.open_for_reading().await?;
        let Some(tenant) = store.find_tenant(name).await? else {
            let file = self.options.database.path.display();
            let tenants = store.list_tenants().await?;
            let names = tenants.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>();
            bail!("there is no tenant {name:?} in {file}\n{}", known(&names));
        };
        Ok(Ledger::Local(LocalLedger::new(store, tenant)))
    }

    /// The options of this ledger that were typed, for commands to type next, without the key.
    /// Begins with a space if there are any.
    pub fn typed_options(&self) -> String {
        self.typed.clone()
    }

    /// The name of the tenant; `None` if the ledger is on a server.
    fn tenant(&self) -> anyhow::Result<Option<&str>> {
        if self.options.tenant.is_none() && self.options.access.is_empty() {
            bail_usage!(
                "no ledger is named\n\
                 Give --tenant NAME for a local database, or --url URL and --key KEY for a server"
            );
        }
        if let Some(name) = &self.options.tenant {
            names::check("--tenant", name, names::REQUIRED)?;
        }
        Ok(self.options.tenant.as_deref())
    }

    fn remote(&self) -> anyhow::Result<Ledger> {
        Ok(Ledger::Remote(self.options.access.ledger(Retry::default())?))
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

fn typed_options(matches: &ArgMatches) -> String {
    let options = ["tenant", "database", "url", "key", "key_file"];
    let typed = options.into_iter().filter(|id| is_typed(matches, id));
    let option = |id: &str| {
        // A key must not get on the screen.
        let value = (id != "key").then(|| matches.get_raw(id)?.next()).flatten();
        let value = value.map(|value| shell_word(&value.to_string_lossy()));
        format!(" --{} {}", id.replace('_', "-"), value.as_deref().unwrap_or("KEY"))
    };
    typed.map(option).collect()
}

fn is_typed(matches: &ArgMatches, id: &str) -> bool {
    matches.value_source(id) == Some(ValueSource::CommandLine)
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
        let is_typed = |id| is_typed(matches, id);
        let typed_local = is_typed("tenant") || is_typed("database");
        let typed_remote = Access::is_typed(matches);
        let names_both = options.tenant.is_some() && !options.access.is_empty();
        match (typed_local, typed_remote) {
            (true, false) => options.access.clear(),
            (false, true) => options.tenant = None,
            (false, false) if names_both && !options.access.has_url() => options.access.clear(),
            (false, false) if !names_both => {}
            (false, false) | (true, true) => {
                let message = "--tenant and --database (a local database) and --url (a server) \
                               cannot be used together";
                return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
            }
        }
        let typed = typed_options(matches);
        Ok(Self { options, typed })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
