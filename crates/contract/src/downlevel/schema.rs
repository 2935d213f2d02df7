//! One schema of JSON Schema 2020-12 in the words of 3.0's older dialect.

use serde_json::{Map, Value, json};

use super::{At, Result, cannot, join, walk};

/// Keywords that describe and do not restrict: of two of them, the outer one speaks for the place.
const ANNOTATIONS: &[&str] = &["title", "description", "default", "example", "deprecated"];

/// Copies a schema and all below it.
pub(super) fn downlevel(schema: &Map<String, Value>, path: &str) -> Result<Value> {
    let mut copy = Map::new();
    for (key, value) in schema {
        let here = join(path, key);
        match key.as_str() {
            "type" => types(value, &mut copy, &here)?,
            "oneOf" | "anyOf" => alternatives(key, schema, &mut copy, &here)?,
            "allOf" => all_of(&mut copy, walk(value, At::Schema, &here)?),
            "items" | "not" => {
                copy.insert(key.clone(), walk(value, At::Schema, &here)?);
            }
            "additionalProperties" if !value.is_boolean() => {
                copy.insert(key.clone(), walk(value, At::Schema, &here)?);
            }
            "properties" => {
                copy.insert(key.clone(), walk(value, At::SchemaNames, &here)?);
            }
            "const" => {
                copy.insert("enum".into(), json!([value]));
            }
            "examples" => {
                if let Some(first) = value.as_array().and_then(|all| all.first()) {
                    copy.entry("example").or_insert_with(|| first.clone());
                }
            }
            // The names of a map are strings in any case; saying so restricts nothing.
            "propertyNames" if says_nothing(value) => {}
            "propertyNames" => return Err(cannot(&here, key)),
            // They restrict nothing that a reader of the copy would miss.
            "$schema" | "$comment" | "$id" => {}
            "prefixItems"
            | "contains"
            | "minContains"
            | "maxContains"
            | "if"
            | "then"
            | "else"
            | "patternProperties"
            | "dependentSchemas"
            | "dependentRequired"
            | "$defs"
            | "$anchor"
            | "unevaluatedProperties"
            | "unevaluatedItems"
            | "$dynamicRef"
            | "$dynamicAnchor"
            | "contentSchema"
            | "contentEncoding"
            | "contentMediaType" => {
                return Err(cannot(&here, key));
            }
            _ => {
                copy.insert(key.clone(), value.clone());
            }
        }
    }
    bound(&mut copy, "minimum", "exclusiveMinimum", |inclusive, exclusive| inclusive > exclusive);
    bound(&mut copy, "maximum", "exclusiveMaximum", |inclusive, exclusive| inclusive < exclusive);
    refuse_null_outside_enum(&mut copy);
    if copy.get("type") == Some(&json!("array")) {
        // Only 3.0 insists on it.
        copy.entry("items").or_insert_with(|| json!({}));
    }
    Ok(Value::Object(beside_reference(copy)))
}

fn types(value: &Value, copy: &mut Map<String, Value>, path: &str) -> Result<()> {
    let names = match value {
        Value::Array(names) => names.clone(),
        one => vec![one.clone()],
    };
    let (null, rest): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name == "null");
    match rest.as_slice() {
        [one] => copy.insert("type".into(), one.clone()),
        [] => return Err(cannot(path, "a type that is null alone")),
        _ => return Err(cannot(path, "several types at once")),
    };
    if !null.is_empty() {
        copy.insert("nullable".into(), json!(true));
    }
    Ok(())
}

/// Whether every name of a map fits.
fn says_nothing(names: &Value) -> bool {
    *names == json!({}) || *names == json!(true) || *names == json!({ "type": "string" })
}

/// `oneOf` and `anyOf`, without the branch for null, which becomes `nullable`.
fn alternatives(
    key: &str,
    schema: &Map<String, Value>,
    copy: &mut Map<String, Value>,
    path: &str,
) -> Result<()> {
    let branches = schema[key].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut rest = Vec::new();
    for (n, branch) in branches.iter().enumerate().filter(|(_, branch)| branch["type"] != "null") {
        rest.push(walk(branch, At::Schema, &join(path, &n.to_string()))?);
    }
    if rest.is_empty() {
        return Err(cannot(path, "a type that is null alone"));
    }
    if rest.len() == branches.len() {
        copy.insert(key.into(), rest.into());
        return Ok(());
    }
    copy.insert("nullable".into(), json!(true));
    if rest.len() > 1 {
        copy.insert(key.into(), rest.into());
        return Ok(());
    }
    match rest.remove(0) {
        // `nullable` speaks of the `type` beside it, so an only branch moves up to it where it can.
        Value::Object(mut branch) if may_move_up(&branch, schema) => {
            if let Some(Value::Array(values)) = branch.get_mut("enum") {
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

fn may_move_up(branch: &Map<String, Value>, schema: &Map<String, Value>) -> bool {
    branch.contains_key("type")
        && branch.keys().all(|key| {
            ANNOTATIONS.contains(&key.as_str())
                || !["allOf", "oneOf", "anyOf"].contains(&key.as_str()) && !schema.contains_key(key)
        })
}

/// Several rules can end in one `allOf`; none may push another out.
fn all_of(copy: &mut Map<String, Value>, branches: Value) {
    match (copy.get_mut("allOf"), branches) {
        (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
        (_, branches) => {
            copy.insert("allOf".into(), branches);
        }
    }
}

/// 3.0 has one number for a bound and a flag beside it: of two bounds, the tighter one stays.
fn bound(
    copy: &mut Map<String, Value>,
    inclusive: &str,
    exclusive: &str,
    tighter: fn(f64, f64) -> bool,
) {
    let Some(number) = copy.get(exclusive).filter(|bound| bound.is_number()).cloned() else {
        return;
    };
    let (other, this) = (copy.get(inclusive).and_then(Value::as_f64), number.as_f64());
    if other.zip(this).is_some_and(|(other, this)| tighter(other, this)) {
        copy.shift_remove(exclusive);
    } else {
        copy.insert(inclusive.into(), number);
        copy.insert(exclusive.into(), json!(true));
    }
}

/// An `enum` that does not name null refuses it, whatever `type` says; readers of `nullable` do not know that.
fn refuse_null_outside_enum(copy: &mut Map<String, Value>) {
    let values = copy.get("enum").and_then(Value::as_array);
    if values.is_some_and(|values| !values.contains(&Value::Null)) {
        copy.shift_remove("nullable");
    }
}

/// In 3.0 whatever stands beside a `$ref` is ignored: the reference moves into an `allOf`.
fn beside_reference(mut schema: Map<String, Value>) -> Map<String, Value> {
    if schema.len() > 1
        && let Some(reference) = schema.shift_remove("$ref")
    {
        all_of(&mut schema, json!([{ "$ref": reference }]));
    }
    schema
}
