//! One schema of JSON Schema 2020-12 in the words of 3.0's older dialect.
//!
//! In that dialect `nullable` adds null to the `type` beside it. Where no type stands beside it, all readers take it to
//! let null through whatever else stands there; the copy relies on that for a reference that may be null.

use serde_json::{Map, Value, json};

use super::{At, Result, cannot, join, walk};

/// Keywords that describe and do not restrict: of two of them, the outer one speaks for the place.
const ANNOTATIONS: [&str; 5] = ["title", "description", "default", "example", "deprecated"];

/// Keywords that restrict values of one type, and so let null through.
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

/// Keywords of 2020-12 that 3.0 has no word for.
const UNKNOWN: [&str; 18] = [
    "dependencies",
    // It moves what the references within mean.
    "$id",
    "prefixItems",
    "contains",
    "minContains",
    "maxContains",
    "if",
    "then",
    "else",
    "patternProperties",
    "dependentSchemas",
    "dependentRequired",
    "$defs",
    "$anchor",
    "unevaluatedProperties",
    "unevaluatedItems",
    "$dynamicRef",
    "$dynamicAnchor",
];

/// Copies a schema and all below it.
pub(super) fn downlevel(schema: &Map<String, Value>, path: &str) -> Result<Value> {
    let mut copy = Map::new();
    for (key, value) in schema {
        let here = join(path, key);
        match key.as_str() {
            "type" => types(value, schema, &mut copy, &here)?,
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
            "enum" | "const" => values(schema, &mut copy, &here)?,
            "examples" => {
                if let Some(first) = value.as_array().and_then(|all| all.first()) {
                    copy.entry("example").or_insert_with(|| first.clone());
                }
            }
            // 3.0 forbids an empty list.
            "required" if *value == json!([]) => {}
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => {
                return Err(cannot(&here, "a bound of 3.0 in a document of 3.1"));
            }
            "contentEncoding" | "contentMediaType" => content(schema, &mut copy, &here)?,
            // The names of a map are strings in any case; saying so restricts nothing.
            "propertyNames" if says_nothing(value) => {}
            "propertyNames" | "contentSchema" => return Err(cannot(&here, key)),
            // 3.1 does not know `nullable`: it means nothing, and must not begin to.
            "$schema" | "$comment" | "nullable" => {}
            unknown if UNKNOWN.contains(&unknown) => return Err(cannot(&here, key)),
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

/// The copy of a schema that lets everything or nothing through.
pub(super) fn boolean(lets_through: bool) -> Value {
    if lets_through { json!({}) } else { json!({ "not": {} }) }
}

fn types(
    value: &Value,
    schema: &Map<String, Value>,
    copy: &mut Map<String, Value>,
    path: &str,
) -> Result<()> {
    let names = match value {
        Value::Array(names) => names.clone(),
        one => vec![one.clone()],
    };
    let (null, rest): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| name == "null");
    match rest.as_slice() {
        [one] => {
            copy.insert("type".into(), one.clone());
            if !null.is_empty() {
                copy.insert("nullable".into(), json!(true));
            }
        }
        [] if null.is_empty() => return Err(cannot(path, "a type without a name")),
        [] if schema.contains_key("enum") || schema.contains_key("const") => {
            return Err(cannot(path, "null among other values"));
        }
        [] => {
            copy.extend(null_alone());
        }
        several => {
            let mut each: Vec<_> = several.iter().map(typed).collect();
            if let (false, Some(Value::Object(first))) = (null.is_empty(), each.first_mut()) {
                first.insert("nullable".into(), json!(true));
            }
            if schema.contains_key("anyOf") {
                all_of(copy, json!([{ "anyOf": each }]));
            } else {
                copy.insert("anyOf".into(), each.into());
            }
        }
    }
    Ok(())
}

/// A schema of one type; 3.0 wants `items` beside `array`.
fn typed(name: &Value) -> Value {
    if name == "array" { json!({ "type": name, "items": {} }) } else { json!({ "type": name }) }
}

/// A schema that lets null through and nothing else: 3.0 has no such type.
fn null_alone() -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("string"));
    schema.insert("nullable".into(), json!(true));
    schema.insert("enum".into(), json!([null]));
    schema
}

