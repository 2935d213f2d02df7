//! A returned run as a request body.

use crate::types::{WorkflowRunDetail, WorkflowRunInput};

impl TryFrom<WorkflowRunDetail> for WorkflowRunInput {
    type Error = serde_json::Error;

    /// The run as a body for `recordExecution`, which accepts what `getExecution` returns.
    ///
    /// # Errors
    /// If a text of the run is longer than the API accepts. No run that the API returns is.
    fn try_from(run: WorkflowRunDetail) -> Result<Self, Self::Error> {
        // Both have the same JSON; they are different types because their constraints differ.
        serde_json::to_value(run).and_then(serde_json::from_value)
    }
}
