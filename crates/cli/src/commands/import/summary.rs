//! Counts the outcomes of an import.

use std::{fmt, io};

use anyhow::Context;
use runledger_model::RecordOutcome;

use super::batches::Batch;
use crate::ledger::{Ledger, Outcome};

/// The outcomes so far.
#[derive(Default)]
pub struct Summary {
    recorded: u64,
    updated: u64,
    unchanged: u64,
    /// Number of lines that were rejected.
    pub rejected: u64,
    /// All lines up to this one are processed.
    last_line: u64,
    read_error: Option<io::Error>,
}

impl Summary {
    /// Records the runs of a batch and counts the outcomes. Returns the numbers of the rejected
    /// lines with the reasons.
    ///
    /// # Errors
    /// If the ledger fails; the message states what has been recorded before.
    pub async fn record(
        &mut self,
        batch: Batch,
        ledger: &Ledger,
    ) -> anyhow::Result<Vec<(u64, String)>> {
        let Batch { runs, mut rejected, last_line, error } = batch;
        if !runs.is_empty() {
            let (lines, runs): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
            let outcomes = ledger.record(runs).await.with_context(|| self.progress())?;
            for (line, outcome) in lines.into_iter().zip(outcomes) {
                match outcome {
                    Outcome::Accepted(RecordOutcome::Recorded) => self.recorded += 1,
                    Outcome::Accepted(RecordOutcome::Updated) => self.updated += 1,
                    Outcome::Accepted(RecordOutcome::Unchanged) => self.unchanged += 1,
                    Outcome::Accepted(RecordOutcome::Rejected) => {
                        rejected.push((line, "rejected without a reason".to_owned()));
                    }
                    Outcome::Rejected(error) => rejected.push((line, error.error)),
                }
            }
        }
        rejected.sort_unstable();
        self.rejected += rejected.len() as u64;
        self.last_line = self.last_line.max(last_line);
        self.read_error = error;
        Ok(rejected)
    }

    /// Number of runs that the ledger has accepted.
    pub fn accepted(&self) -> u64 {
        self.recorded + self.updated + self.unchanged
    }

    /// # Errors
    /// If the input could not be read to its end.
    pub fn expect_readable(&mut self) -> anyhow::Result<()> {
        match self.read_error.take() {
            Some(error) => Err(error).with_context(|| self.progress()),
            None => Ok(()),
        }
    }

    /// How far the import came before an error.
    fn progress(&self) -> String {
        if self.last_line == 0 {
            return "nothing was imported".to_owned();
        }
        format!(
            "the import stopped after line {} ({self})\n\
             Repeat it once the cause is fixed; runs that are recorded already stay unchanged",
            self.last_line
        )
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recorded, updated, unchanged, rejected, last_line: _, read_error: _ } = self;
        let total = self.accepted() + rejected;
        let noun = if total == 1 { "run" } else { "runs" };
        write!(
            f,
            "{total} {noun}: {recorded} recorded, {updated} updated, {unchanged} unchanged, \
             {rejected} rejected"
        )
    }
}
