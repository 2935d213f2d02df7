//! Branches of `oneOf` and `anyOf`, and lists of branches that mean something simpler.

use serde_json::{Value, json};

use super::types::Types;
use crate::diff::{equality::is_annotation, location::Location, side::Side};

/// The branches of one `oneOf` or `anyOf`, without null.
pub struct Group<'a> {
    pub keyword: &'static str,
    pub branches: Vec<Location<'a>>,
    pub pointer: String,
}

/// The types of branches that restrict only the type; `None` if a branch has another restriction.
pub fn all_types(branches: &[Location<'_>]) -> Option<Types> {
    let is_bare = |key: &str, value: &Value| match key {
        "type" | "nullable" => true,
        "items" => *value == json!({}) || *value == json!(true),
        _ => is_annotation(key),
    };
    let mut all = Types::NONE;
    for branch in branches {
        let schema = branch.value.as_object().filter(|schema| schema.contains_key("type"))?;
        if !schema.iter().all(|(key, value)| is_bare(key, value)) {
            return None;
        }
        all = all.or(Types::of(schema));
    }
    (!branches.is_empty()).then_some(all)
}

/// The values of branches that are one value each; `None` if a branch is not.
pub fn all_values<'a>(branches: &[Location<'a>], side: &Side<'a>) -> Option<Vec<&'a Value>> {
    let value = |branch: &Location<'a>| {
        let schema = branch.value.as_object()?;
        let target = side.referred(schema).and_then(|(target, _)| target.as_object());
        let schema = target.unwrap_or(schema);
        match (schema.get("const"), schema.get("enum")) {
            (Some(value), None) => Some(value),
            (None, Some(Value::Array(values))) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
            _ => None,
        }
    };
    let values: Option<Vec<_>> = branches.iter().map(value).collect();
    values.filter(|values| !values.is_empty())
}
