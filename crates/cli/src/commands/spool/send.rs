//! `runledger spool send`.

use std::io::Write;

use anyhow::{Context, bail};
use clap::Args;
use runledger_client::Retry;

use crate::{
    exit::Exit,
    ledger::{Access, RemoteLedger},
    message::message,
    spool::{Delivery, Entry, Queue, Spool, SpoolOption},
};

/// Send the runs that wait for a server.
///
/// Without --all or the id of a run, it sends those that wait for this server and key. Sending a
/// run again that the server has already changes nothing.
///
/// A run that the server refuses stays in the spool directory and is reported with the reason; the
/// exit code is 3. After any other error, the rest stays as it is, and the exit code is 1.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # With the server and the key of RUNLEDGER_URL and RUNLEDGER_KEY
  runledger spool send

  # The key was revoked: send everything with a new one
  runledger spool send --all --key-file ~/.runledger-key

  # One run, such as one that the server has refused
  runledger spool send exec_0198c5b0a3f29b1c2d3e4f50")]
pub struct Send {
    #[command(flatten)]
    access: Access,

    #[command(flatten)]
    spool: SpoolOption,

    /// Send the runs of every server and key to this server with this key. Refused runs are sent
    /// only if they are named.
    #[arg(long)]
    all: bool,

    /// Ids of runs to send, as `spool list` shows them, whatever server and key they wait for.
    #[arg(value_name = "RUN", conflicts_with = "all")]
    runs: Vec<String>,
}

impl Send {
    /// Sends the runs. Prints a line for each that is delivered.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let server = self.access.ledger(Retry::default())?;
        let spool = self.spool.open()?;
        let queues = spool.queues();
        let queues = queues.with_context(|| format!("cannot read {}", spool.path().display()))?;
        let (own, every) = (spool.queue(&server).entries(), entries(&queues));
        let mut totals = Totals::default();
        let sent = match (&*self.runs, self.all) {
            ([], false) => send(waiting(&own), &server, out, &mut totals).await,
            ([], true) => send(waiting(&every), &server, out, &mut totals).await,
            (ids, _) => send(named(&every, ids, &spool)?, &server, out, &mut totals).await,
        };
        let Totals { delivered, refused } = totals;
        if sent.is_ok() || delivered + refused > 0 {
            message!("Delivered: {delivered}; refused: {refused}.");
        }
        sent?;
        if self.runs.is_empty() && !self.all {
            report_others(waiting(&every).filter(|entry| !own.contains(entry)).count());
        }
        Ok(if refused > 0 { Exit::Findings } else { Exit::Succeeded })
    }
}

#[derive(Default)]
struct Totals {
    delivered: usize,
    refused: usize,
}

/// Sends the runs in this order, until a request fails.
async fn send(
    entries: impl Iterator<Item = &Entry>,
    server: &RemoteLedger,
    out: &mut dyn Write,
    totals: &mut Totals,
) -> anyhow::Result<()> {
    for entry in entries {
        let Some(mut claim) = entry.clone().claim() else {
            message!("{}: another process sends it, or its file is damaged", entry.id());
            continue;
        };
        match claim.deliver(server).await {
            Delivery::Delivered => {
                totals.delivered += 1;
                let run = claim.run();
                writeln!(out, "{} {} {}", run.id, run.workflow_id, run.status.as_str())?;
            }
            Delivery::Refused(reason) => {
                totals.refused += 1;
                message!("{}: refused: {reason}; see {}", entry.id(), claim.path().display());
            }
            Delivery::Failed(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn entries(queues: &[Queue]) -> Vec<Entry> {
    queues.iter().flat_map(Queue::entries).collect()
}

fn waiting(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(|entry| !entry.is_refused())
}

/// The entries with these ids.
fn named<'a>(
    entries: &'a [Entry],
    ids: &'a [String],
    spool: &Spool,
) -> anyhow::Result<impl Iterator<Item = &'a Entry>> {
    if let Some(id) = ids.iter().find(|id| !entries.iter().any(|entry| entry.id() == **id)) {
        let directory = spool.path().display();
        bail!("there is no run {id:?} in {directory}\nList them: runledger spool list");
    }
    Ok(entries.iter().filter(|entry| ids.iter().any(|id| entry.id() == id)))
}

fn report_others(count: usize) {
    if count > 0 {
        message!(
            "{count} more wait for another server or key. Send them to this server with this key: \
             runledger spool send --all"
        );
    }
}
