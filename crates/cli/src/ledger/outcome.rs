//! The outcome of recording one run.

use runledger_model::{ApiError, ErrorResponse, RecordOutcome};
use runledger_store::Recorded;

/// The outcome of recording one run.
pub enum Outcome {
    /// The ledger has the run. Never [`RecordOutcome::Rejected`].
    Accepted(RecordOutcome),
    /// The run was rejected.
    Rejected(ErrorResponse),
}

impl From<Recorded> for Outcome {
    fn from(recorded: Recorded) -> Self {
        match recorded {
            Recorded::Created => Self::Accepted(RecordOutcome::Recorded),
            Recorded::Updated => Self::Accepted(RecordOutcome::Updated),
            Recorded::Unchanged => Self::Accepted(RecordOutcome::Unchanged),
            Recorded::Conflict { from, to } => Self::Rejected(*ApiError::conflict(from, to).body),
        }
    }
}
