//! `runledger demo`: serves generated runs.

mod file;
mod fill;
mod ready_message;

use std::{io::Write, net::SocketAddr, path::PathBuf};

use anyhow::Context;
use clap::Args;
use runledger_server::Settings;

use self::file::DemoFile;
use crate::{
    database,
    exit::Exit,
    http_server::{self, Listeners},
    stop_signals::StopSignals,
    usage::bail_usage,
    values,
};

/// Try the whole API on generated runs.
///
/// The demo fills a database, starts a server on this machine and prints requests to try. It has
/// two tenants, each with a key that may read and record.
///
/// The first is the tenant of the documentation. With the key `your-api-key-here` every request of
/// the documentation works and returns what the documentation shows.
///
/// The second has a large, realistic history: 40 workflows over the last 90 days, with outages,
/// retries, runs in progress and runs of hundreds of steps.
///
/// Without --database, everything is deleted when the demo ends. Stop it with Ctrl-C.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Demo {
    /// Loopback address and port to listen on. With port 0 the system chooses a free port.
    #[arg(
        long,
        env = "RUNLEDGER_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:7400",
        value_parser = values::address
    )]
    listen: SocketAddr,

    /// Number of runs in the large history, at most 100,000,000.
    #[arg(
        long,
        env = "RUNLEDGER_RUNS",
        value_name = "NUMBER",
        default_value_t = 100_000,
        allow_negative_numbers = true,
        value_parser = |text: &str| values::whole_number(text, 0..=100_000_000, 10_000)
    )]
    runs: u32,

    /// Keep the database in this file, which must be new or empty. Without this option the
    /// database is in a temporary directory that is deleted at the end.
    #[arg(long, env = "RUNLEDGER_DATABASE", value_name = "FILE")]
    database: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  # 100,000 runs at http://127.0.0.1:7400
  runledger demo

  # On a free port, which the output states
  runledger demo --listen 127.0.0.1:0

  # A larger history; recording it takes a minute or more
  runledger demo --runs 1000000

  # Keep the database
  runledger demo --database demo.db";

impl Demo {
    /// Fills the database, prints requests to try, and serves until a signal arrives.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut signals = StopSignals::listen().context("cannot handle signals")?;
        check_loopback(self.listen)?;
        let listener = http_server::listen(self.listen, "--listen")?;
        let address = listener.local_addr().context("cannot read the port")?;
        let file = DemoFile::create(self.database)?;
        let store = database::serve(file.path()).await?;

        let filled = tokio::select! {
            filled = fill::fill(&store, self.runs as usize) => {
                filled.with_context(|| format!("cannot fill {}", file.path().display()))?
            }
            () = signals.next() => return Err(file.interrupted()),
        };
        let url = http_server::base_url(address, false);
        ready_message::write(out, &url, &filled, &file)
            .context("cannot write to standard output")?;

        let listeners = Listeners { api: listener, metrics: None };
        http_server::serve(listeners, None, store, &Settings::default(), &mut signals).await?;
        Ok(Exit::Succeeded)
    }
}

fn check_loopback(address: SocketAddr) -> anyhow::Result<()> {
    if address.ip().is_loopback() {
        return Ok(());
    }
    bail_usage!(
        "other machines can connect to {address}, and the key of the demo is public\n\
         Listen on a loopback address: --listen 127.0.0.1:{}",
        address.port()
    )
}
