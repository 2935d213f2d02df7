//! `runledger export`: writes a tenant's runs, one JSON object per line.

use std::io::{self, BufWriter, ErrorKind, Write};

use clap::Args;
use futures_util::{Stream, StreamExt, TryStreamExt};
use runledger_model::{Timestamp, WorkflowRunDetail};

use crate::{
    exit::Exit,
    filters::Filters,
    ledger::{Ledger, RemoteError},
    message::message,
    source::Source,
    values,
};

/// Write runs to standard output, one JSON object per line.
///
/// Each line is a run with its steps, newest first, as `runledger import` reads it. A run with
/// several attempts has a line for each, the first attempt first; with --status or --failed, only
/// for the newest, because that is the one that matches.
///
/// A run that matches the filters from the beginning to the end of the export is written exactly
/// once, whatever is recorded meanwhile. Runs that begin or cease to match meanwhile, or are
/// deleted, may be missing. A run is written as it is when it is read, so its status may have
/// changed since it matched.
///
/// A run with the id `.` or `..`, which earlier versions recorded, cannot be read from a server. It
/// is reported and skipped, and the exit code is 3.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # All runs of a tenant in runledger.db
  runledger export --tenant acme > runs.ndjson

  # The ids of the runs of the last 24 hours that failed or were cancelled
  runledger export --tenant acme --since 24h --status FAILED,CANCELLED |
      jq -r .id

  # The runs of January 4, 2025 (UTC)
  runledger export --tenant acme --since 2025-01-04 --until 2025-01-05

  # The latest 10 failed runs
  runledger export --tenant acme --status FAILED --limit 10

  # From a server into a database on this machine
  RUNLEDGER_KEY=rl_… runledger export --url https://runledger.example.com |
      runledger import - --tenant acme --database copy.db")]
pub struct Export {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    filters: Filters,

    /// Export only the newest N of the runs that match.
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = |text: &str| values::whole_number(text, 1..=u32::MAX, 10)
    )]
    limit: Option<u32>,
}

/// Number of runs that are read at the same time.
const CONCURRENT_READS: usize = 8;

impl Export {
    /// Writes all runs that match, and reports those that the server cannot return. A reader that
    /// closes the pipe ends the export without an error.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let query = self.filters.query(Timestamp::now())?;
        let ledger = self.source.open().await?;
        let limit = self.limit.map_or(usize::MAX, |limit| limit as usize);
        let runs = ledger.runs(&query)?.take(limit);
        let has_all_attempts = !self.filters.has_status();
        let runs = runs.map_ok(|run| detail(&ledger, run.id, has_all_attempts));
        match write_lines(runs.try_buffered(CONCURRENT_READS), out).await {
            Err(error) if is_broken_pipe(&error) => Ok(Exit::Succeeded),
            Err(error) => Err(error),
            Ok(0) => Ok(Exit::Succeeded),
            Ok(_skipped) => Ok(Exit::Findings),
        }
    }
}

/// A run of the list with its steps.
enum Listed {
    /// Its attempts, the first one first, or the newest only.
    Run(Vec<WorkflowRunDetail>),
    /// It was deleted after it was listed.
    Deleted,
    /// The server cannot return it, which was reported.
    Skipped,
}

async fn detail(ledger: &Ledger, id: String, has_all_attempts: bool) -> anyhow::Result<Listed> {
    match ledger.get(&id).await {
        Ok(Some(run)) if !has_all_attempts => Ok(Listed::Run(vec![run])),
        Ok(Some(run)) => attempts(ledger, run).await.map(Listed::Run),
        Ok(None) => Ok(Listed::Deleted),
        Err(error) => match error.downcast::<RemoteError>()? {
            error @ RemoteError::Unaddressable(_) => {
                message!("skipped a run: {error}");
                Ok(Listed::Skipped)
            }
            error => Err(error.into()),
        },
    }
}

/// All attempts of a run, of which this is the newest. One that was recorded meanwhile is missing.
async fn attempts(
    ledger: &Ledger,
    newest: WorkflowRunDetail,
) -> anyhow::Result<Vec<WorkflowRunDetail>> {
    let mut attempts = Vec::new();
    for earlier in newest.attempts.iter().filter(|earlier| earlier.attempt < newest.attempt) {
        attempts.extend(ledger.get_attempt(&newest.id, earlier.attempt).await?);
    }
    attempts.push(newest);
    Ok(attempts)
}

/// Writes the runs, and returns the number of those that were skipped.
async fn write_lines(
    runs: impl Stream<Item = anyhow::Result<Listed>>,
    out: &mut dyn Write,
) -> anyhow::Result<usize> {
    let mut runs = std::pin::pin!(runs);
    let mut out = BufWriter::new(out);
    let mut skipped = 0;
    while let Some(run) = runs.try_next().await? {
        match run {
            Listed::Run(attempts) => {
                for run in attempts {
                    serde_json::to_writer(&mut out, &run).map_err(io::Error::from)?;
                    out.write_all(b"\n")?;
                }
            }
            Listed::Deleted => {}
            Listed::Skipped => skipped += 1,
        }
    }
    out.flush()?;
    Ok(skipped)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
