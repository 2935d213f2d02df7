//! What a run is: the wire types with their schemas and rules, the documented examples, and the
//! errors.
//!
//! No I/O, no async, no framework. The whole contract is defined here, and nothing else is.

mod attempt;
mod attempt_query;
mod batch;
mod bucket_width;
mod change;
mod change_query;
mod cursor;
mod error;
pub mod examples;
mod excerpt;
mod fields;
mod free_text;
mod grouped;
mod handling;
mod histogram;
mod json;
mod kept_text;
pub mod limits;
mod list;
mod metadata;
mod metadata_filter;
mod optional_fields;
mod parameters;
mod patch;
mod query;
mod recording;
mod reported;
mod rules;
mod run;
mod run_fields;
pub mod schemas;
mod seconds;
mod state_counts;
mod status;
mod step;
mod step_fields;
mod text;
mod timestamp;
mod workflow;
mod workflows_query;

pub use attempt::WorkflowRunAttempt;
pub use attempt_query::GetExecutionQuery;
pub use batch::{RecordOutcome, RecordResult, WorkflowRunBatch, WorkflowRunBatchResult};
pub use bucket_width::BucketWidth;
pub use change::{WorkflowRunChange, WorkflowRunChanges};
pub use change_query::{
    ListChangesQuery, StreamChangesQuery, check_change_number, read_change_number,
};
pub use cursor::ListCursor;
pub use error::{ApiError, ErrorKind, ErrorResponse};
pub use handling::Handling;
pub use histogram::{Histogram, HistogramBucket};
pub use list::ListWorkflowRunsResponse;
pub use metadata::{Metadata, ReportedMetadata, metadata_pairs};
pub use metadata_filter::check_metadata_pair;
pub use parameters::check_no_parameters;
pub use patch::{RunFacts, RunPatch, StepExecutionPatch, StepFacts, WorkflowRunPatch};
pub use query::{HistogramQuery, ListExecutionsQuery};
pub use recording::Recording;
pub use reported::{Reported, ReportedStatus};
pub use rules::{UNKNOWN_TYPE, check_id};
pub use run::{WorkflowRunDetail, WorkflowRunInput, WorkflowRunMetadata};
pub use seconds::Seconds;
pub use status::{StepStatus, StepType, WorkflowRunStatus, WorkflowRunStatusFilter};
pub use step::{StepExecution, StepExecutionInput};
pub use timestamp::Timestamp;
pub use workflow::{WorkflowList, WorkflowSummary};
pub use workflows_query::ListWorkflowsQuery;
