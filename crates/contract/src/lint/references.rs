//! References and their targets.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    rules::*,
    survey::{Survey, Violation},
};
use crate::{
    document::Document,
    grammar::{Kind, SECTIONS},
    json::{elements, join, members},
};

pub fn lint(survey: &Survey) -> Vec<Violation> {
    let mut found = targets(survey);
    found.extend(unused(survey.document));
    found
}

fn targets(survey: &Survey) -> Vec<Violation> {
    let mut found = Vec::new();
    // A property may be called `$ref`.
    let may_refer = |kind| kind != Kind::Data && kind != Kind::SchemaMap;
    for node in survey.nodes.iter().filter(|node| may_refer(node.kind)) {
        let Some(reference) = node.value.get("$ref").and_then(Value::as_str) else { continue };
        let (rule, fault) = if !reference.starts_with('#') {
            (REF_OUTSIDE, "leads out of the document")
        } else if survey.document.target(reference).is_none() {
            (REF_DANGLING, "has no target")
        } else if is_circular(survey.document, node.value) {
            (REF_CIRCULAR, "leads back to itself")
        } else {
            continue;
        };
        found.push((rule, node.pointer.clone(), format!("the reference `{reference}` {fault}")));
    }
    found
}

/// Whether only references follow, without end.
fn is_circular(document: &Document, value: &Value) -> bool {
    let (mut seen, mut value) = (HashSet::new(), value);
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        if !seen.insert(reference) {
            return true;
        }
        let Some((target, _)) = document.target(reference) else { return false };
        value = target;
    }
    false
}

fn unused(document: &Document) -> Vec<Violation> {
    // A reference to a part of a component uses the component.
    let component = |pointer: &String| pointer.splitn(5, '/').take(4).collect::<Vec<_>>().join("/");
    let used: HashSet<String> = referenced(document).iter().map(component).collect();
    let mut found = Vec::new();
    for section in SECTIONS {
        for name in document.components(section).keys() {
            let pointer = join(&format!("/components/{section}"), name);
            if !used.contains(&pointer) {
                let message = format!("the component `{name}` of `{section}` is not used");
                found.push((COMPONENT_UNUSED, pointer, message));
            }
        }
    }
    found
}

/// The pointers of everything that is referred to, by `$ref`, a discriminator or a security
/// requirement, wherever the reference is.
fn referenced(document: &Document) -> HashSet<String> {
    let mut used = HashSet::new();
    let mut pending = vec![document.root()];
    while let Some(value) = pending.pop() {
        for (key, value) in members(value) {
            match (key.as_str(), value.as_str()) {
                ("$ref", Some(target)) => {
                    used.extend(document.target(target).map(|(_, pointer)| pointer));
                }
                ("mapping", None) => {
                    let targets = members(value).filter_map(|(_, target)| target.as_str());
                    used.extend(targets.map(|target| match target.strip_prefix('#') {
                        Some(pointer) => pointer.to_owned(),
                        None => format!("/components/schemas/{target}"),
                    }));
                }
                ("security", None) => {
                    let names = elements(value).iter().flat_map(members).map(|(name, _)| name);
                    used.extend(names.map(|name| join("/components/securitySchemes", name)));
                }
                _ => {}
            }
            pending.push(value);
        }
        pending.extend(elements(value));
    }
    used
}
