//! The values of a document, the operations that reach each of them, and the findings so far.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use crate::{
    document::Document,
    finding::{Finding, Level},
    grammar::{Kind, Node, nodes},
    nullability::Nulls,
    rule::Rule,
};

/// The number of nodes that are searched for the operations of a finding. Without a limit, large
/// documents take too long.
const MAX_SEARCHED: usize = 1_000;

/// A broken rule: the rule, the JSON pointer, and the message.
pub type Violation = (&'static Rule, String, String);

/// The nodes of a document and their use.
pub struct Survey<'a> {
    pub document: &'a Document,
    pub nulls: Nulls<'a>,
    /// Each node before the nodes that it contains.
    pub nodes: Vec<Node<'a>>,
    by_pointer: HashMap<String, usize>,
    used: Vec<Use>,
    /// The contained nodes and the references to each node.
    children: Vec<Vec<usize>>,
    referrers: Vec<Vec<usize>>,
    findings: Vec<Finding>,
}

/// The directions in which a node is used.
#[derive(Clone, Copy, Default)]
struct Use {
    seen: bool,
    request: bool,
    response: bool,
}

impl<'a> Survey<'a> {
    pub fn new(document: &'a Document) -> Self {
        let nodes = nodes(document.root());
        let by_pointer =
            nodes.iter().enumerate().map(|(n, node)| (node.pointer.clone(), n)).collect();
        let mut survey = Self {
            document,
            nulls: Nulls::new(document.root()),
            used: vec![Use::default(); nodes.len()],
            children: vec![Vec::new(); nodes.len()],
            referrers: vec![Vec::new(); nodes.len()],
            nodes,
            by_pointer,
            findings: Vec::new(),
        };
        survey.find_uses();
        survey
    }

    /// The nodes of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Node<'a>> {
        self.nodes.iter().filter(move |node| node.kind == kind)
    }

    /// The schemas that occur in responses and in no request.
    pub fn response_schemas(&self) -> impl Iterator<Item = &Node<'a>> {
        let with_use = self.nodes.iter().zip(&self.used);
        let of_responses = with_use.filter(|(_, used)| used.response && !used.request);
        of_responses.map(|(node, _)| node).filter(|node| node.kind == Kind::Schema)
    }

    /// The node at this pointer.
    pub fn at(&self, pointer: &str) -> Option<&Node<'a>> {
        self.by_pointer.get(pointer).map(|n| &self.nodes[*n])
    }

    /// The node that contains another one.
    pub fn parent(&self, node: &Node<'a>) -> Option<&Node<'a>> {
        node.parent.map(|n| &self.nodes[n])
    }

    /// Whether a finding so far points at exactly this pointer.
    pub fn is_found(&self, pointer: &str) -> bool {
        self.findings.iter().any(|finding| finding.pointer == pointer)
    }

    /// Adds a finding for each violation.
    pub fn add(&mut self, violations: Vec<Violation>) {
        for (rule, pointer, message) in violations {
            let operations = self.operations(self.nearest(&pointer));
            self.findings.push(Finding {
                rule: rule.name,
                level: rule.level,
                message,
                operations,
                location: String::new(),
                pointer,
                affects: rule.affects.to_vec(),
                reason: rule.reason.to_owned(),
                advice: rule.advice.to_owned(),
            });
        }
    }

    /// All findings, the worst first, and otherwise in the order of the rules and the document.
    pub fn into_findings(self) -> Vec<Finding> {
        let Self { document, mut findings, .. } = self;
        findings.retain(|finding| !is_ignored(document, finding));
        findings.sort_by_key(|finding| finding.level);
        findings
    }

    /// The last known node on the way to a pointer, which may lead to a keyword within a node.
    fn nearest(&self, pointer: &str) -> usize {
        let mut known = pointer;
        loop {
            if let Some(n) = self.by_pointer.get(known) {
                return *n;
            }
            known = &known[..known.rfind('/').unwrap_or_default()];
        }
    }

    /// Follows all references from the operations, and marks what occurs in requests and in
    /// responses. Each node is visited at most once for each of the two.
    fn find_uses(&mut self) {
        let targets: Vec<Option<usize>> = self.nodes.iter().map(|node| self.target(node)).collect();
        for (n, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = node.parent {
                self.children[parent].push(n);
            }
            if let Some(target) = targets[n] {
                self.referrers[target].push(n);
            }
        }
        let operations = (0..self.nodes.len()).filter(|n| self.is_operation(*n));
        let mut pending: Vec<_> = operations
            .flat_map(|n| self.path_parameters(n).chain([n]).collect::<Vec<_>>())
            .map(|n| (n, Use::default()))
            .collect();
        while let Some((n, mut usage)) = pending.pop() {
            match self.nodes[n].kind {
                Kind::Parameters | Kind::RequestBody => usage.request = true,
                Kind::Responses => usage.response = true,
                Kind::Callbacks => continue,
                _ => {}
            }
            let known = &mut self.used[n];
            let is_new =
                !known.seen || usage.request && !known.request || usage.response && !known.response;
            if is_new {
                known.seen = true;
                known.request |= usage.request;
                known.response |= usage.response;
                let reached = self.children[n].iter().copied().chain(targets[n]);
                pending.extend(reached.map(|next| (next, usage)));
            }
        }
    }

    /// The operations that reach a node.
    fn operations(&self, n: usize) -> Vec<String> {
        let mut seen = HashSet::from([n]);
        let mut pending = vec![n];
        let mut found = BTreeSet::new();
        while let Some(n) = pending.pop() {
            if seen.len() > MAX_SEARCHED {
                break;
            }
            if self.is_operation(n) {
                found.insert(n);
                continue;
            }
            let parent = self.nodes[n].parent;
            if self.nodes[n].kind == Kind::Parameters {
                // The parameters of a path item belong to all its operations.
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

    /// The parameters of the path item that contains an operation.
    fn path_parameters(&self, operation: usize) -> impl Iterator<Item = usize> + '_ {
        let item = self.nodes[operation].parent.map(|n| &self.children[n]).into_iter().flatten();
        item.copied().filter(|n| self.nodes[*n].kind == Kind::Parameters)
    }

    fn name(&self, operation: usize) -> String {
        let node = &self.nodes[operation];
        let path = self.parent(node).map(|item| item.key.as_str()).unwrap_or_default();
        format!("{} {path}", node.key.to_uppercase())
    }

    /// The node that a node refers to.
    fn target(&self, node: &Node<'a>) -> Option<usize> {
        if node.kind == Kind::Data {
            return None;
        }
        let reference = node.value.get("$ref").and_then(Value::as_str)?;
        let (_, pointer) = self.document.target(reference)?;
        self.by_pointer.get(&pointer).copied()
    }
}

/// Whether the object of the finding names its rule in `x-lint-ignore`, a name or a list of names.
/// An error is never ignored.
fn is_ignored(document: &Document, finding: &Finding) -> bool {
    let object = document.root().pointer(&finding.pointer);
    let ignored = object.and_then(|object| object.get("x-lint-ignore"));
    let is_rule = |name: &Value| name == finding.rule;
    finding.level != Level::Error
        && ignored.is_some_and(|ignored| match ignored {
            Value::Array(names) => names.iter().any(is_rule),
            name => is_rule(name),
        })
}
