//! What the API answered, as what it takes.

use crate::types::{WorkflowRunDetail, WorkflowRunInput};

impl TryFrom<WorkflowRunDetail> for WorkflowRunInput {
    type Error = serde_json::Error;

    /// The run as it can be sent back: `recordExecution` takes what `getExecution` answers.
    ///
    /// # Errors
    /// Where a text of the run is longer than the API takes, which none is that the API answered.
    fn try_from(run: WorkflowRunDetail) -> Result<Self, Self::Error> {
        // The contract promises that the one is the other as JSON; the types are as many as its constraints.
        serde_json::to_value(run).and_then(serde_json::from_value)
    }
}
