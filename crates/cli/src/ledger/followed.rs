//! What a follower of a ledger learns.

use runledger_model::WorkflowRunChange;

/// What a follower learns.
#[derive(Debug)]
pub enum Followed {
    /// From here on no change is missed. Comes first, and once.
    Started,
    /// A run changed.
    Change(Box<WorkflowRunChange>),
    /// The server cannot be reached for this reason. It is tried again until it can.
    Interrupted(String),
    /// The server can be reached again. What changed meanwhile follows.
    Resumed,
}
