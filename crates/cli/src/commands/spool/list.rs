//! `runledger spool list`.

use std::io::{self, Write};

use anyhow::Context;
use clap::Args;
use comfy_table::{Table, TableStyle};

use crate::{
    ledger::Destination,
    message::message,
    spool::{Entry, Spool, SpoolOption},
};

/// List the runs that wait for a server.
///
/// The list shows the server and the first characters of the key that each run waits for. A run
/// that the server has refused is not sent again unless `spool send` names it.
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
    /// Prints a table of all runs.
    pub fn run(self, out: &mut dyn Write) -> anyhow::Result<()> {
        let spool = self.spool.open()?;
        let rows =
            rows(&spool).with_context(|| format!("cannot read {}", spool.path().display()))?;
        if rows.is_empty() {
            message!("No runs wait in {}.", spool.path().display());
            return Ok(());
        }
        write_table(&rows, out)?;
        message!("The files are in {}.", spool.path().display());
        Ok(())
    }
}

/// A run in the list.
struct Row {
    run: String,
    workflow: String,
    status: String,
    finished: String,
    destination: Option<Destination>,
    /// Why the server refused the run; `None` if it waits.
    refusal: Option<String>,
}

fn rows(spool: &Spool) -> io::Result<Vec<Row>> {
    let queues = spool.queues()?;
    let rows = queues.iter().flat_map(|queue| {
        let destination = queue.destination();
        queue.entries().into_iter().map(move |entry| row(&entry, destination.clone()))
    });
    Ok(rows.collect())
}

fn row(entry: &Entry, destination: Option<Destination>) -> Row {
    let refusal = entry
        .is_refused()
        .then(|| entry.reason().unwrap_or_else(|| "the reason is not known".to_owned()));
    match entry.read() {
        Ok(run) => Row {
            run: run.id,
            workflow: run.workflow_id,
            status: run.status.as_str().to_owned(),
            finished: run.finished_at.map(|time| time.to_string()).unwrap_or_default(),
            destination,
            refusal,
        },
        Err(error) => Row {
            run: entry.id().to_owned(),
            workflow: String::new(),
            status: String::new(),
            finished: String::new(),
            destination,
            refusal: Some(format!("{} is not a run: {error}", entry.path().display())),
        },
    }
}

fn write_table(rows: &[Row], out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(TableStyle::new());
    table.set_header(["RUN", "WORKFLOW", "STATUS", "FINISHED", "STATE", "SERVER", "KEY"]);
    table.add_rows(rows.iter().map(|row| {
        let (server, key) = match &row.destination {
            Some(Destination { url, key_prefix }) if key_prefix.is_empty() => {
                (url.clone(), "none".to_owned())
            }
            Some(Destination { url, key_prefix }) => (url.clone(), format!("{key_prefix}…")),
            None => ("unknown".to_owned(), String::new()),
        };
        let state = if row.refusal.is_some() { "refused" } else { "waiting" };
        let (run, workflow) = (row.run.clone(), row.workflow.clone());
        let (status, finished) = (row.status.clone(), row.finished.clone());
        [run, workflow, status, finished, state.to_owned(), server, key]
    }));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    writeln!(out, "{}", table.trim_fmt())?;
    for row in rows {
        if let Some(refusal) = &row.refusal {
            writeln!(out, "{}: {refusal}", row.run)?;
        }
    }
    Ok(())
}
