//! `runledger export`: a ledger's runs, one JSON object a line.

use std::{
    io::{self, BufWriter, ErrorKind, Write},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, builder::PossibleValuesParser, builder::TypedValueParser};
use futures_util::{Stream, TryStreamExt};
use runledger_model::{ListExecutionsQuery, WorkflowRunDetail, WorkflowRunStatusFilter};

use crate::ledger::{Ledger, Source};

/// Write runs with all their steps to standard output, newest first, one JSON object a line: what `runledger import`
/// takes.
///
/// Runs that are recorded meanwhile may be missing; none that was there before is, and none is written twice.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger export --tenant acme > runs.ndjson
  runledger export --tenant acme --status FAILED | jq -r .id
  RUNLEDGER_KEY=rl_… runledger export --url https://runledger.example.com \\
    | runledger import - --tenant acme --database copy.db")]
pub struct Export {
    #[command(flatten)]
    source: Source,

    /// Only the runs of this workflow.
    #[arg(long, env = "RUNLEDGER_WORKFLOW", value_name = "UID")]
    workflow: Option<String>,

    /// Only the runs in this status.
    #[arg(long, env = "RUNLEDGER_STATUS", value_name = "STATUS", default_value = "all", value_parser = statuses())]
    status: WorkflowRunStatusFilter,
}

/// How many runs are asked for at a time.
const AT_A_TIME: usize = 8;

impl Export {
    /// Writes them all.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let ledger = self.source.open().await?;
        let mut out = BufWriter::new(io::stdout().lock());
        let query = ListExecutionsQuery {
            page: 1,
            limit: ListExecutionsQuery::MAX_LIMIT,
            workflow_id: self.workflow,
            status: self.status,
        };
        let runs = ledger.runs(&query)?;
        let mut runs = runs.map_ok(|run| whole(&ledger, run.id)).try_buffered(AT_A_TIME);
        match write(&mut runs, &mut out).await {
            Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
            written => written.map(|()| ExitCode::SUCCESS),
        }
    }
}

fn statuses() -> impl TypedValueParser<Value = WorkflowRunStatusFilter> {
    PossibleValuesParser::new(WorkflowRunStatusFilter::ALL.iter().map(|status| status.as_str()))
        .try_map(|word| WorkflowRunStatusFilter::from_word(&word).ok_or("no such status"))
}

async fn write(
    runs: &mut (impl Stream<Item = anyhow::Result<WorkflowRunDetail>> + Unpin),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    while let Some(run) = runs.try_next().await? {
        serde_json::to_writer(&mut *out, &run).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

async fn whole(ledger: &Ledger, id: String) -> anyhow::Result<WorkflowRunDetail> {
    ledger
        .get(&id)
        .await?
        .with_context(|| format!("the run {id:?} is in the list and not to be had"))
}

/// Whoever reads has seen enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
