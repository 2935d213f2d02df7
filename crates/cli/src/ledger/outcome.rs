//! The outcome of recording one run.

use runledger_model::{ErrorResponse, RecordOutcome};
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
        Self::Accepted(recorded.batch_outcome())
    }
}
