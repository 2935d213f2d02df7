//! `runledger keys create`.

use std::{io::Write, time::Duration};

use clap::{Args, ValueEnum};
use runledger_model::Timestamp;
use runledger_store::{NewApiKey, new_secret};

use crate::{
    database::DatabaseFile, message::message, names, source::find_or_create_tenant,
    usage::UsageError, values,
};

/// Create a key and print its secret.
///
/// The secret is printed once, on standard output; the database stores only its hash. The
/// database is created if it does not exist.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # A key that may read and record
  runledger keys create --tenant acme

  # A key that may only record, for 90 days
  runledger keys create --tenant acme --scope write --expires 90d \\
      --note \"nightly jobs\"

  # Only the secret goes to standard output
  KEY=$(runledger keys create --tenant acme --scope read)")]
pub struct Create {
    #[command(flatten)]
    database: DatabaseFile,

    /// Tenant whose runs the key gives access to, 1 to 255 characters. It is created with its
    /// first key.
    #[arg(long, env = "RUNLEDGER_TENANT", value_name = "NAME")]
    tenant: String,

    /// Operations that the key permits.
    #[arg(long, env = "RUNLEDGER_SCOPE", value_enum, default_value_t = Scope::Both)]
    scope: Scope,

    /// Time until the key expires, such as 90d, 12h or 1year. Without this option it never
    /// expires.
    #[arg(
        long,
        env = "RUNLEDGER_EXPIRES",
        value_name = "DURATION",
        value_parser = values::duration
    )]
    expires: Option<Duration>,

    /// Note that `keys list` shows beside the key, up to 255 characters.
    #[arg(
        long,
        env = "RUNLEDGER_NOTE",
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    note: String,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// List and read runs
    Read,
    /// Record runs
    Write,
    /// List, read and record runs
    Both,
}

impl Create {
    /// Creates the key. Only its secret goes to `out`, so that a script can capture it.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        names::check("--tenant", &self.tenant, names::REQUIRED)?;
        names::check("--note", &self.note, names::OPTIONAL)?;
        let expires_at = self.expires.map(expiry).transpose()?;
        let store = self.database.open_or_create().await?;
        let tenant = find_or_create_tenant(&*store, &self.tenant).await?;
        let secret = new_secret();
        let key = NewApiKey {
            read: self.scope != Scope::Write,
            write: self.scope != Scope::Read,
            expires_at,
            note: self.note,
            ..NewApiKey::of(&secret, tenant)
        };
        let id = store.create_key(key).await?;
        let expiry = expires_at.map_or("never expires".to_owned(), |at| format!("expires at {at}"));
        message!(
            "Created key {id} of tenant {}; it {expiry}. The secret is shown only once:",
            self.tenant
        );
        writeln!(out, "{secret}")?;
        Ok(())
    }
}

fn expiry(after: Duration) -> anyhow::Result<Timestamp> {
    let millis = i64::try_from(after.as_millis()).ok().filter(|millis| *millis > 0);
    let end = millis.and_then(|millis| Timestamp::now().millis().checked_add(millis));
    let end = end.and_then(Timestamp::from_millis);
    end.ok_or_else(|| {
        let message = "--expires must be longer than 0 and end before the year 10000, such as 90d";
        UsageError(message.to_owned()).into()
    })
}
