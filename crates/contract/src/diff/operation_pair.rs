//! An operation in both documents.

use super::{side::Direction, trace::NodeId};
use crate::document::Operation;

/// An operation in the older and the newer document.
pub struct OperationPair<'a> {
    pub node: NodeId,
    pub old: Operation<'a>,
    pub new: Operation<'a>,
    /// The direction of its requests.
    pub direction: Direction,
}
