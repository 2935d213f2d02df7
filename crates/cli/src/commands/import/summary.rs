//! Counts the outcomes of an import.

use std::{fmt, io};

use runledger_model::RecordOutcome;

use super::{batches::Batch, faults::Faults, unknown::UnknownFields};
use crate::{
    hint::Interrupted,
    ledger::{Ledger, Outcome},
};

/// The outcomes so far.
#[derive(Default)]
pub struct Summary {
    /// Whether the import records nothing.
    is_dry_run: bool,
    /// Number of valid runs of an import that records nothing.
    valid: u64,
    recorded: u64,
    updated: u64,
    unchanged: u64,
    /// Why runs were rejected.
    pub rejected: Faults,
    /// What was ignored.
    pub unknown: UnknownFields,
    /// All runs that begin up to this line are processed.
    last_line: u64,
    read_error: Option<io::Error>,
}

impl Summary {
    /// The summary of an import, which records nothing if it is a dry run.
    pub fn new(is_dry_run: bool) -> Self {
        Self { is_dry_run, ..Self::default() }
    }

    /// Records the runs of a batch, if there is a ledger, and counts the outcomes.
    ///
    /// # Errors
    /// If the ledger fails; the message states what has been recorded before.
    pub async fn record(&mut self, batch: Batch, ledger: Option<&Ledger>) -> anyhow::Result<()> {
        let Batch { runs, mut rejected, unknown, last_line, error } = batch;
        match ledger {
            Some(ledger) if !runs.is_empty() => {
                let (positions, runs): (Vec<_>, Vec<_>) = runs.into_iter().unzip();
                let outcomes = ledger.record(runs).await.map_err(|error| self.interrupt(error))?;
                for (position, outcome) in positions.into_iter().zip(outcomes) {
                    if let Err(reason) = self.count(outcome) {
                        rejected.push((position, reason));
                    }
                }
            }
            _ => self.valid += runs.len() as u64,
        }
        rejected.sort_unstable();
        for (position, reason) in rejected {
            self.rejected.add(position, reason);
        }
        for names in unknown {
            self.unknown.add(names);
        }
        self.last_line = self.last_line.max(last_line);
        self.read_error = error;
        Ok(())
    }

    /// Number of runs that are valid, or that the ledger has accepted.
    pub fn accepted(&self) -> u64 {
        self.valid + self.recorded + self.updated + self.unchanged
    }

    /// # Errors
    /// If the input could not be read to its end.
    pub fn expect_readable(&mut self) -> anyhow::Result<()> {
        match self.read_error.take() {
            Some(error) => Err(self.interrupt(error.into())),
            None => Ok(()),
        }
    }

    /// Counts an outcome.
    ///
    /// # Errors
    /// The reason of a rejection.
    fn count(&mut self, outcome: Outcome) -> Result<(), String> {
        let counter = match outcome {
            Outcome::Accepted(RecordOutcome::Recorded) => &mut self.recorded,
            Outcome::Accepted(RecordOutcome::Updated) => &mut self.updated,
            Outcome::Accepted(RecordOutcome::Unchanged) => &mut self.unchanged,
            Outcome::Accepted(RecordOutcome::Rejected) => {
                return Err("rejected without a reason".to_owned());
            }
            Outcome::Rejected(error) => return Err(error.error),
        };
        *counter += 1;
        Ok(())
    }

    /// How far the import came before an error.
    fn interrupt(&self, error: anyhow::Error) -> anyhow::Error {
        let line = self.last_line;
        match line {
            0 => error.context("nothing was imported"),
            _ => {
                error.context(Interrupted(format!("the import stopped after line {line} ({self})")))
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            is_dry_run,
            valid,
            recorded,
            updated,
            unchanged,
            rejected,
            unknown: _,
            last_line: _,
            read_error: _,
        } = self;
        let rejected = rejected.runs();
        let total = self.accepted() + rejected;
        let noun = if total == 1 { "run" } else { "runs" };
        if *is_dry_run {
            return write!(
                f,
                "{total} {noun}: {valid} valid, {rejected} rejected; nothing was recorded"
            );
        }
        write!(
            f,
            "{total} {noun}: {recorded} recorded, {updated} updated, {unchanged} unchanged, \
             {rejected} rejected"
        )
    }
}
