//! Runs, as the API returns them and as a recorder sends them.

use crate::{
    ApiError, Handling, Metadata, Reported, ReportedMetadata, Seconds, StepExecution,
    StepExecutionInput, Timestamp, WorkflowRunAttempt, WorkflowRunStatus,
    fields::{convert, request_struct, response_struct},
    free_text, json,
    limits::MAX_STEPS,
    metadata,
    run_fields::run_fields,
};

run_fields! {
    response_struct!
    /// One run in a list: what ran, how it ended and how long it took, without its steps.
    WorkflowRunMetadata {}
}

run_fields! {
    response_struct!
    /// One run with all its steps.
    WorkflowRunDetail {
        /// Why the run failed, in the engine's words; omitted if the recorder gave no reason.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false, example = "exit status 1")]
        #[schemars(with = "String")]
        pub error: Option<String>,
        /// All attempts that are recorded, the first one first; omitted where there is one only.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[schema(required = false)]
        pub attempts: Vec<WorkflowRunAttempt>,
        /// The steps, in the order in which they were recorded. A retried step has an entry for
        /// each attempt.
        pub steps: Vec<StepExecution>,
        /// Number of entries in `steps`.
        #[schema(minimum = 0, example = 2)]
        #[schemars(range(min = 0))]
        pub step_count: i32,
    }
}

run_fields! {
    request_struct!
    /// One run to record, with all its steps. It replaces what was recorded of this attempt before.
    /// A response of `GET /v1/executions/{id}` can be sent back unchanged. A field that may be null
    /// may also be omitted, and unknown fields are ignored.
    #[serde(expecting = "a run")]
    WorkflowRunInput {
        /// Why the run failed, in the engine's words. NUL and halves of surrogate pairs are
        /// recorded as U+FFFD. Of a text longer than 65,536 characters, the beginning and the end
        /// are recorded with the number of characters left out between them. Empty is the same as
        /// null.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "free_text::text"
        )]
        #[schema(example = "exit status 1")]
        pub error: Option<String>,
        /// Ignored, so that a response of `getExecution` can be sent back. Beside it, an omitted
        /// `attempt` is 1, as in the response.
        #[serde(
            rename = "attempts",
            default,
            skip_serializing_if = "is_never_sent",
            deserialize_with = "json::is_filled_array"
        )]
        #[schema(value_type = Option<Vec<WorkflowRunAttempt>>)]
        #[schemars(with = "Option<Vec<WorkflowRunAttempt>>")]
        pub has_attempts: bool,
        /// All steps, in order, at most 100,000. A retried step has an entry for each attempt. They
        /// replace the steps that were recorded before; omitting them is the same as null and as an
        /// empty array, which leaves the run without steps.
        #[serde(default, deserialize_with = "json::objects::<_, MAX_STEPS, _>")]
        #[schema(value_type = Option<Vec<StepExecutionInput>>, max_items = 100000)]
        #[schemars(with = "Option<Vec<StepExecutionInput>>", length(max = 100000))]
        pub steps: Vec<StepExecutionInput>,
        /// Number of entries in `steps`; may be omitted, and must not differ from it.
        #[serde(default, deserialize_with = "json::whole_number::<0, 100000, _>")]
        #[schema(minimum = 0, maximum = 100000, example = 2)]
        #[schemars(range(min = 0, max = 100000))]
        pub step_count: Option<i32>,
    }
}

impl WorkflowRunMetadata {
    /// A run of which nothing more is known: without times and duration.
    pub fn new(
        id: impl Into<String>,
        workflow_id: impl Into<String>,
        version_id: impl Into<String>,
        version_display_name: impl Into<String>,
        run_type: impl Into<String>,
        status: WorkflowRunStatus,
        created_at: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            workflow_id: workflow_id.into(),
            version_id: version_id.into(),
            version_display_name: version_display_name.into(),
            run_type: run_type.into(),
            status,
            duration: None,
            created_at,
            started_at: None,
            finished_at: None,
            attempt: first_attempt(),
            outcome: None,
            url: None,
            metadata: Metadata::new(),
            parent_id: None,
            triggered_by: None,
            heartbeat_timeout: None,
        }
    }

    /// This run with its steps.
    pub fn with_steps(self, steps: Vec<StepExecution>) -> WorkflowRunDetail {
        let step_count = steps.len() as i32;
        run_fields!(convert! into self,
        WorkflowRunMetadata {} => WorkflowRunDetail {
            error: None,
            attempts: Vec::new(),
            steps,
            step_count,
        })
    }
}

impl WorkflowRunDetail {
    /// What the list of a run's attempts shows of this one.
    pub fn as_attempt(&self) -> WorkflowRunAttempt {
        WorkflowRunAttempt {
            attempt: self.attempt,
            status: self.status,
            outcome: self.outcome.clone(),
            duration: self.duration,
            started_at: self.started_at,
            finished_at: self.finished_at,
        }
    }

    /// The run as a list returns it.
    pub fn metadata(&self) -> WorkflowRunMetadata {
        run_fields!(convert! clone self,
            WorkflowRunDetail { error: _, attempts: _, steps: _, step_count: _ } =>
            WorkflowRunMetadata {})
    }
}

impl WorkflowRunInput {
    /// Reads a run from the body of a request. Unknown fields are ignored.
    ///
    /// # Errors
    /// 400 for a body that is not JSON or has another shape; the message names the location.
    pub fn from_json(body: &[u8]) -> Result<Self, ApiError> {
        Self::from_json_with("body", body, Handling::Lenient)
    }

    /// As [`from_json`](WorkflowRunInput::from_json), where `what` is the whole of it in messages.
    ///
    /// # Errors
    /// As [`from_json`](WorkflowRunInput::from_json), and for unknown fields if they are handled
    /// strictly.
    pub fn from_json_with(what: &str, json: &[u8], handling: Handling) -> Result<Self, ApiError> {
        let run = json::read(what, json)?;
        handling.check::<Self>(what, json)?;
        Ok(run)
    }
}

impl From<WorkflowRunDetail> for WorkflowRunInput {
    /// The run as its recorder would send it.
    fn from(run: WorkflowRunDetail) -> Self {
        let is_only_attempt = is_first_attempt(&run.attempt) && run.attempts.is_empty();
        let mut input = run_fields!(convert! into run,
        WorkflowRunDetail { error, attempts, steps, step_count } => WorkflowRunInput {
            error,
            has_attempts: !attempts.is_empty(),
            steps: steps.into_iter().map(Into::into).collect(),
            step_count: Some(step_count),
        });
        // As in the response, which leaves it out.
        input.attempt = input.attempt.filter(|_| !is_only_attempt);
        input
    }
}

/// The number of a run's first attempt.
fn first_attempt() -> i32 {
    1
}

fn is_first_attempt(attempt: &i32) -> bool {
    *attempt == first_attempt()
}

/// Whether a field is left out of what is sent.
fn is_never_sent(_: &bool) -> bool {
    true
}
