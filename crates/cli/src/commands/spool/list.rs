//! `runledger spool list`.

use std::io::{self, Write};

use anyhow::Context;
use clap::Args;
use runledger_model::Timestamp;

use crate::{
    ledger::Destination,
    message::message,
    screen::{
        Screen, harmless,
        runs::{self, Row},
    },
    spool::{Entry, Queue, Spool, SpoolOption},
};

/// List the runs that wait for a server.
///
/// The runs are listed for each server and the first characters of the key that they wait for. A
/// run that the server has refused is not sent again unless `spool send` names it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger spool list

  # The runs of another user's cron jobs
  sudo -u backup runledger spool list")]
pub struct List {
    #[command(flatten)]
    spool: SpoolOption,
}

impl List {
    /// Prints a table for each server and key.
    pub fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        let spool = self.spool.open()?;
        let queues = queues(&spool);
        let queues = queues.with_context(|| format!("cannot read {}", spool.path().display()))?;
        if queues.is_empty() {
            message!("No runs wait in {}.", spool.path().display());
            return Ok(());
        }
        let (screen, now) = (Screen::of_stdout(), Timestamp::now());
        for (position, (destination, entries)) in queues.iter().enumerate() {
            if position > 0 {
                writeln!(out)?;
            }
            writeln!(out, "{}", screen.bold(&heading(destination.as_ref())))?;
            write_runs(entries, &screen, now, out)?;
        }
        message!("The files are in {}.", spool.path().display());
        Ok(())
    }
}

/// The queues with runs in them.
fn queues(spool: &Spool) -> io::Result<Vec<(Option<Destination>, Vec<Entry>)>> {
    let queues = spool.queues()?;
    let queues = queues.iter().map(|queue: &Queue| (queue.destination(), queue.entries()));
    Ok(queues.filter(|(_, entries)| !entries.is_empty()).collect())
}

fn heading(destination: Option<&Destination>) -> String {
    match destination {
        Some(Destination { url, key_prefix }) if key_prefix.is_empty() => {
            format!("For {url}, without a key")
        }
        Some(Destination { url, key_prefix }) => format!("For {url} with the key {key_prefix}…"),
        None => "For an unknown server".to_owned(),
    }
}

/// The runs as a table, and then the files that contain none.
fn write_runs(
    entries: &[Entry],
    screen: &Screen,
    now: Timestamp,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut rows, mut damaged) = (Vec::new(), Vec::new());
    for entry in entries {
        match entry.read() {
            Ok(run) => rows.push(Row { run: run.metadata(), note: refusal(entry) }),
            Err(error) => damaged.push(format!("{} is not a run: {error}", entry.path().display())),
        }
    }
    if !rows.is_empty() {
        for line in runs::table(&rows, screen, now) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    damaged.iter().try_for_each(|line| writeln!(out, "{}", harmless(line)))
}

/// Why the server refused the run; `None` if it waits.
fn refusal(entry: &Entry) -> Option<String> {
    entry.is_refused().then(|| {
        let reason = entry.reason().unwrap_or_else(|| "the reason is not known".to_owned());
        harmless(&format!("refused: {reason}"))
    })
}
