//! `oneOf` and `anyOf`: a branch for null becomes `nullable`.

use serde_json::{Map, Value, json};

use super::error::{Result, cannot};
use crate::{json::elements, nullability::Nulls};

/// Keywords that describe and do not restrict. Of two of them, the outer one is kept.
const ANNOTATIONS: [&str; 5] = ["title", "description", "default", "example", "deprecated"];

/// Keywords that restrict values of one type, and so do not exclude null.
const OF_ONE_TYPE: [&str; 21] = [
    "format",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "items",
    "minItems",
    "maxItems",
    "uniqueItems",
    "properties",
    "required",
    "minProperties",
    "maxProperties",
    "additionalProperties",
    "readOnly",
    "writeOnly",
    "examples",
];

/// Converts the list of branches under `key`, which are already converted one by one.
pub fn alternatives<'a>(
    key: &str,
    schema: &'a Map<String, Value>,
    converted: Vec<Value>,
    copy: &mut Map<String, Value>,
    pointer: &str,
    nulls: &Nulls<'a>,
) -> Result<()> {
    let (only_null, other): (Vec<_>, Vec<_>) =
        elements(&schema[key]).iter().zip(converted).partition(|(branch, _)| nulls.only(branch));
    if key == "oneOf" && only_null.len() > 1 {
        return Err(cannot(pointer, "null twice among the alternatives"));
    }
    if key == "oneOf"
        && !only_null.is_empty()
        && other.iter().any(|(it, _)| nulls.certainly_allows(it))
    {
        return Err(cannot(pointer, "null beside an alternative that allows null itself"));
    }
    let mut branches: Vec<Value> = other.into_iter().map(|(_, converted)| converted).collect();
    if only_null.is_empty() {
        copy.insert(key.into(), branches.into());
        return Ok(());
    }
    if branches.is_empty() {
        all_of(copy, json!([null_alone()]));
        return Ok(());
    }
    if schema.keys().any(|other| other != key && may_refuse_null(other)) {
        // The other keywords decide about null themselves, so `nullable` must not be beside them.
        let mut own = Map::new();
        own.insert("nullable".into(), json!(true));
        match branches.len() {
            1 => own.insert("allOf".into(), branches.into()),
            _ => own.insert(key.into(), branches.into()),
        };
        all_of(copy, json!([own]));
        return Ok(());
    }
    copy.insert("nullable".into(), json!(true));
    if branches.len() > 1 {
        copy.insert(key.into(), branches.into());
        return Ok(());
    }
    match branches.remove(0) {
        // `nullable` applies to the `type` beside it, so a single branch moves up if it can.
        Value::Object(mut branch) if may_move_up(&branch, schema) => {
            if let Some(Value::Array(values)) = branch.get_mut("enum")
                && !values.contains(&Value::Null)
            {
                values.push(Value::Null);
            }
            for (key, value) in branch {
                copy.entry(key).or_insert(value);
            }
        }
        branch => all_of(copy, json!([branch])),
    }
    Ok(())
}

/// A schema that allows only null: 3.0 has no such type.
pub fn null_alone() -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("string"));
    schema.insert("nullable".into(), json!(true));
    schema.insert("enum".into(), json!([null]));
    schema
}

/// Whether a keyword can exclude null.
fn may_refuse_null(key: &str) -> bool {
    !ANNOTATIONS.contains(&key) && !OF_ONE_TYPE.contains(&key) && !key.starts_with("x-")
}

fn may_move_up(branch: &Map<String, Value>, schema: &Map<String, Value>) -> bool {
    // The meaning of `additionalProperties` depends on the `properties` beside it.
    let of_properties = |schema: &Map<String, Value>| {
        schema.contains_key("properties") || schema.contains_key("additionalProperties")
    };
    branch.contains_key("type")
        && !(of_properties(branch) && of_properties(schema))
        && branch.keys().all(|key| {
            ANNOTATIONS.contains(&key.as_str())
                || (key == "type" || key == "enum" || OF_ONE_TYPE.contains(&key.as_str()))
                    && !schema.contains_key(key)
        })
}

/// Adds branches to `allOf`. Several keywords of a schema may be converted to `allOf`.
pub fn all_of(copy: &mut Map<String, Value>, branches: Value) {
    match (copy.get_mut("allOf"), branches) {
        (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
        (_, branches) => {
            copy.insert("allOf".into(), branches);
        }
    }
}
