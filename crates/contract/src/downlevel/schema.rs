//! The form of a JSON Schema 2020-12 in the older dialect of OpenAPI 3.0.
//!
//! In that dialect `nullable` adds null to the `type` beside it. Without a `type` beside it, all
//! readers apply `nullable` to the whole schema; the copy of a nullable reference relies on that.

use serde_json::{Map, Value, json};

use super::{
    alternatives::{all_of, alternatives, null_alone},
    error::{Result, cannot},
};
use crate::{
    json::{elements, join, members},
    nullability::Nulls,
};

/// Keywords of 2020-12 that 3.0 does not have.
const UNKNOWN: [&str; 18] = [
    "dependencies",
    // It changes the targets of the references in the schema.
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

/// Converts a schema and all schemas in it.
pub fn downlevel<'a>(schema: &'a Value, pointer: &str, nulls: &Nulls<'a>) -> Result<Value> {
    match schema {
        Value::Bool(true) => Ok(json!({})),
        Value::Bool(false) => Ok(json!({ "not": {} })),
        Value::Object(schema) => object(schema, pointer, nulls),
        _ => Ok(schema.clone()),
    }
}

fn object<'a>(schema: &'a Map<String, Value>, pointer: &str, nulls: &Nulls<'a>) -> Result<Value> {
    let mut copy = Map::new();
    for (key, value) in schema {
        let here = join(pointer, key);
        match key.as_str() {
            "type" => types(value, schema, &mut copy, &here)?,
            "oneOf" | "anyOf" => {
                let branches = list(value, &here, nulls)?;
                alternatives(key, schema, branches, &mut copy, &here, nulls)?;
            }
            "allOf" => all_of(&mut copy, list(value, &here, nulls)?.into()),
            "items" | "not" => {
                copy.insert(key.clone(), downlevel(value, &here, nulls)?);
            }
            "additionalProperties" if !value.is_boolean() => {
                copy.insert(key.clone(), downlevel(value, &here, nulls)?);
            }
            "properties" => {
                copy.insert(key.clone(), map(value, &here, nulls)?);
            }
            "enum" | "const" => values(schema, &mut copy, &here)?,
            "examples" => {
                if let Some(first) = elements(value).first() {
                    copy.entry("example").or_insert_with(|| first.clone());
                }
            }
            // 3.0 forbids an empty list.
            "required" if *value == json!([]) => {}
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => {
                return Err(cannot(&here, "a boolean bound in a document of 3.1"));
            }
            "contentEncoding" | "contentMediaType" => content(schema, &mut copy, &here)?,
            "propertyNames" if allows_all(value) => {}
            "propertyNames" | "contentSchema" => return Err(cannot(&here, key)),
            // `nullable` has no meaning in 3.1, and must not get one in the copy.
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
        // 3.0 requires `items`.
        copy.entry("items").or_insert_with(|| json!({}));
    }
    Ok(Value::Object(beside_reference(copy)))
}

fn list<'a>(schemas: &'a Value, pointer: &str, nulls: &Nulls<'a>) -> Result<Vec<Value>> {
    let each = elements(schemas).iter().enumerate();
    each.map(|(n, schema)| downlevel(schema, &format!("{pointer}/{n}"), nulls)).collect()
}

fn map<'a>(schemas: &'a Value, pointer: &str, nulls: &Nulls<'a>) -> Result<Value> {
    if !schemas.is_object() {
        return Ok(schemas.clone());
    }
    let each = members(schemas)
        .map(|(name, schema)| Ok((name.clone(), downlevel(schema, &join(pointer, name), nulls)?)));
    Ok(Value::Object(each.collect::<Result<_>>()?))
}

fn types(
    value: &Value,
    schema: &Map<String, Value>,
    copy: &mut Map<String, Value>,
    pointer: &str,
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
        [] if null.is_empty() => return Err(cannot(pointer, "an empty list of types")),
        [] if schema.contains_key("enum") || schema.contains_key("const") => {
            return Err(cannot(pointer, "null among other values"));
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

/// A schema of one type. 3.0 requires `items` beside `array`.
fn typed(name: &Value) -> Value {
    if name == "array" { json!({ "type": name, "items": {} }) } else { json!({ "type": name }) }
}

/// `enum` and `const`; `const` becomes an `enum` with one value.
fn values(schema: &Map<String, Value>, copy: &mut Map<String, Value>, pointer: &str) -> Result<()> {
    let listed = schema.get("enum").and_then(Value::as_array);
    let values: Vec<_> = match (schema.get("const"), listed) {
        (Some(one), None) => vec![one.clone()],
        (one, Some(listed)) => {
            listed.iter().filter(|value| one.is_none_or(|one| one == *value)).cloned().collect()
        }
        (None, None) => return Err(cannot(pointer, "an `enum` that is not a list")),
    };
    if values.is_empty() {
        return Err(cannot(pointer, "a schema without valid values"));
    }
    if values == [Value::Null] && !schema.contains_key("type") {
        copy.extend(null_alone());
    }
    copy.insert("enum".into(), values.into());
    Ok(())
}

/// `contentEncoding` and `contentMediaType`: 3.0 has formats for base64 and for binary data.
fn content(
    schema: &Map<String, Value>,
    copy: &mut Map<String, Value>,
    pointer: &str,
) -> Result<()> {
    let of = |key: &str| schema.get(key).and_then(Value::as_str);
    let format = match (of("contentEncoding"), of("contentMediaType"), of("format")) {
        (Some("base64"), None, None) => "byte",
        (None, Some("application/octet-stream"), None) => "binary",
        _ => {
            return Err(cannot(
                pointer,
                "this combination of `contentEncoding`, `contentMediaType` and `format`",
            ));
        }
    };
    copy.insert("format".into(), json!(format));
    Ok(())
}

/// Whether `propertyNames` allows every name.
fn allows_all(names: &Value) -> bool {
    *names == json!({}) || *names == json!(true) || *names == json!({ "type": "string" })
}

/// A bound of 3.0 has one number and a flag beside it. Of two bounds, the tighter one is kept.
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

/// An `enum` without null excludes null. Readers of 3.0 ignore that beside `nullable`.
fn refuse_null_outside_enum(copy: &mut Map<String, Value>) {
    let values = copy.get("enum").and_then(Value::as_array);
    if values.is_some_and(|values| !values.contains(&Value::Null)) {
        copy.shift_remove("nullable");
    }
}

/// 3.0 ignores the siblings of a `$ref`, so the reference moves into an `allOf`.
fn beside_reference(mut schema: Map<String, Value>) -> Map<String, Value> {
    if schema.len() > 1
        && let Some(reference) = schema.shift_remove("$ref")
    {
        all_of(&mut schema, json!([{ "$ref": reference }]));
    }
    schema
}
