//! Steps of a run, as the API returns them and as a recorder sends them.

use crate::{
    Metadata, Reported, ReportedMetadata, Seconds, StepStatus, StepType, Timestamp,
    fields::{convert, request_struct, response_struct},
    free_text, json, metadata,
    step_fields::step_fields,
};

step_fields! {
    response_struct!
    /// One attempt at one step of a run.
    StepExecution {}
}

step_fields! {
    request_struct!
    /// One attempt at one step of a run to record.
    #[serde(expecting = "a step")]
    StepExecutionInput {}
}

impl StepExecution {
    /// A step of which nothing more is known: the first attempt, without error, times or duration.
    pub fn new(
        id: impl Into<String>,
        step_name: impl Into<String>,
        step_type: StepType,
        status: StepStatus,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            step_name: step_name.into(),
            step_type,
            status,
            attempt: 1,
            error: None,
            duration: Seconds::default(),
            created_at,
            started_at: None,
            finished_at: None,
            outcome: None,
            url: None,
            metadata: Metadata::new(),
            parent_id: None,
            iteration: None,
        }
    }
}

impl From<StepExecution> for StepExecutionInput {
    /// The step as its recorder would send it.
    fn from(step: StepExecution) -> Self {
        step_fields!(convert! into step, StepExecution {} => StepExecutionInput {})
    }
}
