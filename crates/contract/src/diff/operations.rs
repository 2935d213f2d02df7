//! The operations that were added, removed or moved, and the pairs of operations to compare.

use std::collections::HashMap;

use super::{
    comparison::Comparison,
    operation::{self, id, key},
    operation_pair::OperationPair,
    rules::*,
    security, servers,
    side::Direction,
};
use crate::document::Operation;

/// Compares the operations and webhooks of both documents, and what belongs to all operations.
pub fn compare(comparison: &mut Comparison<'_>) {
    let (old, new) = (comparison.old.document, comparison.new.document);
    servers::compare(comparison, (&old.root()["servers"], &new.root()["servers"]), None);
    security::schemes(comparison);
    all(comparison, (old.operations(), new.operations()), Direction::Request);
    all(comparison, (old.webhooks(), new.webhooks()), Direction::Response);
}

fn all<'a>(
    comparison: &mut Comparison<'a>,
    (old, new): (Vec<Operation<'a>>, Vec<Operation<'a>>),
    direction: Direction,
) {
    let (partners, added) = partners(&old, &new);
    let (removed_rule, added_rule) = match direction {
        Direction::Request => (OPERATION_REMOVED, OPERATION_ADDED),
        Direction::Response => (WEBHOOK_REMOVED, WEBHOOK_ADDED),
    };
    for (one, partner) in old.into_iter().zip(partners) {
        let node = comparison.trace.operation(one.name());
        if let Some(position) = partner {
            let new = new[position].clone();
            operation::compare(comparison, OperationPair { node, old: one, new, direction });
        } else {
            let message = format!("{} was removed", one.name());
            comparison.trace.change(node, removed_rule, message, "", one.pointer);
        }
    }
    for one in added.into_iter().map(|position| &new[position]) {
        let node = comparison.trace.operation(one.name());
        let message = format!("{} was added", one.name());
        comparison.trace.change(node, added_rule, message, "", &one.pointer);
    }
}

/// The positions of the newer operations that correspond to the older ones, and of those without an
/// older one. An operation with the same operationId under another path was moved.
fn partners(old: &[Operation<'_>], new: &[Operation<'_>]) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut left: HashMap<_, _> = HashMap::new();
    let mut by_id: HashMap<_, _> = HashMap::new();
    for (position, operation) in new.iter().enumerate() {
        left.insert(key(operation), position);
        if let Some(id) = id(operation) {
            by_id.insert(id, position);
        }
    }
    let mut partners: Vec<Option<usize>> = old.iter().map(|one| left.remove(&key(one))).collect();
    for (one, partner) in old.iter().zip(&mut partners).filter(|(_, partner)| partner.is_none()) {
        if let Some(position) = id(one).and_then(|id| by_id.get(id))
            && left.remove(&key(&new[*position])).is_some()
        {
            *partner = Some(*position);
        }
    }
    let is_left = |position: &usize| left.contains_key(&key(&new[*position]));
    (partners, (0..new.len()).filter(is_left).collect())
}
