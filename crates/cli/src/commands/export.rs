//! `runledger export`: writes a tenant's runs, one JSON object per line.

use std::io::{self, BufWriter, ErrorKind, Write};

use anyhow::bail;
use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};
use futures_util::{Stream, TryStreamExt};
use runledger_model::{
    ListExecutionsQuery, WorkflowRunDetail, WorkflowRunStatusFilter, limits::MAX_PAGE_LIMIT,
};

use crate::{
    exit::Exit,
    ledger::{Ledger, RemoteError},
    message::message,
    source::Source,
};

/// Write runs to standard output, one JSON object per line.
///
/// Each line is a run with its steps, newest first, as `runledger import` reads it. Every run that
/// exists when the export begins is written exactly once; runs recorded during the export may be
/// missing.
///
/// A run with the id `.` or `..`, which earlier versions recorded, cannot be read from a server. It
/// is reported and skipped, and the exit code is 3.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # All runs of a tenant in runledger.db
  runledger export --tenant acme > runs.ndjson

  # The ids of the failed runs
  runledger export --tenant acme --status FAILED | jq -r .id

  # From a server into a database on this machine
  RUNLEDGER_KEY=rl_… runledger export --url https://runledger.example.com |
      runledger import - --tenant acme --database copy.db")]
pub struct Export {
    #[command(flatten)]
    source: Source,

    /// Export only the runs of this workflow.
    #[arg(long, env = "RUNLEDGER_WORKFLOW", value_name = "ID")]
    workflow: Option<String>,

    /// Export only the runs with this status.
    #[arg(
        long,
        env = "RUNLEDGER_STATUS",
        value_name = "STATUS",
        default_value = "all",
        value_parser = statuses()
    )]
    status: WorkflowRunStatusFilter,
}

/// Number of runs that are read at the same time.
const CONCURRENT_READS: usize = 8;

impl Export {
    /// Writes all runs that match, and reports those that the server cannot return. A reader that
    /// closes the pipe ends the export without an error.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let ledger = self.source.open().await?;
        let query = ListExecutionsQuery {
            limit: MAX_PAGE_LIMIT,
            workflow_id: self.workflow,
            status: self.status,
            ..ListExecutionsQuery::default()
        };
        let runs = ledger.runs(&query)?.map_ok(|run| detail(&ledger, run.id));
        match write_lines(runs.try_buffered(CONCURRENT_READS), out).await {
            Err(error) if is_broken_pipe(&error) => Ok(Exit::Succeeded),
            Err(error) => Err(error),
            Ok(0) => Ok(Exit::Succeeded),
            Ok(_skipped) => Ok(Exit::Findings),
        }
    }
}

fn statuses() -> impl TypedValueParser<Value = WorkflowRunStatusFilter> {
    PossibleValuesParser::new(WorkflowRunStatusFilter::ALL.iter().map(|status| status.as_str()))
        .try_map(|word| WorkflowRunStatusFilter::from_word(&word).ok_or("unknown status"))
}

/// The run with its steps; `None` if it must be skipped, which is reported.
async fn detail(ledger: &Ledger, id: String) -> anyhow::Result<Option<WorkflowRunDetail>> {
    match ledger.get(&id).await {
        Ok(Some(run)) => Ok(Some(run)),
        Ok(None) => bail!("run {id:?} is in the list but cannot be read"),
        Err(error) => match error.downcast::<RemoteError>()? {
            error @ RemoteError::Unaddressable(_) => {
                message!("skipped a run: {error}");
                Ok(None)
            }
            error => Err(error.into()),
        },
    }
}

/// Writes the runs, and returns the number of those that were skipped.
async fn write_lines(
    runs: impl Stream<Item = anyhow::Result<Option<WorkflowRunDetail>>>,
    out: &mut dyn Write,
) -> anyhow::Result<usize> {
    let mut runs = std::pin::pin!(runs);
    let mut out = BufWriter::new(out);
    let mut skipped = 0;
    while let Some(run) = runs.try_next().await? {
        let Some(run) = run else {
            skipped += 1;
            continue;
        };
        serde_json::to_writer(&mut out, &run).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(skipped)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
