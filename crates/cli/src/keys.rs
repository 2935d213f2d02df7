//! `runledger keys`: who may read and record.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use comfy_table::{Table, TableStyle};
use runledger_model::Timestamp;
use runledger_store::{ListedKey, NewApiKey, Store, new_secret};

use crate::database::Database;

/// Make, list and revoke API keys.
///
/// A key belongs to one tenant, whose runs it opens. These commands work beside a running server: a new key opens
/// it at once, and a revoked one no longer does within a second.
#[derive(Args)]
pub struct Keys {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Make a key; its secret is printed once, on standard output, and never again.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger keys create --tenant acme
  runledger keys create --tenant acme --scope write --expires 90d --note \"the nightly jobs\"
  KEY=$(runledger keys create --tenant acme --scope read)")]
struct Create {
    #[command(flatten)]
    database: Database,

    /// Whose runs it opens: any name of 1 to 255 characters. A tenant is made with its first key.
    #[arg(long, env = "RUNLEDGER_TENANT", value_name = "NAME")]
    tenant: String,

    /// What it may do.
    #[arg(long, env = "RUNLEDGER_SCOPE", value_enum, default_value_t = Scope::Both)]
    scope: Scope,

    /// How long it works, such as 90d, 12h or 1year; for ever without this option.
    #[arg(long, env = "RUNLEDGER_EXPIRES", value_name = "TIME", value_parser = humantime::parse_duration)]
    expires: Option<Duration>,

    /// What it is for, to tell keys apart in the list.
    #[arg(long, env = "RUNLEDGER_NOTE", value_name = "TEXT", default_value = "")]
    note: String,
}

/// What a key may do.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scope {
    /// List and inspect runs
    Read,
    /// Record runs
    Write,
    /// List, inspect and record runs
    Both,
}

/// List all keys of all tenants: the first characters of each, and never its secret.
#[derive(Args)]
struct List {
    #[command(flatten)]
    database: Database,
}

/// Revoke a key for good.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger keys list        its first column is the number
  runledger keys revoke 3")]
struct Revoke {
    #[command(flatten)]
    database: Database,

    /// The key's number in the list.
    id: i64,
}

impl Keys {
    /// Does what was asked.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Create(create) => create.run().await?,
            Command::List(list) => list.run().await?,
            Command::Revoke(revoke) => revoke.run().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self) -> anyhow::Result<()> {
        check_name("--tenant", &self.tenant, 1)?;
        check_name("--note", &self.note, 0)?;
        let expires_at = self.expires.map(expiry).transpose()?;
        let store = self.database.open_or_make()?;
        let tenant = store.tenant(&self.tenant).await?;
        let secret = new_secret();
        let key = NewApiKey {
            read: self.scope != Scope::Write,
            write: self.scope != Scope::Read,
            expires_at,
            note: self.note,
            ..NewApiKey::of(&secret, tenant)
        };
        let id = store.create_key(key).await?;
        let end = expires_at.map_or("for ever".to_owned(), |end| format!("until {end}"));
        // The secret alone goes to standard output, so that a script can take it.
        eprintln!(
            "Key {id} of tenant {}, good {end}. This is its secret, shown only now:",
            self.tenant
        );
        println!("{secret}");
        Ok(())
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let keys = self.database.open()?.keys().await?;
        if keys.is_empty() {
            eprintln!("There is no key yet. Make one: runledger keys create --tenant NAME");
            return Ok(());
        }
        let now = Timestamp::now();
        let mut table = Table::new();
        table.load_style(TableStyle::new());
        table.set_header(["ID", "TENANT", "KEY", "SCOPE", "AGE", "EXPIRES", "LAST USED", "NOTE"]);
        table.add_rows(keys.iter().map(|key| row(key, now)));
        println!("{}", table.trim_fmt());
        Ok(())
    }
}

impl Revoke {
    async fn run(self) -> anyhow::Result<()> {
        let id = self.id;
        let store = self.database.open()?;
        if !store.revoke_key(id).await? {
            bail!("there is no key {id}; `runledger keys list` shows all");
        }
        eprintln!("Key {id} is revoked. A running server refuses it within a second.");
        Ok(())
    }
}

fn row(key: &ListedKey, now: Timestamp) -> [String; 8] {
    let scope = match (key.read, key.write) {
        (true, true) => "both",
        (true, false) => "read",
        (false, true) => "write",
        (false, false) => "none",
    };
    let expires = match key.expires_at {
        _ if key.revoked => "revoked".to_owned(),
        None => "never".to_owned(),
        Some(end) if end <= now => format!("{} ago", between(end, now)),
        Some(end) => format!("in {}", between(now, end)),
    };
    [
        key.id.to_string(),
        key.tenant.clone(),
        format!("{}…", key.prefix),
        scope.to_owned(),
        key.created_at.map_or("unknown".to_owned(), |at| between(at, now)),
        expires,
        key.last_used_at.map_or("never".to_owned(), |at| format!("{} ago", between(at, now))),
        key.note.clone(),
    ]
}

/// A span of time in the largest unit of which there are at least two.
fn between(start: Timestamp, end: Timestamp) -> String {
    let seconds = (end.millis() - start.millis()).max(0) / 1000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

fn expiry(after: Duration) -> anyhow::Result<Timestamp> {
    let millis = i64::try_from(after.as_millis()).ok().filter(|millis| *millis > 0);
    let end = millis.and_then(|millis| Timestamp::now().millis().checked_add(millis));
    end.and_then(Timestamp::from_millis)
        .context("--expires is a time from now on, such as 90d, before the year 10000")
}

/// Holds a name to what the API's names are held to.
pub fn check_name(option: &str, name: &str, least: usize) -> anyhow::Result<()> {
    let length = name.chars().count();
    if !(least..=255).contains(&length) || name.contains(char::is_control) {
        bail!("{option} has {least} to 255 characters, no control characters");
    }
    Ok(())
}
