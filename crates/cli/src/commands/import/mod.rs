//! `runledger import`: records runs from a file.

mod batches;
mod faults;
mod input;
mod lines;
mod position;
mod progress;
mod records;
mod scanner;
mod summary;
mod unknown;

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use anyhow::{Context, bail};
use bytesize::ByteSize;
use clap::Args;
use indicatif::ProgressBar;

use self::{batches::Rules, summary::Summary};
use crate::{exit::Exit, message::message, source::Source, values};

/// Record runs from a file of JSON objects.
///
/// A run is an object as `runledger export` writes it and as the API records and returns it. The
/// objects are on a line each, on several lines each, or in an array; a gzip file is decompressed.
/// Runs are recorded in the order of the file, so a later state of a run can follow an earlier
/// one. Repeating an import is safe: a run that the ledger has already stays unchanged.
///
/// Rejected runs are reported on standard error with the reasons and the first lines of each, or
/// in an array the numbers of the elements, counted from 1; all other runs are recorded, and the
/// exit code is 3. Fields that the API does not know are ignored and counted.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # Into runledger.db in the current directory
  runledger import runs.ndjson --tenant acme

  # What would be rejected, and which fields are not understood
  runledger import runs.ndjson.gz --tenant acme --dry-run --strict

  # An array in a larger document, into another database
  jq .runs history.json | runledger import - --tenant acme --database copy.db

  # Into a server
  export RUNLEDGER_KEY=rl_…
  runledger import runs.ndjson --url https://runledger.example.com")]
pub struct Import {
    /// File to read, or - for standard input.
    file: PathBuf,

    #[command(flatten)]
    source: Source,

    /// Reject runs that have fields that the API does not know.
    #[arg(long, env = "RUNLEDGER_STRICT")]
    strict: bool,

    /// Check the file, and record nothing. The ledger is not opened, so that runs that it would
    /// reject are not found.
    #[arg(long, env = "RUNLEDGER_DRY_RUN")]
    dry_run: bool,

    /// Greatest size of a run as JSON, as in `runledger serve`: a larger one is rejected, because a
    /// server with this limit would not accept it.
    #[arg(
        long,
        env = "RUNLEDGER_BODY_LIMIT",
        value_name = "SIZE",
        default_value = values::BODY_LIMIT,
        value_parser = values::size
    )]
    body_limit: ByteSize,
}

impl Import {
    /// Records all valid runs.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let (input, length) = self.open_input()?;
        let bar = progress::bar(length)?;
        let mut summary = Summary::new(self.dry_run);
        let result = self.import(input, &bar, &mut summary).await;
        bar.finish_and_clear();
        let faults = summary.rejected.to_string();
        if !faults.is_empty() {
            message!("{}", faults.trim_end());
        }
        if !summary.unknown.is_empty() && !self.strict {
            message!("ignored fields that the API does not know: {}", summary.unknown);
        }
        result?;
        writeln!(out, "{summary}")?;
        Ok(if summary.rejected.runs() == 0 { Exit::Succeeded } else { Exit::Findings })
    }

    async fn import(
        &self,
        input: Box<dyn Read + Send>,
        bar: &ProgressBar,
        summary: &mut Summary,
    ) -> anyhow::Result<()> {
        if !self.dry_run {
            self.source.check()?;
        }
        let mut ledger = None;
        let max_run_bytes = usize::try_from(self.body_limit.as_u64()).unwrap_or(usize::MAX);
        let rules = Rules { strict: self.strict, max_run_bytes };
        let mut batches = batches::read(bar.wrap_read(input), rules);
        while let Some(batch) = batches.recv().await {
            // An input without valid runs creates no database.
            if !self.dry_run && !batch.runs.is_empty() && ledger.is_none() {
                ledger = Some(self.source.open_or_create().await?);
            }
            summary.record(batch, ledger.as_ref()).await?;
            progress::show(bar, summary);
            summary.expect_readable()?;
        }
        Ok(())
    }

    /// The input, and its length in bytes if it is a file.
    fn open_input(&self) -> anyhow::Result<(Box<dyn Read + Send>, Option<u64>)> {
        if self.file.as_os_str() == "-" {
            return Ok((Box::new(io::stdin()), None));
        }
        let name = self.file.display();
        let file = File::open(&self.file).with_context(|| format!("cannot read {name}"))?;
        let metadata = file.metadata().with_context(|| format!("cannot read {name}"))?;
        if metadata.is_dir() {
            bail!("{name} is a directory; name a file of JSON objects");
        }
        Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
    }
}
