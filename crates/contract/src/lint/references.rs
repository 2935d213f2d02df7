//! Where references lead, and what none leads to.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    kind::{Kind, ROOMS},
    rules::*,
    survey::Survey,
};
use crate::document::{elements, escape, members};

pub(super) fn lint(survey: &mut Survey) {
    let mut found = Vec::new();
    for node in survey.nodes.iter().filter(|node| node.kind != Kind::Data) {
        // A property may be called `$ref`.
        let Some(reference) =
            node.value.get("$ref").and_then(Value::as_str).filter(|_| node.kind != Kind::SchemaMap)
        else {
            continue;
        };
        if !reference.starts_with('#') {
            found.push((
                REF_OUTSIDE,
                node.pointer.clone(),
                format!("{reference} is outside of this document"),
            ));
        } else if survey.document.target(reference).is_none() {
            found.push((REF_DANGLING, node.pointer.clone(), format!("{reference} does not exist")));
        } else if is_circular(survey, node.value) {
            found.push((
                REF_CIRCULAR,
                node.pointer.clone(),
                format!("{reference} leads back to itself"),
            ));
        }
    }
    for (rule, pointer, what) in found {
        survey.found(rule, &pointer, what);
    }
    unused(survey);
}

/// Whether nothing but references follows.
fn is_circular(survey: &Survey, value: &Value) -> bool {
    let (mut seen, mut value) = (HashSet::new(), value);
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        if !seen.insert(reference) {
            return true;
        }
        let Some((there, _)) = survey.document.target(reference) else { return false };
        value = there;
    }
    false
}

fn unused(survey: &mut Survey) {
    let document = survey.document;
    let mut used = HashSet::new();
    // Links, examples and discriminators refer as well; any text after `$ref` counts.
    let mut pending = vec![document.root()];
    while let Some(value) = pending.pop() {
        for (key, value) in members(value) {
            match (key.as_str(), value.as_str()) {
                ("$ref", Some(target)) => {
                    used.extend(document.target(target).map(|(_, pointer)| pointer))
                }
                ("mapping", None) => {
                    for (_, target) in members(value) {
                        let target = target.as_str().unwrap_or_default();
                        used.insert(
                            target
                                .strip_prefix('#')
                                .map_or(format!("/components/schemas/{target}"), str::to_owned),
                        );
                    }
                }
                ("security", None) => {
                    let names = elements(value).iter().flat_map(members);
                    used.extend(
                        names.map(|(name, _)| {
                            format!("/components/securitySchemes/{}", escape(name))
                        }),
                    );
                }
                _ => {}
            }
            pending.push(value);
        }
        pending.extend(elements(value));
    }
    // A reference into the inside of a component uses it, too.
    let used: HashSet<String> = used
        .iter()
        .map(|pointer| pointer.splitn(5, '/').take(4).collect::<Vec<_>>().join("/"))
        .collect();
    for room in ROOMS {
        for name in document.components(room).keys() {
            let pointer = format!("/components/{room}/{}", escape(name));
            if !used.contains(&pointer) {
                survey.found(COMPONENT_UNUSED, &pointer, format!("{name} of {room} is not used"));
            }
        }
    }
}
