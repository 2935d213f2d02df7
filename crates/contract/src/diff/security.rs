//! Security schemes and requirements.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{comparison::Comparison, operation_pair::OperationPair, rules::*};
use crate::{
    document::{Document, Operation},
    json::{elements, join, members},
};

/// One security requirement: schemes that are required together, each with its scopes.
type Requirement = BTreeMap<String, BTreeSet<String>>;

/// Compares the schemes that both documents define.
pub fn schemes(comparison: &mut Comparison<'_>) {
    const SECTION: &str = "securitySchemes";
    let (old, new) = (comparison.old.document, comparison.new.document);
    for (name, scheme) in old.components(SECTION) {
        let Some(other) = new.components(SECTION).get(name) else { continue };
        let pointer = join(&format!("/components/{SECTION}"), name);
        let (scheme, _) = old.follow(scheme, &pointer);
        let (other, pointer) = new.follow(other, &pointer);
        for key in ["type", "in", "name", "scheme", "openIdConnectUrl", "flows"] {
            let (from, to) = (field(scheme, key), field(other, key));
            if from != to && !(key == "flows" && is_extended(&from, &to)) {
                let message =
                    format!("`{key}` of the security scheme `{name}` changed from {from} to {to}");
                let pointer = format!("{pointer}/{key}");
                comparison.trace.global_change(SECURITY_SCHEME_CHANGED, message, pointer);
            }
        }
    }
}

/// Compares the requirements of an operation. The old credentials stay sufficient if some new
/// requirement asks for no more than each old one.
pub fn requirements<'a>(comparison: &mut Comparison<'a>, pair: &OperationPair<'a>) {
    let old = alternatives(comparison.old.document, &pair.old);
    let new = alternatives(comparison.new.document, &pair.new);
    let is_own = pair.new.value.get("security").is_some();
    let pointer =
        if is_own { format!("{}/security", pair.new.pointer) } else { "/security".to_owned() };
    let mut add = |rule, message: String| {
        comparison.trace.change(pair.node, rule, message, "security", &pointer);
    };
    for requirement in &old {
        if !new.iter().any(|other| satisfies(requirement, other)) {
            let accepted: Vec<_> = new.iter().map(in_words).collect();
            let message = format!(
                "requests {} are no longer accepted, only requests {}",
                in_words(requirement),
                accepted.join(" or ")
            );
            add(SECURITY_TIGHTENED, message);
        }
    }
    for requirement in &new {
        if !old.iter().any(|other| satisfies(requirement, other)) {
            let message = format!("requests {} are now accepted", in_words(requirement));
            add(SECURITY_LOOSENED, message);
        }
    }
}

/// The alternative requirements of an operation, or of the document if the operation has none.
fn alternatives(document: &Document, operation: &Operation<'_>) -> Vec<Requirement> {
    let security = operation.value.get("security").unwrap_or(&document.root()["security"]);
    let alternatives: Vec<_> = elements(security).iter().map(requirement).collect();
    if alternatives.is_empty() { vec![Requirement::new()] } else { alternatives }
}

fn requirement(alternative: &Value) -> Requirement {
    let scopes = |list: &Value| {
        elements(list).iter().filter_map(|s| s.as_str().map(str::to_owned)).collect()
    };
    members(alternative).map(|(name, list)| (name.clone(), scopes(list))).collect()
}

/// Whether the credentials for one requirement satisfy another one.
fn satisfies(one: &Requirement, other: &Requirement) -> bool {
    other.iter().all(|(name, scopes)| one.get(name).is_some_and(|has| scopes.is_subset(has)))
}

/// The requirement after "requests", such as "with `Login` (read)".
fn in_words(requirement: &Requirement) -> String {
    if requirement.is_empty() {
        return "without credentials".to_owned();
    }
    let one = |(name, scopes): (&String, &BTreeSet<String>)| {
        let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
        if scopes.is_empty() {
            format!("`{name}`")
        } else {
            format!("`{name}` ({})", scopes.join(", "))
        }
    };
    format!("with {}", requirement.iter().map(one).collect::<Vec<_>>().join(" and "))
}

/// Whether flows and scopes were only added.
fn is_extended(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => old
            .iter()
            .all(|(key, value)| new.get(key).is_some_and(|other| is_extended(value, other))),
        _ => old == new,
    }
}

/// A field of a scheme without differences that have no meaning: descriptions of scopes, and the
/// case of HTTP schemes and header names.
fn field(scheme: &Value, key: &str) -> Value {
    match scheme[key].as_str() {
        Some(text) if key == "scheme" || scheme["in"] == "header" => text.to_lowercase().into(),
        _ => without_descriptions(&scheme[key]),
    }
}

fn without_descriptions(flows: &Value) -> Value {
    let mut flows = flows.clone();
    for flow in flows.as_object_mut().into_iter().flat_map(|flows| flows.values_mut()) {
        if let Some(scopes) = flow.get_mut("scopes").and_then(Value::as_object_mut) {
            scopes.values_mut().for_each(|description| *description = Value::Null);
        }
    }
    flows
}
