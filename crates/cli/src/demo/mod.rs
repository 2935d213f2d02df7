//! `runledger demo`: the whole API on generated runs.

mod database;
mod fill;
mod welcome;

use std::{io::Write, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, bail};
use clap::Args;
use runledger_server::Settings;
use runledger_store::{Store, sqlite::SqliteStore};
use tokio::net::TcpListener;

use crate::{server, signals::Signals};
use database::Database;

/// Try the whole API on generated runs: starts a server on this machine and prints what to type.
///
/// The demo holds two tenants, each with its own key. The first is the documentation's: with the key
/// `your-api-key-here` every curl line of the documentation works and answers what the documentation shows. The
/// second has a large, realistic history: 40 workflows over the 90 days up to now, with outages, retries, live
/// runs and some that are hundreds of steps wide. Both keys may read and record.
///
/// Without --database everything is gone when the demo ends.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Demo {
    /// Where to listen: a loopback address and a port. Port 0 picks a free one.
    #[arg(
        long,
        env = "RUNLEDGER_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:7400"
    )]
    listen: SocketAddr,

    /// How many runs the second tenant's history has.
    #[arg(long, env = "RUNLEDGER_RUNS", value_name = "NUMBER", default_value_t = 100_000,
        value_parser = clap::value_parser!(u32).range(..=100_000_000))]
    runs: u32,

    /// Keep the database in this file, which must be new or empty: nothing is ever overwritten. Without this
    /// option it lives in a temporary folder that is deleted at the end.
    #[arg(long, env = "RUNLEDGER_DATABASE", value_name = "FILE")]
    database: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  runledger demo                               100,000 runs at http://127.0.0.1:7400
  runledger demo --listen 127.0.0.1:0          on any free port; the output says which
  runledger demo --runs 1000000                a larger history; filling it takes a minute or so
  runledger demo --database demo.db            keep the database afterwards
  RUNLEDGER_RUNS=500 runledger demo            options from the environment

Stop it with Ctrl-C.";

impl Demo {
    /// Fills a database, says what to try, and serves until it is told to stop.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let mut signals = Signals::listen().context("cannot listen for Ctrl-C")?;
        let listener = bind(self.listen).await?;
        let address = listener.local_addr().context("cannot tell the port")?;
        let database = Database::claim(self.database)?;
        let store: Arc<dyn Store> = Arc::new(SqliteStore::serve(database.path())?);

        let filled = tokio::select! {
            filled = fill::fill(&store, self.runs as usize) => {
                filled.with_context(|| format!("cannot fill {}", database.path().display()))?
            }
            () = signals.next() => return database.abandon().map(|()| ExitCode::SUCCESS),
        };
        std::io::stdout()
            .write_all(welcome::text(address, &filled, &database).as_bytes())
            .context("cannot write to stdout")?;

        server::serve(listener, None, store, &Settings::default(), &mut signals).await?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    if !address.ip().is_loopback() {
        bail!(
            "{address} can be reached from other machines, and the demo's keys are no secret\n\
             Listen on this machine only: --listen 127.0.0.1:{}",
            address.port()
        );
    }
    server::listen(address).await
}
