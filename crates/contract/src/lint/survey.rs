//! All places of a document with what they are, and which operations reach them, in requests or in responses.

use std::collections::HashMap;

use serde_json::Value;

use super::kind::Kind;
use crate::{
    Document, Finding, Rule,
    document::{elements, escape, members},
};

/// A place of the document.
pub(super) struct Node<'a> {
    pub kind: Kind,
    pub pointer: String,
    pub value: &'a Value,
    /// The place that it stands in, and the key there.
    pub parent: Option<usize>,
    pub key: String,
    /// Whether clients send it, and whether they read it.
    pub sent: bool,
    pub read: bool,
    /// The operations that reach it.
    pub operations: Vec<u32>,
}

/// All places, each before what stands in it.
pub(super) struct Survey<'a> {
    pub document: &'a Document,
    pub nodes: Vec<Node<'a>>,
    /// The places by their pointers.
    pub by_pointer: HashMap<String, usize>,
    names: Vec<String>,
    findings: Vec<Finding>,
}

impl<'a> Survey<'a> {
    pub fn new(document: &'a Document) -> Self {
        let mut survey = Self {
            document,
            nodes: Vec::new(),
            by_pointer: HashMap::new(),
            names: Vec::new(),
            findings: Vec::new(),
        };
        survey.collect();
        survey.reach();
        survey
    }

    /// The places of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// The place that another stands in.
    pub fn parent(&self, node: &Node<'a>) -> Option<&Node<'a>> {
        node.parent.map(|n| &self.nodes[n])
    }

    /// The findings so far, the worst first, and otherwise in the document's order.
    pub fn into_findings(mut self) -> Vec<Finding> {
        self.findings.sort_by_key(|finding| finding.level);
        self.findings
    }

    /// Notes what a rule finds at a place.
    pub fn found(&mut self, rule: &'static Rule, pointer: &str, what: String) {
        // A place may be below the last one that is known, such as a keyword of a schema.
        let mut known = pointer;
        let node = loop {
            if let Some(n) = self.by_pointer.get(known) {
                break &self.nodes[*n];
            }
            known = &known[..known.rfind('/').unwrap_or_default()];
        };
        let operations = node.operations.iter().map(|n| self.names[*n as usize].clone()).collect();
        self.findings.push(Finding {
            rule: rule.name,
            level: rule.level,
            what,
            operations,
            place: String::new(),
            pointer: pointer.to_owned(),
            whom: rule.whom.to_vec(),
            why: rule.why.to_owned(),
            todo: rule.todo.to_owned(),
        });
    }

    /// Whether a rule has found something at this place.
    pub fn is_known(&self, pointer: &str) -> bool {
        self.findings.iter().any(|finding| finding.pointer == pointer)
    }

    fn collect(&mut self) {
        let root = self.document.root();
        let mut pending = vec![(Kind::Root, String::new(), root, None, String::new())];
        while let Some((kind, pointer, value, parent, key)) = pending.pop() {
            let n = self.nodes.len();
            self.by_pointer.insert(pointer.clone(), n);
            let children: Vec<(String, &Value)> = match value {
                _ if kind == Kind::Data => Vec::new(),
                // What stands beside a reference is not read, but for schemas.
                Value::Object(object) if kind != Kind::Schema && object.contains_key("$ref") => {
                    Vec::new()
                }
                Value::Object(_) => {
                    members(value).map(|(key, value)| (key.clone(), value)).collect()
                }
                _ => elements(value).iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
            };
            for (key, value) in children.into_iter().rev() {
                pending.push((
                    kind.child(&key),
                    format!("{pointer}/{}", escape(&key)),
                    value,
                    Some(n),
                    key,
                ));
            }
            let (sent, read, operations) = (false, false, Vec::new());
            self.nodes.push(Node { kind, pointer, value, parent, key, sent, read, operations });
        }
    }

    /// Walks from each operation along all references. Each place is visited once per operation and direction.
    fn reach(&mut self) {
        let mut children = vec![Vec::new(); self.nodes.len()];
        for (n, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = node.parent {
                children[parent].push(n);
            }
        }
        let targets: Vec<Option<usize>> = self.nodes.iter().map(|node| self.target(node)).collect();
        let starts: Vec<_> = (0..self.nodes.len())
            .filter(|n| self.nodes[*n].kind == Kind::Operation && self.nodes[*n].value.is_object())
            .collect();
        for (number, start) in starts.into_iter().enumerate() {
            let node = &self.nodes[start];
            let path = self.parent(node).map(|item| item.key.clone()).unwrap_or_default();
            self.names.push(format!("{} {path}", node.key.to_uppercase()));
            let item = node.parent.map(|n| &children[n]).into_iter().flatten();
            let shared = item.copied().filter(|n| self.nodes[*n].kind == Kind::Parameters);
            let mut pending: Vec<_> = shared.chain([start]).map(|n| (n, false, false)).collect();
            let mut seen = HashMap::new();
            while let Some((n, mut sent, mut read)) = pending.pop() {
                match self.nodes[n].kind {
                    Kind::Parameters | Kind::RequestBody => sent = true,
                    Kind::Responses => read = true,
                    Kind::Callbacks => continue,
                    _ => {}
                }
                let known = seen.entry(n).or_insert((false, false, false));
                if *known == (true, known.1 || sent, known.2 || read) {
                    continue;
                }
                if !known.0 {
                    self.nodes[n].operations.push(number as u32);
                }
                *known = (true, known.1 || sent, known.2 || read);
                self.nodes[n].sent |= sent;
                self.nodes[n].read |= read;
                pending.extend(children[n].iter().map(|child| (*child, sent, read)));
                pending.extend(targets[n].map(|target| (target, sent, read)));
            }
        }
    }

    /// Where the reference of a place leads.
    pub fn target(&self, node: &Node<'a>) -> Option<usize> {
        if node.kind == Kind::Data {
            return None;
        }
        let (_, pointer) = self.document.target(node.value.get("$ref")?.as_str()?)?;
        self.by_pointer.get(&pointer).copied()
    }
}
