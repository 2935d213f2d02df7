//! What a run is: the wire types with their schemas and rules, the documented examples, and the errors.
//!
//! No I/O, no async, no framework: everything that the contract says stands here, and nothing else does.

mod batch;
mod error;
pub mod examples;
mod json;
mod list;
mod record;
mod rules;
mod run;
pub mod schemas;
mod seconds;
mod status;
mod timestamp;

pub use batch::{RecordOutcome, RecordResult, WorkflowRunBatch, WorkflowRunBatchResult};
pub use error::{ApiError, ErrorKind, ErrorResponse};
pub use list::ListExecutionsQuery;
pub use record::{StepExecutionInput, WorkflowRunInput};
pub use rules::check_id;
pub use run::{ListWorkflowRunsResponse, StepExecution, WorkflowRunDetail, WorkflowRunMetadata};
pub use seconds::Seconds;
pub use status::{StepStatus, StepType, WorkflowRunStatus, WorkflowRunStatusFilter};
pub use timestamp::Timestamp;
