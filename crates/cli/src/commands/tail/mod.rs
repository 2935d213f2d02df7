//! `runledger tail`: follows a tenant's runs.

mod line;
mod reader;

use std::{
    io::{self, ErrorKind, Write},
    num::NonZeroUsize,
    pin::pin,
};

use clap::Args;
use lru::LruCache;
use runledger_model::{
    ListExecutionsQuery, Timestamp, WorkflowRunChange, WorkflowRunMetadata, WorkflowRunStatus,
};

use crate::{
    exit::Exit,
    failure,
    filters::RunFilters,
    ledger::{Followed, Ledger},
    message::message,
    screen::{Screen, State},
    source::Source,
    values,
};

/// Show the newest runs, and then each run as its state changes.
///
/// A line has the time at which the run ended, or else started, or else was created, in UTC (the
/// date, if that was on another day), the state, the workflow, how long the run took, and its id. A
/// failed run has a second line with the step that failed and the beginning of its error.
///
/// Runs until Ctrl-C, or until the reader of its output ends. If the server stops, it is tried
/// again until it is back, and no change is missed meanwhile; a run that changed several times has
/// its newest state then.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # The runs of a tenant in runledger.db, whatever process records them
  runledger tail --tenant acme

  # The failures of a workflow on a server, from now on
  export RUNLEDGER_KEY=rl_…
  runledger tail --url https://runledger.example.com --workflow backup \\
      --failed --limit 0

  # For scripts: every change as one JSON object, as the API sends it
  runledger tail --tenant acme --limit 0 --json | jq -r .run.status")]
pub struct Tail {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    filters: RunFilters,

    /// Number of runs to begin with.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 10,
        allow_negative_numbers = true,
        value_parser = |text: &str| values::whole_number(text, 0..=100, 10)
    )]
    limit: u32,

    /// Write each change as one JSON object: `number` (0 for the runs at the beginning), `id`,
    /// `deleted` and `run`.
    #[arg(long, env = "RUNLEDGER_JSON")]
    json: bool,
}

/// Number of runs whose states are remembered, so that a run whose state stays has no further line.
const REMEMBERED_RUNS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

impl Tail {
    /// Follows the changes until the reader closes the pipe or a signal ends the process.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let query = self.filters.query()?;
        let ledger = self.source.open_without_retries().await?;
        let shown = LruCache::new(REMEMBERED_RUNS);
        let screen = Screen::of_stdout();
        let follower = Follower { ledger: &ledger, query, json: self.json, shown, screen, out };
        match follower.run(self.limit).await {
            Err(error) if is_broken_pipe(&error) => Ok(Exit::Succeeded),
            result => result.map(|()| Exit::Succeeded),
        }
    }
}

/// Shows what changes.
struct Follower<'a> {
    ledger: &'a Ledger,
    query: ListExecutionsQuery,
    json: bool,
    /// The states of the runs that were shown last.
    shown: LruCache<String, String>,
    screen: Screen,
    out: &'a mut dyn Write,
}

impl Follower<'_> {
    /// Follows the changes until the reader is gone.
    async fn run(mut self, limit: u32) -> anyhow::Result<()> {
        let mut changes = self.ledger.follow();
        let mut gone = pin!(reader::gone());
        loop {
            let change = tokio::select! {
                change = changes.next() => change?,
                () = &mut gone => return Ok(()),
            };
            match change {
                Followed::Started => self.begin(limit).await?,
                Followed::Change(change) => self.show(*change).await?,
                Followed::Interrupted(reason) => message!("{reason}; trying again"),
                Followed::Resumed => message!("connected again"),
            }
        }
    }

    /// Shows the newest runs, the oldest of them first.
    async fn begin(&mut self, limit: u32) -> anyhow::Result<()> {
        let limit = limit.cast_signed();
        if limit > 0 {
            let query = ListExecutionsQuery { limit, ..self.query.clone() };
            for run in self.ledger.page(&query).await?.items.into_iter().rev() {
                let (number, id, deleted) = (0, run.id.clone(), false);
                self.show(WorkflowRunChange { number, id, deleted, run: Some(run) }).await?;
            }
        }
        message!("following the changes, with times in UTC; Ctrl-C ends");
        Ok(())
    }

    async fn show(&mut self, change: WorkflowRunChange) -> anyhow::Result<()> {
        if change.run.as_ref().is_some_and(|run| !self.matches(run)) {
            // It is shown again when it comes back.
            self.shown.pop(&change.id);
            return Ok(());
        }
        if self.json {
            serde_json::to_writer(&mut *self.out, &change).map_err(io::Error::from)?;
            return Ok(self.write("\n")?);
        }
        let Some(run) = change.run else {
            self.shown.pop(&change.id);
            return Ok(self.write(&line::deleted(&change.id, &self.screen))?);
        };
        let state = State::from(&run).text();
        if self.shown.put(change.id, state.clone()) == Some(state) {
            return Ok(());
        }
        let failure = match run.status {
            WorkflowRunStatus::Failed => self.ledger.get(&run.id).await?,
            _ => None,
        };
        let failure = failure.as_ref().and_then(failure::reason);
        let text = line::of_run(&run, failure.as_deref(), &self.screen, Timestamp::now());
        Ok(self.write(&text)?)
    }

    fn matches(&self, run: &WorkflowRunMetadata) -> bool {
        let statuses = self.query.matching_statuses();
        self.query.workflow_id.as_ref().is_none_or(|workflow| *workflow == run.workflow_id)
            && statuses.is_none_or(|statuses| statuses.contains(&run.status))
            && self.query.matches_metadata(&run.metadata)
    }

    /// Writes the text at once.
    fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
