//! `runledger import`: runs out of a file into a ledger.

mod lines;

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use runledger_model::{RecordOutcome, WorkflowRunDetail, WorkflowRunInput};
use tokio::sync::mpsc;

use self::lines::Lines;
use crate::{
    PARTLY,
    ledger::{Ledger, Outcome, Source},
};

/// Record runs from a file: one JSON object a line, as `recordExecutions` takes it and as `getExecution` and
/// `runledger export` write it.
///
/// Bad lines are named on standard error, each with its number and the reason; the good ones are kept, and the exit
/// code is 3. Safe to repeat: what is there already is left as it is. Runs are recorded in the order of the lines, so
/// that a later state of a run may follow an earlier one.
#[derive(Args)]
#[command(after_help = "\
Examples:
  runledger import runs.ndjson --tenant acme                  into runledger.db in this folder
  zcat runs.ndjson.gz | runledger import - --tenant acme --database /var/lib/runledger/runledger.db
  RUNLEDGER_KEY=rl_… runledger import runs.ndjson --url https://runledger.example.com")]
pub struct Import {
    /// The file; - for standard input.
    file: PathBuf,

    #[command(flatten)]
    source: Source,
}

/// How many runs are recorded at a time, and in how many bytes of lines at most.
const BATCH: usize = WorkflowRunInput::MAX_BATCH;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// How a file begins that is compressed with gzip.
const GZIP: &[u8] = &[0x1F, 0x8B];

impl Import {
    /// Records all good lines.
    pub async fn run(self) -> anyhow::Result<ExitCode> {
        let (input, length) = self.open_input()?;
        let ledger = self.source.open_or_make().await?;
        let bar = bar(length)?;
        let mut summary = Summary::default();
        let mut batches = read(bar.wrap_read(input));
        while let Some(batch) = batches.recv().await {
            summary.take(batch, &ledger, &bar).await?;
        }
        bar.finish_and_clear();
        println!("{}", summary.text());
        Ok(if summary.rejected == 0 { ExitCode::SUCCESS } else { ExitCode::from(PARTLY) })
    }

    /// The input, and its length in bytes where that is known.
    fn open_input(&self) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
        if self.file.as_os_str() == "-" {
            return Ok((Box::new(io::stdin()), None));
        }
        let name = self.file.display();
        let file = File::open(&self.file).with_context(|| format!("cannot read {name}"))?;
        let there = file.metadata().with_context(|| format!("cannot read {name}"))?;
        if there.is_dir() {
            bail!("{name} is a folder; name a file of runs, one JSON object a line");
        }
        Ok((Box::new(file), there.is_file().then_some(there.len())))
    }
}

/// Some lines of the input.
#[derive(Default)]
struct Batch {
    /// The good ones, with their numbers.
    runs: Vec<(u64, WorkflowRunDetail)>,
    /// The others, with what is wrong with them.
    bad: Vec<(u64, String)>,
    /// The last line's number.
    end: u64,
    /// Why there are no more, where that is not the input's end.
    broken: Option<io::Error>,
}

/// Reads and checks the input on a thread of its own, no more than a few batches ahead.
fn read(input: impl Read + Send + 'static) -> mpsc::Receiver<Batch> {
    let (sender, receiver) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        let mut lines = Lines::new(input);
        loop {
            let (batch, more) = next_batch(&mut lines);
            if sender.blocking_send(batch).is_err() || !more {
                return;
            }
        }
    });
    receiver
}

/// The next batch, and whether more may follow.
fn next_batch(lines: &mut Lines<impl Read>) -> (Batch, bool) {
    let (mut batch, mut bytes) = (Batch::default(), 0);
    while batch.runs.len() < BATCH && bytes < BATCH_BYTES && batch.bad.len() < BATCH {
        let (number, line) = match lines.next() {
            Ok(Some(numbered)) => numbered,
            Ok(None) => return (batch, false),
            Err(error) => {
                batch.broken = Some(error);
                return (batch, false);
            }
        };
        if number == 1 && line.is_ok_and(|line| line.starts_with(GZIP)) {
            let advice = "the input is compressed with gzip: zcat FILE | runledger import -";
            batch.broken = Some(io::Error::other(advice));
            return (batch, false);
        }
        batch.end = number;
        let run = line.map_err(str::to_owned).and_then(|line| {
            bytes += line.len();
            let run = WorkflowRunInput::from_json(line).and_then(|run| run.into_run(None));
            run.map_err(|error| of_a_line(&error.body.error))
        });
        match run {
            Ok(run) => batch.runs.push((number, run)),
            Err(problem) => batch.bad.push((number, problem)),
        }
    }
    (batch, true)
}

/// The API's words about a body, said of a line.
fn of_a_line(problem: &str) -> String {
    problem.strip_prefix("body ").unwrap_or(problem).replace(" at line 1 column ", " at column ")
}

/// What became of the lines so far.
#[derive(Default)]
struct Summary {
    recorded: u64,
    updated: u64,
    unchanged: u64,
    rejected: u64,
    /// Up to this line all is done.
    end: u64,
}

impl Summary {
    async fn take(
        &mut self,
        batch: Batch,
        ledger: &Ledger,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        let mut bad = batch.bad;
        if !batch.runs.is_empty() {
            let (numbers, runs): (Vec<_>, Vec<_>) = batch.runs.into_iter().unzip();
            let outcomes = ledger.record(runs).await.with_context(|| self.stopped())?;
            for (number, outcome) in numbers.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Done(RecordOutcome::Recorded) => self.recorded += 1,
                    Outcome::Done(RecordOutcome::Updated) => self.updated += 1,
                    Outcome::Done(_) => self.unchanged += 1,
                    Outcome::Rejected(error) => bad.push((number, error.error)),
                }
            }
        }
        bad.sort_unstable();
        self.rejected += bad.len() as u64;
        bar.suspend(|| {
            for (number, problem) in bad {
                eprintln!("line {number}: {problem}");
            }
        });
        self.end = self.end.max(batch.end);
        bar.set_message(format!(
            "{} runs",
            HumanCount(self.recorded + self.updated + self.unchanged)
        ));
        match batch.broken {
            Some(error) => Err(error).with_context(|| self.stopped()),
            None => Ok(()),
        }
    }

    fn stopped(&self) -> String {
        if self.end == 0 {
            return "nothing was recorded".to_owned();
        }
        format!(
            "stopped after line {}: {}\nWhat comes before is recorded; repeat the import once this is mended",
            self.end,
            self.text()
        )
    }

    fn text(&self) -> String {
        let Self { recorded, updated, unchanged, rejected, .. } = self;
        let lines = recorded + updated + unchanged + rejected;
        format!(
            "{lines} runs: {recorded} recorded, {updated} updated, {unchanged} unchanged, {rejected} rejected"
        )
    }
}

/// Shown on a terminal only.
fn bar(length: Option<u64>) -> anyhow::Result<ProgressBar> {
    let (bar, template) = match length {
        Some(length) => (
            ProgressBar::new(length),
            "{msg} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
        ),
        None => (ProgressBar::new_spinner(), "{spinner} {msg} {bytes} {bytes_per_sec}"),
    };
    let style = ProgressStyle::with_template(template).context("the progress bar's template")?;
    Ok(bar.with_style(style).with_message("0 runs"))
}