/// `enum`, and `const`, which is an `enum` of one.
fn values(schema: &Map<String, Value>, copy: &mut Map<String, Value>, path: &str) -> Result<()> {
    let listed = schema.get("enum").and_then(Value::as_array);
    let values: Vec<_> = match (schema.get("const"), listed) {
        (Some(one), None) => vec![one.clone()],
        (one, Some(listed)) => {
            listed.iter().filter(|value| one.is_none_or(|one| one == *value)).cloned().collect()
        }
        (None, None) => return Err(cannot(path, "an enum that is no list")),
    };
    if values.is_empty() {
        return Err(cannot(path, "a choice of no values"));
    }
    if values == [Value::Null] && !schema.contains_key("type") {
        copy.extend(null_alone());
    }
    copy.insert("enum".into(), values.into());
    Ok(())
}

/// What is in a string: 3.0 has formats for bytes in base64 and for bytes as they are.
fn content(schema: &Map<String, Value>, copy: &mut Map<String, Value>, path: &str) -> Result<()> {
    let of = |key: &str| schema.get(key).and_then(Value::as_str);
    let format = match (of("contentEncoding"), of("contentMediaType"), of("format")) {
        (Some("base64"), None, None) => "byte",
        (None, Some("application/octet-stream"), None) => "binary",
        _ => return Err(cannot(path, "what is in a string")),
    };
    copy.insert("format".into(), json!(format));
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
    let nulls = branches.iter().filter(|branch| is_null(branch)).count();
    let mut rest = Vec::new();
    for (n, branch) in branches.iter().enumerate().filter(|(_, branch)| !is_null(branch)) {
        rest.push(walk(branch, At::Schema, &join(path, &n.to_string()))?);
    }
    if nulls > 1 && key == "oneOf" {
        return Err(cannot(path, "null twice among the alternatives"));
    }
    if nulls > 0 && key == "oneOf" && branches.iter().any(|b| !is_null(b) && lets_null(b)) {
        return Err(cannot(path, "null among alternatives that let it through themselves"));
    }
    if nulls == 0 {
        copy.insert(key.into(), rest.into());
        return Ok(());
    }
    if rest.is_empty() {
        all_of(copy, json!([null_alone()]));
        return Ok(());
    }
    if schema.keys().any(|other| other != key && restricts_null(other)) {
        // What else stands here says for itself whether null passes, and keeps saying so.
        let mut own = Map::new();
        own.insert("nullable".into(), json!(true));
        match rest.len() {
            1 => own.insert("allOf".into(), rest.into()),
            _ => own.insert(key.into(), rest.into()),
        };
        all_of(copy, json!([own]));
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

/// Whether a keyword can keep null out.
fn restricts_null(key: &str) -> bool {
    !ANNOTATIONS.contains(&key) && !OF_ONE_TYPE.contains(&key) && !key.starts_with("x-")
}

/// Whether a branch is there for null and nothing else.
fn is_null(branch: &Value) -> bool {
    (branch["type"] == "null" || branch["type"] == json!(["null"]))
        && branch
            .as_object()
            .is_some_and(|branch| branch.keys().all(|key| key == "type" || !restricts_null(key)))
}

/// Whether a branch lets null through by what stands in it; a reference is taken not to.
fn lets_null(branch: &Value) -> bool {
    let Some(branch) = branch.as_object() else { return *branch == json!(true) };
    let by_type = match branch.get("type") {
        None => true,
        Some(Value::Array(names)) => names.contains(&json!("null")),
        Some(one) => one == "null",
    };
    let list = |key: &str| branch.get(key).and_then(Value::as_array);
    by_type
        && !branch.contains_key("$ref")
        && list("enum").is_none_or(|values| values.contains(&Value::Null))
        && branch.get("const").is_none_or(Value::is_null)
        && list("allOf").is_none_or(|all| all.iter().all(lets_null))
        && list("anyOf").is_none_or(|all| all.iter().any(lets_null))
        && list("oneOf").is_none_or(|all| all.iter().filter(|one| lets_null(one)).count() == 1)
        && branch.get("not").is_none_or(|not| !lets_null(not))
}

fn may_move_up(branch: &Map<String, Value>, schema: &Map<String, Value>) -> bool {
    // What `additionalProperties` speaks of depends on the `properties` beside it.
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
