//! Which credentials are enough, and how they are sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Comparison, operations::Pair, rules::*};
use crate::document::{elements, escape, members};

/// Schemes that are wanted together, each with its scopes.
type Together = BTreeMap<String, BTreeSet<String>>;

/// Compares the schemes that both documents have.
pub(super) fn schemes(comparison: &mut Comparison<'_>) {
    const ROOM: &str = "securitySchemes";
    let (old, new) = (comparison.old.document, comparison.new.document);
    for (name, one) in old.components(ROOM) {
        let Some(other) = new.components(ROOM).get(name) else { continue };
        let pointer = format!("/components/{ROOM}/{}", escape(name));
        let (one, _) = old.follow(one, &pointer);
        let (other, pointer) = new.follow(other, &pointer);
        for key in ["type", "in", "name", "scheme", "openIdConnectUrl", "flows"] {
            // The names of headers and of HTTP's schemes are read in any case.
            let value = |scheme: &Value| match scheme[key].as_str() {
                Some(word) if key == "scheme" || scheme["in"] == "header" => {
                    Value::from(word.to_lowercase())
                }
                _ => without_descriptions(&scheme[key]),
            };
            let (was, is) = (value(one), value(other));
            if was != is && !(key == "flows" && only_more(&was, &is)) {
                let what = format!("`{key}` of the security scheme `{name}` was {was} and is {is}");
                let pointer = format!("{pointer}/{key}");
                comparison.trace.change_of_all(SECURITY_SCHEME_CHANGED, what, pointer);
            }
        }
    }
}

/// Compares what two operations want. The old credentials are enough where some new alternative wants no more.
pub(super) fn requirements<'a>(comparison: &mut Comparison<'a>, pair: &Pair<'a>) {
    let wanted = |document: &crate::Document, operation: &crate::Operation<'_>| -> Vec<Together> {
        let security = operation.value.get("security").unwrap_or(&document.root()["security"]);
        let alternatives: Vec<_> = elements(security).iter().map(together).collect();
        if alternatives.is_empty() { vec![Together::new()] } else { alternatives }
    };
    let old = wanted(comparison.old.document, &pair.old);
    let new = wanted(comparison.new.document, &pair.new);
    let own = pair.new.value.get("security").is_some();
    let pointer =
        if own { format!("{}/security", pair.new.pointer) } else { "/security".to_owned() };
    for one in &old {
        if !new.iter().any(|other| is_enough(one, other)) {
            let asked: Vec<_> = new.iter().map(in_words).collect();
            let what = format!(
                "{} is not enough any more; wanted is {}",
                in_words(one),
                asked.join(", or ")
            );
            comparison.trace.change(pair.node, SECURITY_TIGHTENED, what, "security", &pointer);
        }
    }
    for one in &new {
        if !old.iter().any(|other| is_enough(one, other)) {
            let what = format!("{} is enough now", in_words(one));
            comparison.trace.change(pair.node, SECURITY_LOOSENED, what, "security", &pointer);
        }
    }
}

fn together(alternative: &Value) -> Together {
    let scopes = |list: &Value| {
        elements(list).iter().filter_map(|s| s.as_str().map(str::to_owned)).collect()
    };
    members(alternative).map(|(name, list)| (name.clone(), scopes(list))).collect()
}

/// Whether who has the one has all that the other wants.
fn is_enough(one: &Together, wanted: &Together) -> bool {
    wanted.iter().all(|(name, scopes)| one.get(name).is_some_and(|has| scopes.is_subset(has)))
}

fn in_words(together: &Together) -> String {
    if together.is_empty() {
        return "no credential".to_owned();
    }
    let one = |(name, scopes): (&String, &BTreeSet<String>)| {
        let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
        if scopes.is_empty() {
            format!("`{name}`")
        } else {
            format!("`{name}` ({})", scopes.join(", "))
        }
    };
    together.iter().map(one).collect::<Vec<_>>().join(" and ")
}

/// Whether flows and scopes were added only.
fn only_more(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.iter().all(|(key, value)| new.get(key).is_some_and(|other| only_more(value, other)))
        }
        _ => old == new,
    }
}

/// The scopes' descriptions are words for people.
fn without_descriptions(flows: &Value) -> Value {
    let mut flows = flows.clone();
    for flow in flows.as_object_mut().into_iter().flat_map(|flows| flows.values_mut()) {
        if let Some(scopes) = flow.get_mut("scopes").and_then(Value::as_object_mut) {
            scopes.values_mut().for_each(|words| *words = Value::Null);
        }
    }
    flows
}
