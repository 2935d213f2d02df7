//! Which operations a change reaches, and on which way.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    rc::Rc,
};

use super::Rule;
use crate::Finding;

/// A pair of places that is or was compared.
pub(super) type NodeId = usize;

/// From a pair of places to one within it.
#[derive(Clone, Debug)]
pub(super) enum Step<'a> {
    /// A part of an operation, such as `response 200 application/json`, and what a sentence calls it.
    Part(Rc<str>, Rc<str>),
    /// A property of an object.
    Property(&'a str),
    /// The elements of an array.
    Items,
    /// Properties without a schema of their own.
    Values,
    /// One of several alternatives; on the wire, it is the same place.
    Alternative,
}

/// Pairs and changes.
#[derive(Default)]
pub(super) struct Trace<'a> {
    nodes: Vec<Node<'a>>,
    operations: Vec<String>,
    changes: Vec<Change>,
}

#[derive(Default)]
struct Node<'a> {
    /// Where it is used, and by which step one gets there.
    parents: Vec<(NodeId, Step<'a>)>,
    /// Its number among the operations, where it is one.
    operation: Option<usize>,
}

struct Change {
    node: Option<NodeId>,
    rule: &'static Rule,
    what: String,
    place: String,
    pointer: String,
}

/// Where a change is felt: the operations, and the place in the first of them.
#[derive(Clone, Default)]
struct Reach {
    operations: Vec<usize>,
    place: String,
}

impl Step<'_> {
    /// A step to a part of an operation.
    pub(super) fn part(place: &str, subject: &str) -> Self {
        Self::Part(place.into(), subject.into())
    }

    /// What a sentence about what it leads to begins with.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::Part(_, subject) => subject.to_string(),
            Self::Property(name) => format!("`{name}`"),
            Self::Items => "an element".to_owned(),
            Self::Values => "a further property".to_owned(),
            Self::Alternative => "an alternative".to_owned(),
        }
    }
}

impl<'a> Trace<'a> {
    /// A new operation.
    pub(super) fn operation(&mut self, name: String) -> NodeId {
        self.nodes.push(Node { parents: Vec::new(), operation: Some(self.operations.len()) });
        self.operations.push(name);
        self.nodes.len() - 1
    }

    /// A new pair within another one.
    pub(super) fn node(&mut self, parent: NodeId, step: Step<'a>) -> NodeId {
        self.nodes.push(Node { parents: vec![(parent, step)], operation: None });
        self.nodes.len() - 1
    }

    /// A known pair is used in one more place.
    pub(super) fn used(&mut self, node: NodeId, parent: NodeId, step: Step<'a>) {
        self.nodes[node].parents.push((parent, step));
    }

    /// Something changed at a place within a pair, such as `.error`; or within an operation, such as `response 200`.
    pub(super) fn change(
        &mut self,
        node: NodeId,
        rule: &'static Rule,
        what: impl Into<String>,
        place: impl Into<String>,
        pointer: impl Into<String>,
    ) {
        let (what, place, pointer) = (what.into(), place.into(), pointer.into());
        self.changes.push(Change { node: Some(node), rule, what, place, pointer });
    }

    /// Something changed that belongs to no operation.
    pub(super) fn change_of_all(
        &mut self,
        rule: &'static Rule,
        what: impl Into<String>,
        pointer: impl Into<String>,
    ) {
        let (what, place, pointer) = (what.into(), String::new(), pointer.into());
        self.changes.push(Change { node: None, rule, what, place, pointer });
    }

    /// One finding for each change, the worst first, then in the order of the operations.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let mut reaches = HashMap::new();
        let mut merged: BTreeMap<(&str, &str, &str), (&Change, Reach)> = BTreeMap::new();
        for change in &self.changes {
            let mut reach = Reach::default();
            if let Some(node) = change.node {
                reach = reaches.entry(node).or_insert_with(|| self.reach(node)).clone();
            }
            reach.place = joined(&reach.place, &change.place);
            let key = (change.rule.name, change.pointer.as_str(), change.what.as_str());
            let known = merged.entry(key).or_insert_with(|| (change, reach.clone()));
            if reach.operations.first() < known.1.operations.first() {
                known.1.place = reach.place;
            }
            known.1.operations.extend(reach.operations);
            known.1.operations.sort_unstable();
            known.1.operations.dedup();
        }
        let mut found: Vec<_> = merged.into_values().collect();
        found.sort_by(|(a, x), (b, y)| {
            let order = |change: &Change, reach: &Reach| {
                (change.rule.level, reach.operations.first().copied().unwrap_or(usize::MAX))
            };
            order(a, x).cmp(&order(b, y)).then_with(|| a.pointer.cmp(&b.pointer))
        });
        found.into_iter().map(|(change, reach)| self.finding(change, reach)).collect()
    }

    fn finding(&self, change: &Change, reach: Reach) -> Finding {
        let name = |number: usize| self.operations[number].clone();
        Finding {
            rule: change.rule.name,
            level: change.rule.level,
            what: change.what.clone(),
            operations: reach.operations.into_iter().map(name).collect(),
            place: reach.place,
            pointer: change.pointer.clone(),
            whom: change.rule.whom.to_vec(),
            why: change.rule.why.to_owned(),
            todo: change.rule.todo.to_owned(),
        }
    }

    /// Goes back from a pair to all operations that lead to it, and takes the shortest way from the first of them.
    fn reach(&self, node: NodeId) -> Reach {
        let mut next: HashMap<NodeId, Option<(NodeId, &Step<'a>)>> = HashMap::from([(node, None)]);
        let mut todo = VecDeque::from([node]);
        let mut operations = BTreeMap::new();
        while let Some(here) = todo.pop_front() {
            if let Some(operation) = self.nodes[here].operation {
                operations.insert(operation, here);
            }
            for (parent, step) in &self.nodes[here].parents {
                next.entry(*parent).or_insert_with(|| {
                    todo.push_back(*parent);
                    Some((here, step))
                });
            }
        }
        let mut place = String::new();
        let mut here = operations.values().next().copied().unwrap_or(node);
        while let Some(Some((there, step))) = next.get(&here) {
            match step {
                Step::Part(part, _) => place = format!("{part} $"),
                Step::Property(name) => place = joined(&place, &member(name)),
                Step::Items => place.push_str("[*]"),
                Step::Values => place.push_str(".*"),
                Step::Alternative => {}
            }
            here = *there;
        }
        Reach { operations: operations.into_keys().collect(), place }
    }
}

/// A property as a step of a JSON path.
pub(super) fn member(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if plain { format!(".{name}") } else { format!("[{name:?}]") }
}

fn joined(place: &str, more: &str) -> String {
    let whole = format!("{place}{more}");
    // A parameter that changes itself needs no path within it.
    whole.strip_suffix(" $").map_or(whole.clone(), str::to_owned)
}
