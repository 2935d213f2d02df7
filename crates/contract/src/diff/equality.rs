//! Schemas that are written in the same way.

use std::collections::HashSet;

use serde_json::Value;

use super::location::Location;
use crate::document::Document;

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

/// Whether a keyword describes and does not restrict.
pub fn is_annotation(keyword: &str) -> bool {
    ANNOTATIONS.contains(&keyword) || keyword.starts_with("x-")
}

/// Whether two schemas are equal apart from annotations and extensions.
pub fn equal(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            let matters = |key: &&String| !is_annotation(key);
            old.keys().filter(matters).count() == new.keys().filter(matters).count()
                && old.iter().filter(|(key, _)| matters(key)).all(|(key, value)| {
                    new.get(key).is_some_and(|other| match key.as_str() {
                        // The keys of these objects are names, not keywords.
                        "properties" | "patternProperties" => equal_members(value, other),
                        "enum" | "const" | "default" | "required" => value == other,
                        _ => equal(value, other),
                    })
                })
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| equal(old, new))
        }
        _ => old == new,
    }
}

/// Whether two schemas, and all schemas that they refer to, are equal apart from annotations and
/// extensions.
pub fn equal_with_targets(
    (old_document, old): (&Document, &Value),
    (new_document, new): (&Document, &Value),
) -> bool {
    let mut seen = HashSet::new();
    let mut pending = vec![(old, new)];
    while let Some((old, new)) = pending.pop() {
        if !equal(old, new) {
            return false;
        }
        let mut references = Vec::new();
        collect_references(old, &mut references);
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

/// Whether two lists of schemas are identical and contain no reference, whose target may have
/// changed.
pub fn identical(old: &[Location<'_>], new: &[Location<'_>]) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|(old, new)| identical_values(old.value, new.value))
}

fn equal_members(old: &Value, new: &Value) -> bool {
    let (Some(old), Some(new)) = (old.as_object(), new.as_object()) else { return old == new };
    old.len() == new.len()
        && old.iter().all(|(name, old)| new.get(name).is_some_and(|new| equal(old, new)))
}

fn collect_references<'a>(schema: &'a Value, references: &mut Vec<&'a str>) {
    match schema {
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str));
            object.values().for_each(|value| collect_references(value, references));
        }
        Value::Array(values) => {
            values.iter().for_each(|value| collect_references(value, references));
        }
        _ => {}
    }
}

fn identical_values(old: &Value, new: &Value) -> bool {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            old.len() == new.len()
                && old.iter().all(|(key, value)| {
                    key != "$ref" && new.get(key).is_some_and(|new| identical_values(value, new))
                })
        }
        (Value::Array(old), Value::Array(new)) => {
            old.len() == new.len()
                && old.iter().zip(new).all(|(old, new)| identical_values(old, new))
        }
        _ => old == new,
    }
}
