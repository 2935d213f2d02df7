//! What changed between two documents, and what that means for whom.
//!
//! Pairs of places, an older and a newer one, are compared one at a time, from a list of what is still to be compared:
//! no reference, however deep or circular, makes anything call itself. The pairs are the nodes of a graph, in which
//! each knows where it is used, so that a change in a shared schema is told once, with the operations that it reaches.

mod alternatives;
mod limits;
mod names;
mod operations;
mod parameters;
mod properties;
mod requests;
mod responses;
mod rules;
mod same;
mod schemas;
mod security;
mod shape;
mod trace;

use std::{cell::RefCell, collections::HashMap};

use names::Renamed;
pub use rules::DIFF_RULES;
use shape::Place;
use trace::{NodeId, Step, Trace};

use crate::{Document, Finding, Rule};

/// Finds what changed in meaning from the older document to the newer one, the worst first. Words, examples and the
/// order of things are not meaning.
pub fn diff(old: &Document, new: &Document) -> Vec<Finding> {
    let mut comparison = Comparison {
        old: Side::of(old),
        new: Side::of(new),
        trace: Trace::default(),
        known: HashMap::new(),
        pending: Vec::new(),
        renamed: Renamed::default(),
    };
    names::compare(&mut comparison);
    operations::compare(&mut comparison);
    while let Some(pair) = comparison.pending.pop() {
        schemas::compare(&mut comparison, pair);
    }
    comparison.trace.into_findings()
}

/// One of the two documents.
struct Side<'a> {
    document: &'a Document,
    /// Whether it speaks 3.0.
    older: bool,
    /// Whether a schema lets null through, by its address: asked again and again of shared ones.
    nulls: RefCell<HashMap<*const serde_json::Value, bool>>,
}

/// Who sends a value: what is widened for the one is narrowed for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Direction {
    /// The client, in a request.
    Sent,
    /// The server, in an answer, or in the request of a callback or webhook.
    Answered,
}

impl Direction {
    fn flipped(self) -> Self {
        match self {
            Self::Sent => Self::Answered,
            Self::Answered => Self::Sent,
        }
    }

    /// The rule for this direction.
    fn rule(self, sent: &'static Rule, answered: &'static Rule) -> &'static Rule {
        match self {
            Self::Sent => sent,
            Self::Answered => answered,
        }
    }
}

/// A pair of schemas that is still to be compared; of each, several may apply together.
struct Pair<'a> {
    node: NodeId,
    old: Vec<Place<'a>>,
    new: Vec<Place<'a>>,
    direction: Direction,
    /// Whether it is one of several alternatives: whether null is let through is then said by all of them together.
    branch: bool,
    /// What a sentence about it begins with, such as "`status`".
    subject: String,
}

/// All that the parts of a comparison share.
struct Comparison<'a> {
    old: Side<'a>,
    new: Side<'a>,
    trace: Trace<'a>,
    known: HashMap<(Direction, bool, Vec<*const serde_json::Value>), NodeId>,
    pending: Vec<Pair<'a>>,
    renamed: Renamed,
}

impl<'a> Comparison<'a> {
    /// Compares two schemas, later, and once only.
    fn schemas(
        &mut self,
        parent: NodeId,
        step: Step<'a>,
        (old, new): (Vec<Place<'a>>, Vec<Place<'a>>),
        direction: Direction,
    ) {
        if self.old.older == self.new.older && same::nothing_to_see(&old, &new) {
            return;
        }
        let (old, new) = (self.old.landed(old), self.new.landed(new));
        let addresses = |places: &[Place<'a>]| -> Vec<_> {
            places.iter().map(|place| std::ptr::from_ref(place.value)).collect()
        };
        let mut key = addresses(&old);
        key.push(std::ptr::null());
        key.extend(addresses(&new));
        let branch = matches!(step, Step::Alternative);
        let key = (direction, branch, key);
        if let Some(node) = self.known.get(&key) {
            self.trace.used(*node, parent, step);
            return;
        }
        let named =
            old.first().and_then(|place| place.pointer.strip_prefix("/components/schemas/"));
        let subject = match named.filter(|name| !name.contains('/')) {
            Some(name) => format!("`{name}`"),
            None => step.subject(),
        };
        let node = self.trace.node(parent, step);
        self.known.insert(key, node);
        self.pending.push(Pair { node, old, new, direction, branch, subject });
    }
}

impl<'a> Side<'a> {
    fn of(document: &'a Document) -> Self {
        Self { document, older: document.is_3_0(), nulls: RefCell::default() }
    }

    /// Follows a reference that stands alone or with words only, so that all its users share one pair.
    fn landed(&self, mut places: Vec<Place<'a>>) -> Vec<Place<'a>> {
        if let [place] = places.as_mut_slice()
            && place.value.get("$ref").is_some()
            && place.value.as_object().is_some_and(|schema| {
                self.older || schema.keys().all(|key| key == "$ref" || same::is_annotation(key))
            })
        {
            let (value, pointer) = self.document.follow(place.value, &place.pointer);
            *place = Place { value, pointer };
        }
        places
    }
}
