//! The changes between two documents, and whom they affect.
//!
//! Pairs of an older and a newer schema are compared one at a time from a list of pending pairs, so
//! that deep or circular references cannot exhaust the stack. The pairs are the nodes of a graph
//! with their uses as edges, so that a change in a shared schema is reported once, with all
//! operations that it affects.

mod comparison;
mod content;
mod equality;
mod headers;
mod location;
mod names;
mod operation;
mod operation_pair;
mod operations;
mod parameters;
mod renames;
mod requests;
mod responses;
mod rules;
mod schemas;
mod security;
mod servers;
mod shape;
mod side;
mod trace;

use comparison::Comparison;
pub use rules::DIFF_RULES;

use crate::{document::Document, finding::Finding};

/// Finds the changes from the older document to the newer one, the worst first. Changes of
/// descriptions, examples and the order of keys are not reported.
pub fn diff(old: &Document, new: &Document) -> Vec<Finding> {
    let mut comparison = Comparison::new(old, new);
    names::compare(&mut comparison);
    operations::compare(&mut comparison);
    while let Some(pair) = comparison.next() {
        schemas::compare(&mut comparison, pair);
    }
    comparison.trace.into_findings()
}
