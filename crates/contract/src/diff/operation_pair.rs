//! An operation in both documents.

use super::{side::Direction, trace::NodeId};
use crate::document::Operation;

/// An operation in the older and the newer document.
pub(super) struct OperationPair<'a> {
    pub(super) node: NodeId,
    pub(super) old: Operation<'a>,
    pub(super) new: Operation<'a>,
    /// The direction of its requests.
    pub(super) direction: Direction,
}
