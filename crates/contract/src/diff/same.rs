//! Whether two schemas say the same, word for word.

use std::collections::HashSet;

use serde_json::Value;

use super::shape::Place;
use crate::Document;

/// Keywords that describe and do not restrict.
const ANNOTATIONS: [&str; 8] = [
    "title",
    "description",
    "summary",
    "example",
    "examples",
    "externalDocs",
    "$comment",
    "deprecated",
];

/// Whether two schemas, annotations and extensions left aside, are written alike.
pub(super) fn same(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let matters = |key: &&String| !is_annotation(key);
            old.keys().filter(matters).count() == new.keys().filter(matters).count()
                && old.iter().filter(|(key, _)| matters(key)).all(|(key, value)| {
                    new.get(key).is_some_and(|other| match key.as_str() {
                        // Within them, a name is no keyword.
                        "properties" | "patternProperties" => same_members(value, other),
                        "enum" | "const" | "default" | "required" => value == other,
                        _ => same(value, other),
                    })
                })
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same(old, new))
        }
        _ => old == new,
    }
}

/// Whether two schemas are written alike, and what they refer to as well.
pub(super) fn same_behind(
    (old_document, old): (&Document, &Value),
    (new_document, new): (&Document, &Value),
) -> bool {
    let mut seen = HashSet::new();
    let mut pending = vec![(old, new)];
    while let Some((old, new)) = pending.pop() {
        if !same(old, new) {
            return false;
        }
        let mut references = Vec::new();
        collect(old, &mut references);
        for reference in references {
            if seen.insert(reference)
                && let (Some((old, _)), Some((new, _))) =
                    (old_document.target(reference), new_document.target(reference))
            {
                pending.push((old, new));
            }
        }
    }
    true
}

/// What a schema refers to, here and below.
fn collect<'a>(schema: &'a Value, references: &mut Vec<&'a str>) {
    match schema {
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}

/// Whether a keyword describes and does not restrict.
pub(super) fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword) || keyword.starts_with("x-")
}

/// Whether two lists of schemas are equal to the last word, and refer to nothing that may have changed.
pub(super) fn nothing_to_see(old: &[Place<'_>], new: &[Place<'_>]) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| equal_without_references(old.value, new.value))
}

fn same_members(old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return old == new };
    old.len() == new.len()
        && old.iter().all(|(name, old)| new.get(name).is_some_and(|new| same(old, new)))
}

fn equal_without_references(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old.iter().all(|(key, value)| {
                    key != "$ref"
                        && new.get(key).is_some_and(|new| equal_without_references(value, new))
                })
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len()
                && old.iter().zip(new).all(|(old, new)| equal_without_references(old, new))
        }
        _ => old == new,
    }
}
