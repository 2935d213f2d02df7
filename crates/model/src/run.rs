//! Runs, as the API returns them and as a recorder sends them.

use crate::{
    ApiError, Seconds, StepExecution, StepExecutionInput, Timestamp, WorkflowRunStatus,
    fields::{convert, request_struct, response_struct},
    json,
    limits::MAX_STEPS,
};

/// The fields of a run without its steps; `fields.rs` explains the form.
macro_rules! run_fields {
    ($then:ident! $($args:tt)*) => { $then! { {
        /// Run UID, assigned by the recorder and unique within the tenant: 1 to 255 characters, no
        /// control characters.
        #[schema(example = "run_def456")]
        id {
            response: String,
            /// `.` and `..` are refused. Required in a batch. Where the path has the id, this
            /// field may be omitted and must not differ from the path.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: Option<String>,
        }
        /// UID of the workflow that ran.
        #[schema(example = "workflow_abc123")]
        workflow_id {
            response: String,
            /// 1 to 255 characters, no control characters.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: String,
        }
        /// UID of the workflow version that ran.
        #[schema(example = "version_xyz456")]
        version_id {
            response: String,
            /// 1 to 255 characters, no control characters.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: String,
        }
        /// Human-readable name of that version.
        #[schema(example = "Initial Version")]
        version_display_name {
            response: String,
            /// Up to 255 characters, no control characters.
            #[schema(max_length = 255)]
            #[schemars(length(max = 255))]
            request: String,
        }
        /// What started the run, such as TEST, WEBHOOK_ASYNC or WEBHOOK_SYNC.
        #[serde(rename = "type")]
        #[schema(example = "WEBHOOK_ASYNC")]
        run_type {
            /// An open set: expect new values.
            response: String,
            /// 1 to 255 characters, no control characters.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: String,
        }
        /// State of the run.
        status {
            response: WorkflowRunStatus,
            request: WorkflowRunStatus,
        }
        /// Duration of the run in seconds, as measured by the recorder, with microsecond precision.
        #[schema(value_type = Option<f64>, minimum = 0, example = 15.5)]
        duration {
            /// It need not equal `finished_at` minus `started_at`. Null while unknown, as it is
            /// before the run has finished.
            #[schema(required)]
            #[schemars(range(min = 0))]
            response: Option<Seconds>,
            /// If omitted or null: `finished_at` minus `started_at`, if both are given.
            #[schema(maximum = 1000000000)]
            #[schemars(range(min = 0, max = 1000000000))]
            request: Option<Seconds>,
        }
        /// When the run was created; lists are ordered by it.
        #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:00Z")]
        created_at {
            /// RFC 3339 in UTC, with at most three fraction digits.
            response: Timestamp,
            /// RFC 3339 with any offset; digits finer than a millisecond are cut.
            request: Timestamp,
        }
        /// When the run started; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:05Z")]
        started_at {
            #[schema(required)]
            response: Option<Timestamp>,
            request: Option<Timestamp>,
        }
        /// When the run finished; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:20Z")]
        finished_at {
            #[schema(required)]
            response: Option<Timestamp>,
            /// Not before `started_at`.
            request: Option<Timestamp>,
        }
    } $($args)* } };
}

run_fields! {
    response_struct!
    /// One run in a list: what ran, how it ended and how long it took, without its steps.
    WorkflowRunMetadata {}
}

run_fields! {
    response_struct!
    /// One run with all its steps.
    WorkflowRunDetail {
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
    /// One run to record, with all its steps. It replaces what was recorded under its id before. A
    /// response of `GET /v1/executions/{id}` can be sent back unchanged. A field that may be null
    /// may also be omitted.
    #[serde(expecting = "a run")]
    WorkflowRunInput {
        /// All steps, in order, at most 10,000. A retried step has an entry for each attempt. They
        /// replace the steps that were recorded before; omitting them is the same as an empty
        /// array, which leaves the run without steps.
        #[serde(default, deserialize_with = "json::objects::<_, MAX_STEPS, _>")]
        #[schema(required = false, max_items = 10000)]
        #[schemars(length(max = 10000))]
        pub steps: Vec<StepExecutionInput>,
        /// Number of entries in `steps`; may be omitted, and must not differ from it.
        #[serde(default, deserialize_with = "json::whole_number::<0, 10000, _>")]
        #[schema(minimum = 0, maximum = 10000, example = 2)]
        #[schemars(range(min = 0, max = 10000))]
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
        }
    }

    /// This run with its steps.
    pub fn with_steps(self, steps: Vec<StepExecution>) -> WorkflowRunDetail {
        let step_count = steps.len() as i32;
        run_fields!(convert! into self,
            WorkflowRunMetadata {} => WorkflowRunDetail { steps, step_count })
    }
}

impl WorkflowRunDetail {
    /// The run as a list returns it.
    pub fn metadata(&self) -> WorkflowRunMetadata {
        run_fields!(convert! clone self,
            WorkflowRunDetail { steps: _, step_count: _ } => WorkflowRunMetadata {})
    }
}

impl WorkflowRunInput {
    /// Reads a run from the body of a request.
    ///
    /// # Errors
    /// 400 for a body that is not JSON or has another shape; the message names the location.
    pub fn from_json(body: &[u8]) -> Result<Self, ApiError> {
        json::read("body", body)
    }
}

impl From<WorkflowRunDetail> for WorkflowRunInput {
    /// The run as its recorder would send it.
    fn from(run: WorkflowRunDetail) -> Self {
        run_fields!(convert! into run, WorkflowRunDetail { steps, step_count } => WorkflowRunInput {
            steps: steps.into_iter().map(Into::into).collect(),
            step_count: Some(step_count),
        })
    }
}
