//! The changes, and the operations that each of them affects.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    rc::Rc,
};

use crate::{finding::Finding, rule::Rule};

/// An operation, or a pair of schemas.
pub type NodeId = usize;

/// A step from an operation or a pair of schemas to a pair within it.
#[derive(Clone, Debug)]
pub enum Step<'a> {
    /// A part of an operation: its location, such as `response 200 application/json`, and the
    /// subject of messages about it.
    Part(Rc<str>, Rc<str>),
    /// A property of an object.
    Property(&'a str),
    /// The items of an array.
    Items,
    /// Properties without a schema of their own.
    AdditionalProperties,
    /// A branch of alternatives, which has the same location in JSON.
    Alternative,
}

/// The graph of the compared pairs, and the changes in them.
#[derive(Default)]
pub struct Trace<'a> {
    nodes: Vec<Node<'a>>,
    operations: Vec<String>,
    changes: Vec<Change>,
}

#[derive(Default)]
struct Node<'a> {
    /// The nodes that use this one, each with the step from there.
    parents: Vec<(NodeId, Step<'a>)>,
    /// The position in the list of operations, if the node is an operation.
    operation: Option<usize>,
}

struct Change {
    node: Option<NodeId>,
    rule: &'static Rule,
    message: String,
    location: String,
    pointer: String,
}

/// The operations that a change affects, and its location in the first of them.
#[derive(Clone, Default)]
struct Reach {
    operations: Vec<usize>,
    location: String,
}

impl Step<'_> {
    /// A step to a part of an operation.
    pub fn part(location: &str, subject: &str) -> Self {
        Self::Part(location.into(), subject.into())
    }

    /// The subject of messages about the target.
    pub fn subject(&self) -> String {
        match self {
            Self::Part(_, subject) => subject.to_string(),
            Self::Property(name) => format!("`{name}`"),
            Self::Items => "an array item".to_owned(),
            Self::AdditionalProperties => "an additional property".to_owned(),
            Self::Alternative => "an alternative".to_owned(),
        }
    }
}

impl<'a> Trace<'a> {
    /// Adds an operation.
    pub fn operation(&mut self, name: String) -> NodeId {
        self.nodes.push(Node { parents: Vec::new(), operation: Some(self.operations.len()) });
        self.operations.push(name);
        self.nodes.len() - 1
    }

    /// Adds a pair of schemas within a node.
    pub fn node(&mut self, parent: NodeId, step: Step<'a>) -> NodeId {
        self.nodes.push(Node { parents: vec![(parent, step)], operation: None });
        self.nodes.len() - 1
    }

    /// Adds a use of a known pair.
    pub fn used(&mut self, node: NodeId, parent: NodeId, step: Step<'a>) {
        self.nodes[node].parents.push((parent, step));
    }

    /// Adds a change in a node. The location is relative to the node: `.error` in a pair of
    /// schemas, or `response 200` in an operation.
    pub fn change(
        &mut self,
        node: NodeId,
        rule: &'static Rule,
        message: impl Into<String>,
        location: impl Into<String>,
        pointer: impl Into<String>,
    ) {
        let (message, location, pointer) = (message.into(), location.into(), pointer.into());
        self.changes.push(Change { node: Some(node), rule, message, location, pointer });
    }

    /// Adds a change that belongs to no operation.
    pub fn global_change(
        &mut self,
        rule: &'static Rule,
        message: impl Into<String>,
        pointer: impl Into<String>,
    ) {
        let (message, location, pointer) = (message.into(), String::new(), pointer.into());
        self.changes.push(Change { node: None, rule, message, location, pointer });
    }

    /// One finding for each change, the worst first, then in the order of the operations.
    pub fn into_findings(self) -> Vec<Finding> {
        let mut reaches = HashMap::new();
        let mut merged: BTreeMap<(&str, &str, &str), (&Change, Reach)> = BTreeMap::new();
        for change in &self.changes {
            let mut reach = Reach::default();
            if let Some(node) = change.node {
                reach = reaches.entry(node).or_insert_with(|| self.reach(node)).clone();
            }
            reach.location = joined(&reach.location, &change.location);
            let key = (change.rule.name, change.pointer.as_str(), change.message.as_str());
            let known = merged.entry(key).or_insert_with(|| (change, reach.clone()));
            if reach.operations.first() < known.1.operations.first() {
                known.1.location = reach.location;
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
        let Reach { operations, location } = reach;
        Finding {
            rule: change.rule.name,
            level: change.rule.level,
            message: change.message.clone(),
            operations: operations.into_iter().map(|n| self.operations[n].clone()).collect(),
            location,
            pointer: change.pointer.clone(),
            affects: change.rule.affects.to_vec(),
            reason: change.rule.reason.to_owned(),
            advice: change.rule.advice.to_owned(),
        }
    }

    /// Goes back from a pair to all operations that lead to it, and takes the shortest way from the
    /// first of them.
    fn reach(&self, node: NodeId) -> Reach {
        let mut next: HashMap<NodeId, Option<(NodeId, &Step<'a>)>> = HashMap::from([(node, None)]);
        let mut pending = VecDeque::from([node]);
        let mut operations = BTreeMap::new();
        while let Some(here) = pending.pop_front() {
            if let Some(operation) = self.nodes[here].operation {
                operations.insert(operation, here);
            }
            for (parent, step) in &self.nodes[here].parents {
                next.entry(*parent).or_insert_with(|| {
                    pending.push_back(*parent);
                    Some((here, step))
                });
            }
        }
        let mut location = String::new();
        let mut here = operations.values().next().copied().unwrap_or(node);
        while let Some(Some((there, step))) = next.get(&here) {
            match step {
                Step::Part(part, _) => location = format!("{part} $"),
                Step::Property(name) => location = joined(&location, &member(name)),
                Step::Items => location.push_str("[*]"),
                Step::AdditionalProperties => location.push_str(".*"),
                Step::Alternative => {}
            }
            here = *there;
        }
        Reach { operations: operations.into_keys().collect(), location }
    }
}

/// A property as a segment of a JSON path.
pub fn member(name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_plain { format!(".{name}") } else { format!("[{name:?}]") }
}

fn joined(location: &str, rest: &str) -> String {
    let whole = format!("{location}{rest}");
    // A change of a part itself needs no path within it.
    whole.strip_suffix(" $").map_or(whole.clone(), str::to_owned)
}
