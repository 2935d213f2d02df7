//! The state of a comparison: the documents, the pairs of schemas and the changes.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    equality::identical,
    location::Location,
    renames::Renames,
    side::{Direction, Side},
    trace::{NodeId, Step, Trace},
};
use crate::document::Document;

/// A comparison of two documents.
pub struct Comparison<'a> {
    pub old: Side<'a>,
    pub new: Side<'a>,
    pub trace: Trace<'a>,
    pub renames: Renames,
    /// The pairs so far, by the addresses of their schemas.
    known: HashMap<(Direction, bool, Vec<*const Value>), NodeId>,
    pending: Vec<SchemaPair<'a>>,
}

/// A pair of schemas to compare. On each side, several schemas may apply together.
pub struct SchemaPair<'a> {
    pub node: NodeId,
    pub old: Vec<Location<'a>>,
    pub new: Vec<Location<'a>>,
    pub direction: Direction,
    /// Whether the schemas are branches of alternatives. The alternatives decide about null
    /// together, so the branches are not compared for it.
    pub is_branch: bool,
    /// The subject of messages about the pair, such as "`status`".
    pub subject: String,
}

impl<'a> Comparison<'a> {
    pub fn new(old: &'a Document, new: &'a Document) -> Self {
        Self {
            old: Side::of(old),
            new: Side::of(new),
            trace: Trace::default(),
            renames: Renames::default(),
            known: HashMap::new(),
            pending: Vec::new(),
        }
    }

    /// Adds a pair of schemas to the pairs to compare. Each pair is compared once.
    pub fn schemas(
        &mut self,
        parent: NodeId,
        step: Step<'a>,
        (old, new): (Vec<Location<'a>>, Vec<Location<'a>>),
        direction: Direction,
    ) {
        if self.old.is_3_0 == self.new.is_3_0 && identical(&old, &new) {
            return;
        }
        let (old, new) = (self.old.follow_plain(old), self.new.follow_plain(new));
        let addresses = |schemas: &[Location<'a>]| -> Vec<_> {
            schemas.iter().map(|schema| std::ptr::from_ref(schema.value)).collect()
        };
        let mut key = addresses(&old);
        key.push(std::ptr::null());
        key.extend(addresses(&new));
        let is_branch = matches!(step, Step::Alternative);
        let key = (direction, is_branch, key);
        if let Some(node) = self.known.get(&key) {
            self.trace.used(*node, parent, step);
            return;
        }
        let pointer = old.first().map(|schema| schema.pointer.as_str());
        let name = pointer.and_then(|pointer| pointer.strip_prefix("/components/schemas/"));
        let subject = match name.filter(|name| !name.contains('/')) {
            Some(name) => format!("`{name}`"),
            None => step.subject(),
        };
        let node = self.trace.node(parent, step);
        self.known.insert(key, node);
        self.pending.push(SchemaPair { node, old, new, direction, is_branch, subject });
    }

    /// Takes the next pair to compare.
    pub fn next(&mut self) -> Option<SchemaPair<'a>> {
        self.pending.pop()
    }
}
