//! The objects of a document that can be changed.

use runledger_contract::grammar::{Kind, Node, nodes};
use serde_json::Value;

/// The kind of object that a mutation changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Root,
    Paths,
    Operation,
    Parameter,
    RequestBody,
    /// The media types of a request body.
    RequestContent,
    Responses,
    Response,
    /// The media types of a response.
    ResponseContent,
    Header,
    Schema,
}

/// The targets of a document, with their JSON pointers. References are not followed, and webhooks,
/// callbacks and examples are not changed.
pub fn targets(document: &Value) -> Vec<(Target, String)> {
    let nodes = nodes(document);
    let mut found = Vec::new();
    for node in nodes.iter().filter(|node| node.value.is_object()) {
        let parent = node.parent.map(|position| nodes[position].kind);
        if let Some(target) = target(node, parent)
            && !is_excluded(&nodes, node)
        {
            found.push((target, node.pointer.clone()));
        }
    }
    found
}

fn target(node: &Node<'_>, parent: Option<Kind>) -> Option<Target> {
    let is_reference = node.value.get("$ref").is_some();
    Some(match node.kind {
        Kind::Root => Target::Root,
        Kind::Paths => Target::Paths,
        Kind::Operation => Target::Operation,
        Kind::Responses => Target::Responses,
        Kind::Schema => Target::Schema,
        Kind::Content if parent == Some(Kind::RequestBody) => Target::RequestContent,
        Kind::Content if parent == Some(Kind::Response) => Target::ResponseContent,
        _ if is_reference => return None,
        Kind::Parameter => Target::Parameter,
        Kind::RequestBody => Target::RequestBody,
        Kind::Response => Target::Response,
        Kind::Header => Target::Header,
        _ => return None,
    })
}

/// Whether the node is in a part of the document that is not changed.
fn is_excluded(nodes: &[Node<'_>], node: &Node<'_>) -> bool {
    let mut here = Some(node);
    while let Some(node) = here {
        if node.kind == Kind::Callbacks || node.kind == Kind::Paths && node.key == "webhooks" {
            return true;
        }
        here = node.parent.map(|position| &nodes[position]);
    }
    false
}
