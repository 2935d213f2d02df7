//! `runledger list`: shows a tenant's runs to people.

mod table;

use std::io::{self, Write};

use clap::Args;
use futures_util::{StreamExt, TryStreamExt, stream};
use runledger_model::{
    ListCursor, ListExecutionsQuery, ListWorkflowRunsResponse, Timestamp, WorkflowRunMetadata,
    WorkflowRunStatus, limits::MAX_PAGE_LIMIT,
};

use self::table::Table;
use crate::{
    exit::Exit,
    failure,
    filters::Filters,
    ledger::Ledger,
    screen::{
        Screen, harmless,
        runs::{INDENT, Row},
    },
    source::Source,
    values,
};

/// Show runs, newest first.
///
/// The list has the state of each run, its workflow, how long it took or has been running, how long
/// ago it was created, and its id, which `runledger show` takes. With --failed, a second line has
/// the step that failed and the beginning of its error. Times are in UTC.
///
/// On a terminal, long names are shortened, and the totals follow the list. NO_COLOR=1 switches
/// colors off.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # The newest runs of a tenant in runledger.db
  runledger list --tenant acme

  # What failed in the last 24 hours, and why
  runledger list --tenant acme --failed --since 24h

  # On a server, with the variables set once
  export RUNLEDGER_URL=https://runledger.example.com RUNLEDGER_KEY=rl_…
  runledger list --workflow backup --limit 5

  # For scripts: one JSON object per line
  runledger list --tenant acme --status RUNNING --json | jq -r .id")]
pub struct List {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    filters: Filters,

    /// Show at most N runs.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        allow_negative_numbers = true,
        value_parser = |text: &str| values::whole_number(text, 1..=100_000, 50)
    )]
    limit: u32,

    /// Write one JSON object per line, as the API lists runs. `runledger export` writes whole runs.
    #[arg(long, env = "RUNLEDGER_JSON")]
    json: bool,
}

/// Number of failed runs that are read at the same time.
const CONCURRENT_READS: usize = 4;

impl List {
    /// Shows the runs that match.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let now = Timestamp::now();
        let query = self.filters.query(now)?;
        let ledger = self.source.open().await?;
        let page = read(&ledger, query, self.limit as usize).await?;
        if self.json {
            return Ok(write_json(&page.items, out)?);
        }
        let explained = self.filters.is_failed_only();
        let screen = Screen::of_stdout();
        let rows = page.items.into_iter().map(|run| row(&ledger, run, explained, &screen));
        let rows = stream::iter(rows).buffered(CONCURRENT_READS).try_collect().await?;
        let table = Table {
            rows,
            total: page.total,
            succeeded: page.succeeded,
            failed: page.failed,
            is_filtered: !self.filters.is_empty(),
            source: self.source.typed_options(),
        };
        out.write_all(table.render(&screen, now).as_bytes())?;
        Ok(Exit::Succeeded)
    }
}

/// The newest runs, at most `limit`, with the totals of the first page.
async fn read(
    ledger: &Ledger,
    query: ListExecutionsQuery,
    limit: usize,
) -> anyhow::Result<ListWorkflowRunsResponse> {
    let max_page = MAX_PAGE_LIMIT.cast_unsigned() as usize;
    let is_one_page = limit <= max_page;
    let mut query = ListExecutionsQuery {
        limit: limit.min(max_page) as i32,
        // Servers before version 1.1 of the API know pages only, and one of them suffices here.
        cursor: (!is_one_page).then_some(ListCursor::Newest),
        ..query
    };
    let mut all = ledger.page(&query).await?;
    let mut next = all.next_cursor.take().flatten();
    while let Some(cursor) = next.take().filter(|_| all.items.len() < limit) {
        query.cursor = Some(cursor.parse().map_err(anyhow::Error::msg)?);
        let page = ledger.page(&query).await?;
        all.items.extend(page.items);
        next = page.next_cursor.flatten();
    }
    all.items.truncate(limit);
    Ok(all)
}

async fn row(
    ledger: &Ledger,
    run: WorkflowRunMetadata,
    explained: bool,
    screen: &Screen,
) -> anyhow::Result<Row> {
    let failure = match explained && run.status == WorkflowRunStatus::Failed {
        true => ledger.get(&run.id).await?.as_ref().and_then(failure::reason),
        false => None,
    };
    let note = failure.map(|failure| screen.fitted(&harmless(&failure), INDENT.len()));
    Ok(Row { run, note })
}

fn write_json(runs: &[WorkflowRunMetadata], out: &mut dyn Write) -> io::Result<Exit> {
    for run in runs {
        serde_json::to_writer(&mut *out, run)?;
        out.write_all(b"\n")?;
    }
    Ok(Exit::Succeeded)
}
