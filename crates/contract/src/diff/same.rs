//! Whether two schemas say the same, word for word.

use serde_json::Value;

use super::shape::Place;

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
