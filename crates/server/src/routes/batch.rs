//! The runs of a batch and their results.

use std::mem;

use runledger_model::{
    ApiError, RecordOutcome, RecordResult, Recording, WorkflowRunBatchResult, WorkflowRunDetail,
};
use runledger_store::RecordedRun;

/// A batch that is being recorded.
pub struct Batch {
    results: Vec<RecordResult>,
    /// The valid runs.
    runs: Vec<Recording>,
    /// For each valid run, the index of its result.
    indexes: Vec<usize>,
}

impl Batch {
    /// A batch of these runs; those of the wrong size are rejected.
    pub fn new(
        items: Vec<(RecordResult, Option<Recording>)>,
        check_size: impl Fn(&WorkflowRunDetail) -> Result<(), ApiError>,
    ) -> Self {
        let mut batch = Self { results: Vec::new(), runs: Vec::new(), indexes: Vec::new() };
        for (index, (mut result, run)) in items.into_iter().enumerate() {
            if let Some(run) = run {
                match check_size(run.as_new()) {
                    Ok(()) => {
                        batch.runs.push(run);
                        batch.indexes.push(index);
                    }
                    Err(error) => reject(&mut result, error),
                }
            }
            batch.results.push(result);
        }
        batch
    }

    /// The runs to record.
    pub fn take_runs(&mut self) -> Vec<Recording> {
        mem::take(&mut self.runs)
    }

    /// The results of all runs; `recorded` are those of the runs to record.
    pub fn into_result(self, recorded: Vec<RecordedRun>) -> WorkflowRunBatchResult {
        let Self { results: mut items, runs: _, indexes } = self;
        for (index, recorded) in indexes.into_iter().zip(recorded) {
            items[index].outcome = recorded.recorded.batch_outcome();
        }
        WorkflowRunBatchResult { items }
    }
}

fn reject(result: &mut RecordResult, error: ApiError) {
    result.outcome = RecordOutcome::Rejected;
    result.error = Some(*error.body);
}
