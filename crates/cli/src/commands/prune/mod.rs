//! `runledger prune`: deletes old runs.

mod options;
mod plan;
mod progress;

use std::io::Write;

use anyhow::{Context, bail};
use clap::Args;
use runledger_model::Timestamp;
use runledger_store::Store;
use tokio::sync::watch;

use self::{options::Options, plan::Plan};
use crate::{
    database::DatabaseFile,
    exit::Exit,
    pruning::{Pruning, Stop},
    stop_signals::StopSignals,
};

/// Delete old runs.
///
/// Deletes the finished runs that were created before a time, the oldest first, with their steps,
/// and gives the disk space back to the operating system. It works while a server has the
/// database open: runs are deleted in small transactions, with pauses for other readers and
/// writers.
///
/// Ctrl-C ends it after the current transaction. What was deleted stays deleted, and the same
/// command deletes the rest.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # What would be deleted from runledger.db: counts per tenant
  runledger prune --before 90d --dry-run

  # Runs that are older than 90 days; failed ones only if older than 180
  runledger prune --before 90d --keep-failed 180d

  # The runs of one workflow of one tenant before 2025 (UTC)
  runledger prune --before 2025-01-01 --tenant acme --workflow nightly")]
pub struct Prune {
    #[command(flatten)]
    database: DatabaseFile,

    #[command(flatten)]
    options: Options,

    /// Print how many runs of each tenant would be deleted, and delete nothing.
    #[arg(long, env = "RUNLEDGER_DRY_RUN")]
    dry_run: bool,
}

impl Prune {
    /// Deletes the runs, and reports how many and what disk space was given back.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let policy = self.options.policy(Timestamp::now())?;
        let store = match self.dry_run {
            true => self.database.open_for_reading().await?,
            false => self.database.open().await?,
        };
        let tenants = self.options.tenants(&*store, &self.database.path).await?;
        let plan = Plan::new(&*store, tenants, policy).await?;
        if self.dry_run {
            write!(out, "{plan}")?;
            return Ok(Exit::Succeeded);
        }
        let stop = stop_at_signal()?;
        delete(&*store, &plan, stop, out).await
    }
}

async fn delete(
    store: &dyn Store,
    plan: &Plan,
    stop: Stop,
    out: &mut dyn Write,
) -> anyhow::Result<Exit> {
    let bar = progress::bar(plan.total())?;
    let mut pruning = Pruning::new(store, stop);
    let done = plan.carry_out(&mut pruning, |pruned| progress::show(&bar, pruned)).await;
    bar.finish_and_clear();
    let pruned = pruning.pruned;
    let done = done.with_context(|| format!("stopped by a failure: {pruned}"))?;
    writeln!(out, "{pruned}")?;
    if !done {
        bail!("interrupted before the end\nThe same command deletes the rest");
    }
    Ok(Exit::Succeeded)
}

/// Becomes `true` at the first signal that asks the process to stop.
fn stop_at_signal() -> anyhow::Result<Stop> {
    let mut signals = StopSignals::listen().context("cannot handle signals")?;
    let (sender, stop) = watch::channel(false);
    tokio::spawn(async move {
        signals.next().await;
        sender.send_replace(true);
        // The sender stays until the process ends.
        sender.closed().await;
    });
    Ok(stop)
}
