//! All places of a document with what they are, and which operations reach them, in requests or in responses.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::kind::Kind;
use crate::{
    Document, Finding, Rule,
    document::{elements, escape, members},
};

/// How many places are gone through to find the operations that reach one.
const MOST_STEPS: usize = 1_000;

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
}

/// All places, each before what stands in it.
pub(super) struct Survey<'a> {
    pub document: &'a Document,
    pub nodes: Vec<Node<'a>>,
    /// The places by their pointers.
    pub by_pointer: HashMap<String, usize>,
    /// What stands in each place, and what refers to it.
    children: Vec<Vec<usize>>,
    referrers: Vec<Vec<usize>>,
    findings: Vec<Finding>,
}

impl<'a> Survey<'a> {
    pub fn new(document: &'a Document) -> Self {
        let mut survey = Self {
            document,
            nodes: Vec::new(),
            by_pointer: HashMap::new(),
            children: Vec::new(),
            referrers: Vec::new(),
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
                break *n;
            }
            known = &known[..known.rfind('/').unwrap_or_default()];
        };
        let operations = self.operations(node);
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
            let (sent, read) = (false, false);
            self.nodes.push(Node { kind, pointer, value, parent, key, sent, read });
        }
    }

    /// Walks from the operations along all references, and marks what is sent and what is read. Each place is visited at
    /// most once for each of the two.
    fn reach(&mut self) {
        self.children = vec![Vec::new(); self.nodes.len()];
        self.referrers = vec![Vec::new(); self.nodes.len()];
        let targets: Vec<Option<usize>> = self.nodes.iter().map(|node| self.target(node)).collect();
        for (n, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = node.parent {
                self.children[parent].push(n);
            }
            if let Some(target) = targets[n] {
                self.referrers[target].push(n);
            }
        }
        let starts = (0..self.nodes.len()).filter(|n| self.is_operation(*n));
        let mut pending: Vec<_> = starts
            .flat_map(|n| self.shared(n).chain([n]).collect::<Vec<_>>())
            .map(|n| (n, false, false))
            .collect();
        let mut seen = vec![false; self.nodes.len()];
        while let Some((n, mut sent, mut read)) = pending.pop() {
            let node = &mut self.nodes[n];
            match node.kind {
                Kind::Parameters | Kind::RequestBody => sent = true,
                Kind::Responses => read = true,
                Kind::Callbacks => continue,
                _ => {}
            }
            if seen[n] && (node.sent || !sent) && (node.read || !read) {
                continue;
            }
            seen[n] = true;
            node.sent |= sent;
            node.read |= read;
            pending.extend(self.children[n].iter().map(|child| (*child, sent, read)));
            pending.extend(targets[n].map(|target| (target, sent, read)));
        }
    }

    /// The operations that reach a place, found by going back from it.
    fn operations(&self, n: usize) -> Vec<String> {
        let mut seen = HashSet::from([n]);
        let mut pending = vec![n];
        let mut found = BTreeSet::new();
        while let Some(n) = pending.pop() {
            // More than that nobody reads, and a large document would take long.
            if seen.len() > MOST_STEPS {
                break;
            }
            if self.is_operation(n) {
                found.insert(n);
                continue;
            }
            let parent = self.nodes[n].parent;
            if self.nodes[n].kind == Kind::Parameters {
                // Those of a path belong to all its operations.
                let siblings = parent.map(|n| &self.children[n]).into_iter().flatten();
                found.extend(siblings.copied().filter(|n| self.is_operation(*n)));
            }
            if self.nodes[n].kind != Kind::Callbacks {
                let above = parent.into_iter().chain(self.referrers[n].iter().copied());
                pending.extend(above.filter(|n| seen.insert(*n)));
            }
        }
        found.into_iter().map(|n| self.name(n)).collect()
    }

    fn is_operation(&self, n: usize) -> bool {
        self.nodes[n].kind == Kind::Operation && self.nodes[n].value.is_object()
    }

    /// The parameters of the path that an operation stands under.
    fn shared(&self, operation: usize) -> impl Iterator<Item = usize> + '_ {
        let item = self.nodes[operation].parent.map(|n| &self.children[n]).into_iter().flatten();
        item.copied().filter(|n| self.nodes[*n].kind == Kind::Parameters)
    }

    fn name(&self, operation: usize) -> String {
        let node = &self.nodes[operation];
        let path = self.parent(node).map(|item| item.key.as_str()).unwrap_or_default();
        format!("{} {path}", node.key.to_uppercase())
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
