//! `runledger import`: records runs from a file.

mod batches;
mod lines;
mod progress;
mod summary;

use std::{
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::Args;

use self::summary::Summary;
use crate::{exit::Exit, message::message, source::Source};

/// Record runs from a file with one JSON object per line.
///
/// A line is a run as `runledger export` writes it and as the API records and returns it. Runs are
/// recorded in the order of the lines, so a later state of a run can follow an earlier one.
/// Repeating an import is safe: a run that the ledger has already stays unchanged.
///
/// Rejected lines are reported on standard error with their numbers and reasons; all other lines
/// are recorded, and the exit code is 3.
#[derive(Args)]
#[command(after_help = "\
Examples:
  # Into runledger.db in the current directory
  runledger import runs.ndjson --tenant acme

  # A compressed file into another database
  zcat runs.ndjson.gz | runledger import - --tenant acme --database copy.db

  # Into a server
  export RUNLEDGER_KEY=rl_…
  runledger import runs.ndjson --url https://runledger.example.com")]
pub struct Import {
    /// File to read, or - for standard input.
    file: PathBuf,

    #[command(flatten)]
    source: Source,
}

impl Import {
    /// Records all valid lines.
    pub async fn run(self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        let (input, length) = self.open_input()?;
        let ledger = self.source.open_or_create().await?;
        let bar = progress::bar(length)?;
        let mut summary = Summary::default();
        let mut batches = batches::read(bar.wrap_read(input));
        while let Some(batch) = batches.recv().await {
            let rejected = summary.record(batch, &ledger).await?;
            bar.suspend(|| {
                for (line, reason) in rejected {
                    message!("line {line}: {reason}");
                }
            });
            progress::show(&bar, &summary);
            summary.expect_readable()?;
        }
        bar.finish_and_clear();
        writeln!(out, "{summary}")?;
        Ok(if summary.rejected == 0 { Exit::Succeeded } else { Exit::Findings })
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
            bail!("{name} is a directory; name a file with one JSON object per line");
        }
        Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
    }
}
