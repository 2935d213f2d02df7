//! Steps of a run, as the API returns them and as a recorder sends them.

use crate::{
    Seconds, StepStatus, StepType, Timestamp,
    fields::{convert, request_struct, response_struct},
    json,
};

/// The fields of a step; `fields.rs` explains the form.
macro_rules! step_fields {
    ($then:ident! $($args:tt)*) => { $then! { {
        /// Step execution UID, assigned by the recorder and unique within the run: 1 to 255
        /// characters, no control characters.
        #[schema(example = "step_exec_123")]
        id {
            response: String,
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: String,
        }
        /// Name of the step within the workflow, the same for every attempt.
        #[schema(example = "send_email")]
        step_name {
            response: String,
            /// 1 to 255 characters, no control characters.
            #[schema(min_length = 1, max_length = 255)]
            #[schemars(length(min = 1, max = 255))]
            request: String,
        }
        /// Whether the step started the run or is part of its work.
        step_type {
            response: StepType,
            request: StepType,
        }
        /// State of the attempt.
        status {
            response: StepStatus,
            request: StepStatus,
        }
        /// Number of the attempt: 1 for the first, one more for each retry.
        #[schema(minimum = 1, example = 1)]
        attempt {
            #[schemars(range(min = 1))]
            response: i32,
            /// If omitted or null, 1.
            #[serde(default, deserialize_with = "json::whole_number::<1, 2147483647, _>")]
            #[schema(maximum = 2147483647)]
            #[schemars(range(min = 1, max = 2147483647))]
            request: Option<i32>,
        }
        /// What went wrong, in the engine's words; null if nothing did.
        #[schema(example = json!(null))]
        error {
            #[schema(required)]
            response: Option<String>,
            /// Up to 65,536 characters, without NUL.
            #[schema(max_length = 65536)]
            #[schemars(length(max = 65536))]
            request: Option<String>,
        }
        /// Duration of the attempt in seconds, as measured by the recorder, with microsecond
        /// precision.
        #[schema(minimum = 0, example = 1.2)]
        duration {
            /// It need not equal `finished_at` minus `started_at`. 0 if the attempt has not
            /// started.
            #[schema(value_type = f64)]
            #[schemars(range(min = 0))]
            response: Seconds,
            /// If omitted or null: `finished_at` minus `started_at`, or 0 if either is missing.
            #[schema(value_type = Option<f64>, maximum = 1000000000)]
            #[schemars(range(min = 0, max = 1000000000))]
            request: Option<Seconds>,
        }
        /// When the attempt was created.
        #[schema(value_type = String, format = DateTime, example = "2025-01-04T12:00:06Z")]
        created_at {
            /// RFC 3339 in UTC, with at most three fraction digits.
            response: Timestamp,
            /// RFC 3339 with any offset; digits finer than a millisecond are cut.
            request: Timestamp,
        }
        /// When the attempt started; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:06Z")]
        started_at {
            #[schema(required)]
            response: Option<Timestamp>,
            request: Option<Timestamp>,
        }
        /// When the attempt finished; null if it has not.
        #[schema(value_type = Option<String>, format = DateTime, example = "2025-01-04T12:00:07Z")]
        finished_at {
            #[schema(required)]
            response: Option<Timestamp>,
            /// Not before `started_at`.
            request: Option<Timestamp>,
        }
    } $($args)* } };
}

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
        }
    }
}

impl From<StepExecution> for StepExecutionInput {
    /// The step as its recorder would send it.
    fn from(step: StepExecution) -> Self {
        step_fields!(convert! into step, StepExecution {} => StepExecutionInput {})
    }
}
