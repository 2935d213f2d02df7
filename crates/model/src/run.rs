//! Runs, as the API returns them and as a recorder sends them.

use crate::{
    ApiError, Metadata, Reported, Seconds, StepExecution, StepExecutionInput, Timestamp,
    WorkflowRunAttempt, WorkflowRunStatus,
    fields::{convert, request_struct, response_struct},
    free_text, json,
    limits::MAX_STEPS,
    metadata,
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
            /// Empty if the recorder gave none.
            response: String,
            /// Up to 255 characters, no control characters. If omitted or null, empty.
            #[schema(max_length = 255)]
            #[schemars(length(max = 255))]
            request: Option<String>,
        }
        /// Human-readable name of that version.
        #[schema(example = "Initial Version")]
        version_display_name {
            /// Empty if the recorder gave none.
            response: String,
            /// Up to 255 characters, no control characters. If omitted or null, empty.
            #[schema(max_length = 255)]
            #[schemars(length(max = 255))]
            request: Option<String>,
        }
        /// What started the run, such as TEST, WEBHOOK_ASYNC or WEBHOOK_SYNC.
        #[serde(rename = "type")]
        #[schema(example = "WEBHOOK_ASYNC")]
        run_type {
            /// An open set: expect new values. UNKNOWN if the recorder gave none.
            response: String,
            /// 1 to 255 characters, no control characters. If omitted or null, UNKNOWN.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: Option<String>,
        }
        /// State of the run.
        status {
            response: WorkflowRunStatus,
            /// Further words of engines are recorded as one of these states with an `outcome`:
            /// SKIPPED as SUCCEEDED; TIMED_OUT, UPSTREAM_FAILED, CRASHED and LOST as FAILED. Without
            /// an outcome: SUCCESS as SUCCEEDED; FAILURE and ERROR as FAILED; CANCELED as CANCELLED;
            /// QUEUED and SCHEDULED as PENDING.
            #[schema(value_type = WorkflowRunStatus)]
            #[schemars(with = "WorkflowRunStatus")]
            request: Reported<WorkflowRunStatus>,
        }
        /// Duration of the run in seconds, as measured by the recorder, with microsecond precision.
        #[schema(value_type = Option<f64>, example = 15.5)]
        duration {
            /// It need not equal `finished_at` minus `started_at`. Null while unknown, as it is
            /// before the run has finished.
            #[schema(required, minimum = 0)]
            #[schemars(range(min = 0))]
            response: Option<Seconds>,
            /// If omitted or null: `finished_at` minus `started_at`, if both are given. A negative
            /// one, also of these two, is recorded as 0.
            #[serde(default, deserialize_with = "json::duration")]
            #[schema(minimum = -1000000000, maximum = 1000000000)]
            #[schemars(range(min = -1000000000, max = 1000000000))]
            request: Option<Seconds>,
        }
        /// When the run was created; lists are ordered by it.
        #[schema(format = DateTime, example = "2025-01-04T12:00:00Z")]
        created_at {
            /// RFC 3339 in UTC, with at most three fraction digits.
            #[schema(value_type = String)]
            response: Timestamp,
            /// RFC 3339 with any offset; digits finer than a millisecond are cut. The zero time
            /// `0001-01-01T00:00:00Z` is the same as none, here and in all times. If omitted or
            /// null: what was recorded before; for a new run `started_at`, or else the time of this
            /// recording.
            #[serde(default, deserialize_with = "json::time")]
            #[schema(value_type = Option<String>)]
            request: Option<Timestamp>,
        }
        /// When the run started; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:05Z")]
        started_at {
            #[schema(required)]
            response: Option<Timestamp>,
            #[serde(default, deserialize_with = "json::time")]
            request: Option<Timestamp>,
        }
        /// When the run finished; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:20Z")]
        finished_at {
            #[schema(required)]
            response: Option<Timestamp>,
            /// It is recorded as given, also where it is before `started_at`.
            #[serde(default, deserialize_with = "json::time")]
            request: Option<Timestamp>,
        }
        /// Number of the attempt: an engine that runs a finished run again under its id begins the
        /// next one.
        #[schema(minimum = 1, example = 2)]
        attempt {
            /// Omitted if it is 1.
            #[serde(default = "first_attempt", skip_serializing_if = "is_first_attempt")]
            #[schemars(range(min = 1))]
            response: i32,
            /// If omitted or null, the newest attempt that is recorded; 1 for a new run.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                deserialize_with = "json::whole_number::<1, 2147483647, _>"
            )]
            #[schema(maximum = 2147483647)]
            #[schemars(range(min = 1, max = 2147483647))]
            request: Option<i32>,
        }
        /// A word that refines the status, such as SKIPPED, CANCELLED, TIMED_OUT, UPSTREAM_FAILED,
        /// CRASHED or LOST: an open set.
        #[schema(example = "TIMED_OUT")]
        outcome {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// 1 to 64 characters of A to Z, 0 to 9 and `_`; empty is the same as null. If omitted
            /// or null, that of the `status`.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 64)]
            #[schemars(length(max = 64))]
            request: Option<String>,
        }
        /// Where the engine shows the run.
        #[schema(example = "https://engine.example/runs/456")]
        url {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// `http://` or `https://`, up to 2,048 characters, no control characters; empty is the
            /// same as null.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 2048)]
            #[schemars(length(max = 2048))]
            request: Option<String>,
        }
        /// Pairs of strings by which the recorder describes the run.
        metadata {
            /// Omitted if there are none.
            #[serde(default, skip_serializing_if = "Metadata::is_empty")]
            #[schema(schema_with = metadata::response_schema)]
            #[schemars(schema_with = "metadata::response_json_schema")]
            response: Metadata,
            /// Up to 64 pairs, keys of 1 to 64 characters without control characters, values of up
            /// to 1,024 characters without NUL.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(schema_with = metadata::request_schema)]
            #[schemars(schema_with = "metadata::request_json_schema")]
            request: Option<Metadata>,
        }
        /// Id of the run that started this one; it need not be recorded.
        #[schema(example = "run_abc123")]
        parent_id {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// Up to 255 characters, no control characters; empty is the same as null.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 255)]
            #[schemars(length(max = 255))]
            request: Option<String>,
        }
        /// Who or what started the run, in the engine's words.
        #[schema(example = "jane@example.com")]
        triggered_by {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false)]
            #[schemars(with = "String")]
            response: Option<String>,
            /// Up to 255 characters, no control characters; empty is the same as null.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(max_length = 255)]
            #[schemars(length(max = 255))]
            request: Option<String>,
        }
        /// Time in seconds within which a live run is recorded again.
        #[schema(example = 60)]
        heartbeat_timeout {
            /// Omitted if the recorder gave none.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, minimum = 1)]
            #[schemars(with = "i32", range(min = 1))]
            response: Option<i32>,
            /// A live run that is not recorded again within this time is ended as FAILED with the
            /// outcome LOST.
            #[serde(
                default,
                skip_serializing_if = "Option::is_none",
                deserialize_with = "json::whole_number::<1, 2592000, _>"
            )]
            #[schema(minimum = 1, maximum = 2592000)]
            #[schemars(range(min = 1, max = 2592000))]
            request: Option<i32>,
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
        /// Why the run failed, in the engine's words. NUL and halves of surrogate pairs are recorded
        /// as U+FFFD. Of a text longer than 65,536 characters, the beginning and the end are
        /// recorded with the number of characters left out between them. Empty is the same as null.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "free_text::text"
        )]
        #[schema(example = "exit status 1")]
        pub error: Option<String>,
        /// Those of a response that is sent back, of which nothing is recorded. Beside them, an
        /// omitted `attempt` is 1, as in the response.
        #[serde(
            default,
            skip_serializing_if = "Vec::is_empty",
            deserialize_with = "json::objects::<_, MAX_STEPS, _>"
        )]
        #[schema(value_type = Option<Vec<WorkflowRunAttempt>>, max_items = 100000)]
        #[schemars(with = "Option<Vec<WorkflowRunAttempt>>", length(max = 100000))]
        pub attempts: Vec<WorkflowRunAttempt>,
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
    /// The run as a list returns it.
    pub fn metadata(&self) -> WorkflowRunMetadata {
        run_fields!(convert! clone self,
            WorkflowRunDetail { error: _, attempts: _, steps: _, step_count: _ } =>
            WorkflowRunMetadata {})
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
        let is_only_attempt = is_first_attempt(&run.attempt) && run.attempts.is_empty();
        let mut input = run_fields!(convert! into run,
        WorkflowRunDetail { error, attempts, steps, step_count } => WorkflowRunInput {
            error,
            attempts,
            steps: steps.into_iter().map(Into::into).collect(),
            step_count: Some(step_count),
        });
        // As in the response, which leaves these out.
        input.attempt = input.attempt.filter(|_| !is_only_attempt);
        input.metadata = input.metadata.filter(|metadata| !metadata.is_empty());
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
